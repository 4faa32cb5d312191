import { startsWith } from './bytes.ts';

export type TarEntry = { readonly name: string; readonly from: number; readonly to: number; readonly isFile: boolean };
export type Tar = {
  readonly entries: readonly TarEntry[];
  /** Bytes that belong to no file and are not zero. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Long names, link targets, records of pax headers. */
  readonly asides: readonly Uint8Array[];
  readonly state: 'whole' | 'broken' | 'too_many_entries';
};

const BLOCK = 512;

export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK || bytes[0] === 0) return false;
  return checksumHolds(bytes, 0) && (startsWith(bytes, 'ustar', 257) || bytes.subarray(500, BLOCK).every((byte) => byte === 0));
}

/** Reads the headers of a TAR archive, and tells which bytes it leaves out. */
export function readTar(bytes: Uint8Array, maxEntries: number): Tar {
  const entries: TarEntry[] = [];
  const gaps: { from: number; to: number }[] = [];
  const asides: Uint8Array[] = [];
  let state: Tar['state'] = 'broken';
  let longName: string | null = null;
  let at = 0;
  while (at + BLOCK <= bytes.length) {
    if (isZero(bytes, at, at + BLOCK)) {
      state = 'whole';
      break;
    }
    if (!checksumHolds(bytes, at)) break;
    if (entries.length + asides.length >= maxEntries) {
      state = 'too_many_entries';
      break;
    }
    const size = readSize(bytes, at + 124);
    const from = at + BLOCK;
    const to = from + size;
    if (size < 0 || to > bytes.length) break;
    const type = String.fromCharCode(bytes[at + 156]!);
    if (type === 'L' || type === 'K' || type === 'x' || type === 'g') {
      asides.push(bytes.subarray(from, to));
      if (type === 'L') longName = readName(bytes, from, size);
      if (type === 'x') longName = /\d+ path=([^\n]*)\n/.exec(new TextDecoder().decode(bytes.subarray(from, to)))?.[1] ?? longName;
    } else {
      if (type === '1' || type === '2') asides.push(bytes.subarray(at + 157, at + 257));
      entries.push({ name: longName ?? headerName(bytes, at), from, to, isFile: size > 0 });
      longName = null;
    }
    at = from + Math.ceil(size / BLOCK) * BLOCK;
    if (to < at && !isZero(bytes, to, Math.min(at, bytes.length))) gaps.push({ from: to, to: Math.min(at, bytes.length) });
  }
  if (state !== 'too_many_entries' && at >= bytes.length) state = 'whole';
  if (at < bytes.length && !isZero(bytes, at, bytes.length)) gaps.push({ from: at, to: bytes.length });
  return { entries, gaps, asides, state };
}

function checksumHolds(bytes: Uint8Array, at: number): boolean {
  const declared = readSize(bytes, at + 148, 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : bytes[at + i]!;
  return declared === sum;
}

function readSize(bytes: Uint8Array, at: number, length = 12): number {
  if (bytes[at]! & 0x80) {
    let size = bytes[at]! & 0x7f;
    for (let i = 1; i < length; i++) size = size * 256 + bytes[at + i]!;
    return size;
  }
  let digits = '';
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i]!;
    if (byte >= 48 && byte <= 55) digits += String.fromCharCode(byte);
    else if (digits !== '') break;
    else if (byte !== 32 && byte !== 0) return -1;
  }
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function headerName(bytes: Uint8Array, at: number): string {
  const prefix = startsWith(bytes, 'ustar\0', at + 257) ? readName(bytes, at + 345, 155) : '';
  const name = readName(bytes, at, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readName(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + Math.min(length, 4096));
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}
