import { findLastBytes, startsWith, u16, u32, u64 } from './bytes.ts';

export type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  readonly dataStart: number;
  /** The central directory and the local header disagree, or the entry lies over another: readers would see different things. */
  readonly suspect: boolean;
};

export type Zip = {
  readonly entries: readonly ZipEntry[];
  /** Bytes that belong to no entry. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Comments of the archive and of its entries, and extra fields: room for text. */
  readonly asides: readonly Uint8Array[];
  readonly state: 'whole' | 'broken' | 'too_many_entries';
};

type Directory = { start: number; end: number; count: number; shift: number; claims: Claim[]; comment: Uint8Array };
type Claim = { from: number; to: number };
type Listed = { name: Uint8Array; flags: number; method: number; crc: number; compressedSize: number; size: number; offset: number };

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 'PK\x05\x06';
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const FULL = 0xffffffff;

/** Reads the directory of a ZIP archive, checks it against the local headers, and tells which bytes it leaves out. Null if there is no directory. */
export function readZip(bytes: Uint8Array, maxEntries: number): Zip | null {
  const directory = findDirectory(bytes);
  if (!directory) return null;
  const asides: Uint8Array[] = directory.comment.length > 0 ? [directory.comment] : [];
  const listed: Listed[] = [];
  let state: Zip['state'] = 'whole';
  let at = directory.start;
  while (at + 46 <= directory.end && u32(bytes, at) === CENTRAL) {
    if (listed.length >= maxEntries) {
      state = 'too_many_entries';
      break;
    }
    const end = at + 46 + u16(bytes, at + 28) + u16(bytes, at + 30) + u16(bytes, at + 32);
    if (end > directory.end) break;
    listed.push(readCentral(bytes, at, asides));
    at = end;
  }
  if (state === 'whole' && (at !== directory.end || listed.length !== directory.count)) state = 'broken';
  const claims = [...directory.claims];
  const entries = listed.map((entry) => locate(bytes, entry, { directory, claims, asides }));
  return { entries: refuseOverlaps(entries, claims, directory), gaps: gapsOf(bytes, claims), asides, state };
}

/** Entries by their local headers alone: what is left of an archive whose end is gone. Sizes may be unknown (-1). */
export function walkLocalHeaders(bytes: Uint8Array, from: number): ZipEntry | null {
  if (from + 30 > bytes.length || u32(bytes, from) !== LOCAL) return null;
  const dataStart = from + 30 + u16(bytes, from + 26) + u16(bytes, from + 28);
  if (dataStart > bytes.length) return null;
  const flags = u16(bytes, from + 6);
  const isStreamed = (flags & 8) !== 0 && u32(bytes, from + 18) === 0;
  return {
    name: decodeName(bytes.subarray(from + 30, from + 30 + u16(bytes, from + 26))),
    method: u16(bytes, from + 8),
    encrypted: (flags & 0x2041) !== 0,
    compressedSize: isStreamed ? -1 : u32(bytes, from + 18),
    size: isStreamed ? -1 : u32(bytes, from + 22),
    crc: u32(bytes, from + 14),
    dataStart,
    suspect: true,
  };
}

export function isZipStart(bytes: Uint8Array): boolean {
  return startsWith(bytes, 'PK\x03\x04') || startsWith(bytes, END) || startsWith(bytes, 'PK00PK\x03\x04') || startsWith(bytes, 'PK\x07\x08PK\x03\x04');
}

/** Whether an archive ends here, whatever stands before it. `atEnd`: only if nothing stands behind it. */
export function hasDirectory(bytes: Uint8Array, atEnd = false): boolean {
  const directory = findDirectory(bytes);
  return directory !== null && (!atEnd || directory.claims[0]!.to === bytes.length);
}

function findDirectory(bytes: Uint8Array): Directory | null {
  const tail = Math.max(0, bytes.length - END_SIZE - MAX_COMMENT);
  let fallback: Directory | null = null;
  for (let end = bytes.length; end > tail;) {
    const at = findLastBytes(bytes.subarray(0, end), END, tail);
    if (at === -1) break;
    end = at + 3;
    if (at + END_SIZE > bytes.length) continue;
    const directory = readEnd(bytes, at);
    if (!directory) continue;
    if (at + END_SIZE + directory.comment.length === bytes.length) return directory;
    fallback ??= directory;
  }
  return fallback;
}

function readEnd(bytes: Uint8Array, at: number): Directory | null {
  let count = u16(bytes, at + 10);
  let size = u32(bytes, at + 12);
  let offset = u32(bytes, at + 16);
  let end = at;
  const comment = bytes.subarray(at + END_SIZE, Math.min(bytes.length, at + END_SIZE + u16(bytes, at + 20)));
  const claims: Claim[] = [{ from: at, to: at + END_SIZE + comment.length }];
  if (at >= 76 && startsWith(bytes, 'PK\x06\x07', at - 20) && (count === 0xffff || size === FULL || offset === FULL)) {
    const wide = startsWith(bytes, 'PK\x06\x06', at - 76) ? at - 76 : u64(bytes, at - 12);
    if (wide + 56 > at || !startsWith(bytes, 'PK\x06\x06', wide)) return null;
    count = u64(bytes, wide + 32);
    size = u64(bytes, wide + 40);
    offset = u64(bytes, wide + 48);
    claims.push({ from: wide, to: at });
    end = wide;
  }
  // Something may stand before the archive: then every offset is wrong by its length.
  const start = end - size;
  if (start < 0 || (size > 0 && (start + 4 > end || u32(bytes, start) !== CENTRAL))) return null;
  if (size === 0 && count > 0) return null;
  claims.push({ from: start, to: end });
  return { start, end, count, shift: start - offset, claims, comment };
}

