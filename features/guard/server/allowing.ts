import { readdir, readFile } from 'node:fs/promises';
import { buildAllowSegment, fingerprint, isRecognised, openSegment, type Fingerprinted, type FingerprintKey, type Segment } from '@underseal/fingerprint';

/** Texts that are nobody's secret, ready to be scanned for, and the shared memory that this is a view of. */
export interface Allowed {
  readonly segment: Segment;
  readonly bytes: Uint8Array;
}

const TEXTS = new URL('./allow/', import.meta.url);

/** Made anew at each start: the key is the house's own, and it takes a few tenths of a second at most. */
export async function buildAllowed(key: FingerprintKey): Promise<Allowed> {
  const names = (await readdir(TEXTS)).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, TEXTS), 'utf8')));
  const made = buildAllowSegment(texts, key);
  const bytes = new Uint8Array(new SharedArrayBuffer(made.length));
  bytes.set(made);
  return openAllowed(bytes);
}
export function openAllowed(bytes: Uint8Array): Allowed {
  return { segment: openSegment(bytes), bytes };
}

export type Taken = Fingerprinted | { readonly ok: false; readonly why: 'allowed' };
/** Fingerprints of a text that a passage can be recognised of: `allowed` where it holds nothing but texts that are nobody's secret, or too little besides. */
export function takeOwn(text: string, { key, allow }: { key: FingerprintKey; allow: Segment }): Taken {
  const made = fingerprint(text, key);
  return made.ok && !isRecognised(made.prints, [allow]) ? { ok: false, why: 'allowed' } : made;
}
