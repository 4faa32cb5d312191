import type { Prints } from '@underseal/fingerprint';

type Counts = Pick<Prints, 'keyId' | 'window' | 'characters' | 'folded' | 'count'>;
const COLUMNS = ['high', 'low', 'at', 'from', 'to'] as const;

/**
 * What a source is known by: fingerprints of its text, where it holds any, and the length and SHA-256 of its bytes, by which the registered file itself is told from
 * a copy of its text, and a drawing or a picture is known at all.
 */
export interface Known {
  readonly prints: Prints | undefined;
  readonly bytes: number;
  readonly digest: string;
}

/** As bytes: a line of JSON with the counts, then the columns of the fingerprints, little-endian. */
export function packKnown({ prints, bytes, digest }: Known): Buffer {
  if (!prints) return Buffer.from(`${JSON.stringify({ bytes, digest })}\n`);
  const { keyId, window, characters, folded, count } = prints;
  const head = Buffer.from(`${JSON.stringify({ keyId, window, characters, folded, count, bytes, digest })}\n`);
  return Buffer.concat([head, ...COLUMNS.map((name) => Buffer.from(prints[name].buffer, prints[name].byteOffset, prints[name].byteLength))]);
}

/** The reverse; the bytes come authenticated out of a seal, so a wrong shape is a bug and throws. */
export function unpackKnown(packed: Buffer): Known {
  const end = packed.indexOf(10);
  const { bytes, digest, ...head } = JSON.parse(packed.subarray(0, end).toString()) as Counts & Omit<Known, 'prints'>;
  const count = head.count ?? 0;
  if (packed.length !== end + 1 + COLUMNS.length * count * 4) throw new Error('Stored fingerprints have a wrong length');
  if (count === 0) return { bytes, digest, prints: undefined };
  const column = (i: number) => new Int32Array(Uint8Array.from(packed.subarray(end + 1 + i * count * 4, end + 1 + (i + 1) * count * 4)).buffer);
  return { bytes, digest, prints: { ...head, high: column(0), low: column(1), at: column(2), from: column(3), to: column(4) } };
}
