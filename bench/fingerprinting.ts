import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { buildSegment, fingerprint, fingerprintKey, openSegment, scan } from '@underseal/fingerprint';
import { compare, repeat, type Row } from './figures.ts';
import { textOf } from './words.ts';

const ROUNDS = 5;
const MILLISECONDS = 800;
const CHARACTERS = 1_000_000;
const DOCUMENTS = 300;

/** How fast text is fingerprinted, and looked for among 300 texts of 10 KB, against SHA-256 of the same bytes. */
export async function fingerprinting(): Promise<Row[]> {
  const secret = randomBytes(16);
  const key = fingerprintKey((blocks) => {
    const cipher = createCipheriv('aes-128-ecb', secret, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(blocks), cipher.final()]);
  });
  const text = textOf(4, CHARACTERS);
  const bytes = Buffer.from(text);
  const segment = openSegment(
    buildSegment(
      Array.from({ length: DOCUMENTS }, (_, i) => {
        const made = fingerprint(textOf(100 + i, 10_000), key);
        if (!made.ok) throw new Error(made.why);
        return { id: `doc_${i}`, lineage: `doc_${i}`, prints: made.prints };
      }),
    ),
  );
  const peer = { name: 'SHA-256 (OpenSSL)', run: () => repeat(MILLISECONDS, () => (createHash('sha256').update(bytes).digest(), bytes.length / 1e6)) };
  const one = (what: string, work: () => unknown) =>
    compare({ what, unit: 'MB/s', rounds: ROUNDS, ours: () => repeat(MILLISECONDS, () => (work(), bytes.length / 1e6)), peer });
  return [
    await one('fingerprinting 1 MB of text', () => fingerprint(text, key)),
    await one(`scanning 1 MB of text for ${DOCUMENTS} documents`, () => scan(text, { key, segments: [segment] })),
  ];
}
