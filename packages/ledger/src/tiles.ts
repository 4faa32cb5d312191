import { assertCount } from './bytes.ts';
import { LedgerError } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Tree levels that one tile spans. */
export const TILE_HEIGHT = 8;

const LEVEL_MAX = 63;
const ENTRY_BYTES_MAX = 65_535;

/** Consecutive hashes of one level, side by side: hash i of tile n covers the entries from (256 n + i) * 256^level on. */
export type Tile = { readonly level: number; readonly index: number; readonly width: number; readonly bytes: Uint8Array };

/** Consecutive entries, each after its length in two bytes, the high one first. */
export type Bundle = { readonly index: number; readonly width: number; readonly bytes: Uint8Array };

/** Where a resource stands: `level` is a number for a tile, `entries` for a bundle. */
export type TilePlace = { readonly level: number | 'entries'; readonly index: number; readonly width: number };

/** Path of a tile as C2SP tlog-tiles writes it, as `tile/0/x001/x234/067.p/8`. Throws `range_invalid`. */
export function tilePath(level: number, index: number, width: number = TILE_WIDTH): string {
  if (!Number.isInteger(level) || level < 0 || level > LEVEL_MAX)
    throw new LedgerError('range_invalid', `Cannot write a tile path: level ${level} is not one of 0 to ${LEVEL_MAX}`);
  return `tile/${level}/${placePath(index, width)}`;
}

/** Path of an entry bundle, as `tile/entries/x001/x234/067`. Throws `range_invalid`. */
export function entriesPath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${placePath(index, width)}`;
}

function placePath(index: number, width: number): string {
  assertCount(index, 'tile index');
  assertWidth(width);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g)!;
  const last = groups.pop()!;
  return groups.map((group) => `x${group}/`).join('') + last + (width === TILE_WIDTH ? '' : `.p/${width}`);
}

function assertWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new LedgerError('range_invalid', `Cannot use width ${width}: not one of 1 to ${TILE_WIDTH}`);
}

const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The place that `path` names. Throws `path_malformed` for every text that `tilePath` and `entriesPath` would not have written. */
export function parseTilePath(path: string): TilePlace {
  const [, level, groups, width] = (path.length <= 64 && PATH.exec(path)) || [];
  if (level === undefined || groups === undefined) throw pathMalformed();
  const place: TilePlace = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (!Number.isSafeInteger(place.index) || place.width > TILE_WIDTH || (typeof place.level === 'number' && place.level > LEVEL_MAX)) throw pathMalformed();
  const again = place.level === 'entries' ? entriesPath(place.index, place.width) : tilePath(place.level, place.index, place.width);
  if (again !== path) throw pathMalformed();
  return place;
}

function pathMalformed(): LedgerError {
  return new LedgerError('path_malformed', 'Cannot read this tile path: it is not one of a tiled log');
}

/** How many hashes the tile `index` of `level` holds in a tree of `size` entries: 0 when there is none yet, 256 when it is full. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, hashes));
}

/** Bytes of the bundle of `entries`. Throws `entry_too_large` or, for none or more than 256 of them, `range_invalid`. */
export function writeBundle(entries: readonly Uint8Array[]): Uint8Array {
  assertWidth(entries.length);
  return frameEntries(entries);
}

/** Each entry after its length. Not a bundle of its own: it may continue one. */
export function frameEntries(entries: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX)
      throw new LedgerError('entry_too_large', `Cannot bundle this entry: ${entry.length} bytes are more than ${ENTRY_BYTES_MAX}`);
    length += 2 + entry.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const entry of entries) {
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** The entries of a bundle, as views of `bytes`. Throws `bundle_malformed` unless exactly `width` of them fill it. */
export function readBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length || entries.length === width) throw bundleMalformed(width);
    const end = at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
    if (end > bytes.length) throw bundleMalformed(width);
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width) throw bundleMalformed(width);
  return entries;
}

function bundleMalformed(width: number): LedgerError {
  return new LedgerError('bundle_malformed', `Cannot read this entry bundle: it does not hold ${width} whole entries`);
}

/** The hashes of a tile, as views of `bytes`. Throws `tile_malformed` unless exactly `width` of them fill it. */
export function tileHashes(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * HASH_BYTES) throw new LedgerError('tile_malformed', `Cannot read this tile: it does not hold ${width} hashes`);
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}
