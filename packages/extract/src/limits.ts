import { ExtractError } from './errors.ts';

const MIB = 1024 * 1024;

/** Bounds of one extraction. All of them but `entryBytes` and `partText` count across every level of nesting. */
export type Limits = {
  /** Bytes handed in. */
  readonly inputBytes: number;
  /** Bytes that come out of containers, compressed or stored, encoded or not, all levels together. */
  readonly inflatedBytes: number;
  /** Bytes of one entry once inflated. */
  readonly entryBytes: number;
  /** UTF-16 units of the text of one part. */
  readonly partText: number;
  /** UTF-16 units of the text of all parts. */
  readonly totalText: number;
  /** Inflated bytes a compressed byte may give... */
  readonly ratio: number;
  /** ...once an entry has given this many. */
  readonly ratioFloorBytes: number;
  /** Entries of all containers, MIME parts included. */
  readonly entries: number;
  /** Containers inside containers. */
  readonly depth: number;
  /** Elements inside elements, in XML. */
  readonly xmlDepth: number;
  /** Pages of one PDF. */
  readonly pages: number;
  /** Wall clock of one extraction. Kept by `tools.expired` and by whoever runs the extraction: the package has no clock. */
  readonly milliseconds: number;
};

/** Limits fit for a child process of about 1 GB. */
export const defaultLimits: Limits = {
  inputBytes: 256 * MIB,
  inflatedBytes: 512 * MIB,
  entryBytes: 128 * MIB,
  partText: 64 * MIB,
  totalText: 256 * MIB,
  ratio: 200,
  ratioFloorBytes: 10 * MIB,
  entries: 10_000,
  depth: 5,
  xmlDepth: 1_000,
  pages: 5_000,
  milliseconds: 60_000,
};

/** The default limits with some of them replaced. Throws `limits_invalid` for a limit that is not a positive whole number. */
export function limitsWith(changes: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...changes };
  for (const value of Object.values(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new ExtractError('limits_invalid', 'Cannot extract: each limit must be a positive whole number');
  }
  return limits;
}