function readCentral(bytes: Uint8Array, at: number, asides: Uint8Array[]): Listed {
  const nameEnd = at + 46 + u16(bytes, at + 28);
  const extraEnd = nameEnd + u16(bytes, at + 30);
  const commentEnd = extraEnd + u16(bytes, at + 32);
  const entry: Listed = {
    name: bytes.subarray(at + 46, nameEnd),
    flags: u16(bytes, at + 8),
    method: u16(bytes, at + 10),
    crc: u32(bytes, at + 16),
    compressedSize: u32(bytes, at + 20),
    size: u32(bytes, at + 24),
    offset: u32(bytes, at + 42),
  };
  readWideSizes(bytes, nameEnd, extraEnd, entry);
  if (extraEnd - nameEnd > 32) asides.push(bytes.subarray(nameEnd, extraEnd));
  if (commentEnd > extraEnd) asides.push(bytes.subarray(extraEnd, commentEnd));
  return entry;
}

function readWideSizes(bytes: Uint8Array, from: number, to: number, entry: Listed): void {
  for (let at = from; at + 4 <= to; at += 4 + u16(bytes, at + 2)) {
    if (u16(bytes, at) !== 1) continue;
    let field = at + 4;
    const end = Math.min(to, field + u16(bytes, at + 2));
    for (const key of ['size', 'compressedSize', 'offset'] as const) {
      if (entry[key] !== FULL || field + 8 > end) continue;
      entry[key] = u64(bytes, field);
      field += 8;
    }
    return;
  }
}

function locate(bytes: Uint8Array, entry: Listed, found: { directory: Directory; claims: Claim[]; asides: Uint8Array[] }): ZipEntry {
  const { shift, start } = found.directory;
  const at = entry.offset + shift;
  const base = { name: decodeName(entry.name), method: entry.method, encrypted: (entry.flags & 0x2041) !== 0, crc: entry.crc };
  const sizes = { compressedSize: entry.compressedSize, size: entry.size };
  if (at < 0 || at + 30 > start || u32(bytes, at) !== LOCAL) return { ...base, ...sizes, dataStart: -1, suspect: true };
  const nameLength = u16(bytes, at + 26);
  const extraLength = u16(bytes, at + 28);
  const dataStart = at + 30 + nameLength + extraLength;
  const dataEnd = dataStart + entry.compressedSize;
  if (dataEnd > start) return { ...base, ...sizes, dataStart: -1, suspect: true };
  if (extraLength > 32) found.asides.push(bytes.subarray(at + 30 + nameLength, dataStart));
  const isStreamed = (u16(bytes, at + 6) & 8) !== 0;
  const isWide = u32(bytes, at + 18) === FULL || u32(bytes, at + 22) === FULL;
  const agrees =
    u16(bytes, at + 8) === entry.method &&
    nameLength === entry.name.length &&
    entry.name.every((byte, i) => bytes[at + 30 + i] === byte) &&
    (u16(bytes, at + 6) & 1) === (entry.flags & 1) &&
    (isStreamed || isWide || (u32(bytes, at + 18) === entry.compressedSize && u32(bytes, at + 22) === entry.size));
  found.claims.push({ from: at, to: dataEnd + (isStreamed ? descriptorLength(bytes, dataEnd, entry.compressedSize) : 0) });
  return { ...base, ...sizes, dataStart, suspect: !agrees };
}

function descriptorLength(bytes: Uint8Array, at: number, compressedSize: number): number {
  const signed = startsWith(bytes, 'PK\x07\x08', at) ? 4 : 0;
  if (at + signed + 12 > bytes.length) return 0;
  const isWide =
    u32(bytes, at + signed + 4) === compressedSize && at + signed + 20 <= bytes.length && u32(bytes, at + signed + 8) === 0 && compressedSize !== 0;
  return isWide ? signed + 20 : u32(bytes, at + signed + 4) === compressedSize ? signed + 12 : 0;
}

/** Entries that share bytes are how small archives become endless. None of those is read. */
function refuseOverlaps(entries: ZipEntry[], claims: Claim[], directory: Directory): ZipEntry[] {
  const sorted = claims.slice(directory.claims.length).sort((a, b) => a.from - b.from);
  let reach = -1;
  let overlaps = false;
  for (const claim of sorted) {
    if (claim.from < reach) overlaps = true;
    reach = Math.max(reach, claim.to);
  }
  return overlaps ? entries.map((entry) => ({ ...entry, suspect: true, dataStart: -1 })) : entries;
}

function gapsOf(bytes: Uint8Array, claims: Claim[]): Claim[] {
  const gaps: Claim[] = [];
  let reach = 0;
  for (const claim of claims.toSorted((a, b) => a.from - b.from)) {
    if (claim.from > reach) gaps.push({ from: reach, to: claim.from });
    reach = Math.max(reach, claim.to);
  }
  if (reach < bytes.length) gaps.push({ from: reach, to: bytes.length });
  return gaps;
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
