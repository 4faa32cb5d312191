import type { Prints } from '@underseal/fingerprint';

const COLUMNS = ['high', 'low', 'at', 'from', 'to'] as const;

/** What a source is known by: fingerprints of its text, and the SHA-256 of its bytes, by which the registered file itself is told from a copy of its text. */
export interface Known {
  readonly prints: Prints;
  readonly digest: string;
}

/** Fingerprints as bytes: a line of JSON with the counts, then the columns, little-endian. */
export function packPrints({ prints, digest }: Known): Buffer {
  const { keyId, window, characters, folded, count } = prints;
  const head = Buffer.from(`${JSON.stringify({ keyId, window, characters, folded, count, digest })}\n`);
  return Buffer.concat([head, ...COLUMNS.map((name) => Buffer.from(prints[name].buffer, prints[name].byteOffset, prints[name].byteLength))]);
}

/** The reverse; the bytes come authenticated out of a seal, so a wrong shape is a bug and throws. */
export function unpackPrints(bytes: Buffer): Known {
  const end = bytes.indexOf(10);
  const { digest, ...head } = JSON.parse(bytes.subarray(0, end).toString()) as Pick<Prints, 'keyId' | 'window' | 'characters' | 'folded' | 'count'> & {
    digest: string;
  };
  if (bytes.length !== end + 1 + COLUMNS.length * head.count * 4) throw new Error('Stored fingerprints have a wrong length');
  const column = (i: number) => new Int32Array(Uint8Array.from(bytes.subarray(end + 1 + i * head.count * 4, end + 1 + (i + 1) * head.count * 4)).buffer);
  return { digest, prints: { ...head, high: column(0), low: column(1), at: column(2), from: column(3), to: column(4) } };
}
