import type { Prints } from '@underseal/fingerprint';

const COLUMNS = ['high', 'low', 'at', 'from', 'to'] as const;

/** Fingerprints as bytes: a line of JSON with the counts, then the columns, little-endian. */
export function packPrints(prints: Prints): Buffer {
  const { keyId, window, characters, folded, count } = prints;
  const head = Buffer.from(`${JSON.stringify({ keyId, window, characters, folded, count })}\n`);
  return Buffer.concat([head, ...COLUMNS.map((name) => Buffer.from(prints[name].buffer, prints[name].byteOffset, prints[name].byteLength))]);
}

/** The reverse; the bytes come authenticated out of a seal, so a wrong shape is a bug and throws. */
export function unpackPrints(bytes: Buffer): Prints {
  const end = bytes.indexOf(10);
  const head = JSON.parse(bytes.subarray(0, end).toString()) as Pick<Prints, 'keyId' | 'window' | 'characters' | 'folded' | 'count'>;
  if (bytes.length !== end + 1 + COLUMNS.length * head.count * 4) throw new Error('Stored fingerprints have a wrong length');
  const column = (i: number) => new Int32Array(Uint8Array.from(bytes.subarray(end + 1 + i * head.count * 4, end + 1 + (i + 1) * head.count * 4)).buffer);
  return { ...head, high: column(0), low: column(1), at: column(2), from: column(3), to: column(4) };
}
