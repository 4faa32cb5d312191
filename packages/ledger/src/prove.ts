import { assertCount } from './bytes.ts';
import { LedgerError } from './errors.ts';
import { HASH_BYTES, bitLength, isSubtree, nodeHash, rootHash, wayDown, type Hash, type Range, type Way } from './merkle.ts';
import { TILE_HEIGHT, TILE_WIDTH, tileHashes, tileWidth, type Tile } from './tiles.ts';
import { cutTile, type TileReader } from './tree.ts';

/** A tree that lies in tiles. `size` may be any at which it once stood: proofs for old checkpoints come from the same tiles. */
export type TiledTree = { readonly size: number; readonly tile: TileReader };

/** Proof that the entry `index` is in the tree, nearest sibling first, as RFC 6962 2.1.1 has it. Rejects with `range_invalid` or `tile_malformed`. */
export async function inclusionProof(sha256: Hash, { index, ...tree }: TiledTree & { readonly index: number }): Promise<Uint8Array[]> {
  return subtreeInclusionProof(sha256, { ...tree, index, start: 0, end: tree.size });
}

/** Proof that the entry `index` is in the subtree of the entries from `start` up to `end`. */
export async function subtreeInclusionProof(sha256: Hash, claim: TiledTree & Range & { readonly index: number }): Promise<Uint8Array[]> {
  const { index, start, end, size } = claim;
  assertCount(size, 'tree size');
  assertCount(index, 'index');
  if (!isSubtree({ start, end }) || end > size || index < start || index >= end) throw outside();
  return collect(sha256, claim, wayDown({ start: index, end: index + 1 }, { start, end }));
}

/** Proof that the tree of `oldSize` entries is the beginning of this one, as RFC 6962 2.1.2 has it. Rejects with `range_invalid` when `oldSize` is 0. */
export async function consistencyProof(sha256: Hash, { oldSize, ...tree }: TiledTree & { readonly oldSize: number }): Promise<Uint8Array[]> {
  return subtreeConsistencyProof(sha256, { ...tree, start: 0, end: oldSize });
}

/** Proof that the entries from `start` up to `end` are a subtree of this tree. */
export async function subtreeConsistencyProof(sha256: Hash, claim: TiledTree & Range): Promise<Uint8Array[]> {
  const { start, end, size } = claim;
  assertCount(size, 'tree size');
  if (!isSubtree({ start, end }) || end > size) throw outside();
  return collect(sha256, claim, wayDown({ start, end }, { start: 0, end: size }));
}

/** Root of the tree at `size`, from its tiles. */
export async function rootOfTiles(sha256: Hash, { size, tile }: TiledTree): Promise<Uint8Array> {
  assertCount(size, 'tree size');
  return size === 0 ? rootHash(sha256, []) : rangeHash(sha256, { size, tile: once(tile) }, { start: 0, end: size });
}

/** A reader of tiles at hand, for small trees: the widest of each place serves. */
export function tileReader(tiles: readonly Tile[]): TileReader {
  const widest = new Map<string, Tile>();
  for (const tile of tiles) {
    const place = `${tile.level}/${tile.index}`;
    if ((widest.get(place)?.width ?? 0) < tile.width) widest.set(place, tile);
  }
  return (level, index) => widest.get(`${level}/${index}`)?.bytes ?? new Uint8Array();
}

function outside(): LedgerError {
  return new LedgerError('range_invalid', 'Cannot prove this: index and sizes do not belong together');
}

async function collect(sha256: Hash, { size, tile }: TiledTree, { foot, known, steps }: Way): Promise<Uint8Array[]> {
  const tree = { size, tile: once(tile) };
  const ranges = steps.map((step) => step.range).reverse();
  return Promise.all((known ? ranges : [foot, ...ranges]).map((range) => rangeHash(sha256, tree, range)));
}

/** Many siblings lie in one tile: each tile is asked for once, all at the same time. */
function once(tile: TileReader): TileReader {
  const asked = new Map<string, Promise<Uint8Array>>();
  async function ask(level: number, index: number, width: number): Promise<Uint8Array> {
    return cutTile(await tile(level, index, width), { level, index, width });
  }
  return (level, index, width) => {
    const place = `${level}/${index}`;
    const bytes = asked.get(place) ?? ask(level, index, width);
    asked.set(place, bytes);
    return bytes;
  };
}

/** A subtree falls into complete ones, each smaller than the one before it; they join from the right. */
async function rangeHash(sha256: Hash, tree: TiledTree, { start, end }: Range): Promise<Uint8Array> {
  const parts: Promise<Uint8Array>[] = [];
  for (let at = start; at < end;) {
    const height = bitLength(end - at) - 1;
    parts.push(completeHash(sha256, tree, height, at / 2 ** height));
    at += 2 ** height;
  }
  return (await Promise.all(parts)).reduceRight((right, left) => nodeHash(sha256, left, right));
}

/** Hash of the complete subtree `index` of 2^height entries: it lies in a tile of its height, or some rows above one. */
async function completeHash(sha256: Hash, { size, tile }: TiledTree, height: number, index: number): Promise<Uint8Array> {
  const level = Math.floor(height / TILE_HEIGHT);
  const run = 2 ** (height % TILE_HEIGHT);
  const place = Math.floor((index * run) / TILE_WIDTH);
  const bytes = await tile(level, place, tileWidth(level, place, size));
  const first = (index * run) % TILE_WIDTH;
  return rootHash(sha256, tileHashes(bytes.slice(first * HASH_BYTES, (first + run) * HASH_BYTES), run));
}
