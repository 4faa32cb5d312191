import { assertCount, sameBytes } from './bytes.ts';
import { LedgerError } from './errors.ts';
import { HASH_BYTES, leafHash, nodeHash, rootHash, type Hash } from './merkle.ts';
import {
  TILE_HEIGHT, TILE_WIDTH, extendBundle, frameEntries, readBundle, readTile, tileWidth, type Bundle, type Tile,
} from './tiles.ts';

/**
 * All that is needed to go on appending. A value: appending gives a new one and leaves the old as it was, so that a transaction can be rolled back.
 * `frontier[h]` is the hash of the complete subtree of 2^h leaves that stands at the right edge, where `size` has its digit h.
 * `edges[level]` is the partial tile of that level, empty where there is none. Their bytes are shared with the tiles given out: do not write to them.
 */
export type TreeState = {
  readonly size: number;
  readonly frontier: readonly (Uint8Array | undefined)[];
  readonly edges: readonly Uint8Array[];
};

/** A tree state and the bytes of the partial entry bundle. */
export type LogState = TreeState & { readonly bundle: Uint8Array };

/** The result of an append. `tiles`: all that it filled and the partial ones it left, by level and index. Every one it does not name is unchanged. */
export type TreeBatch = { readonly state: TreeState; readonly root: Uint8Array; readonly size: number; readonly tiles: Tile[] };
export type LogBatch = { readonly state: LogState; readonly root: Uint8Array; readonly size: number; readonly tiles: Tile[]; readonly bundles: Bundle[] };

/** Gives the bytes of a tile at least `width` hashes wide: the partial one of that width, or any later one, which begins with the same bytes. */
export type TileReader = (level: number, index: number, width: number) => Uint8Array | Promise<Uint8Array>;
/** Gives the bytes of the entry bundle of exactly this width. */
export type BundleReader = (index: number, width: number) => Uint8Array | Promise<Uint8Array>;

/** The state of a tree without entries. */
export function emptyTree(): TreeState {
  return { size: 0, frontier: [], edges: [] };
}

/** The state of a log without entries. */
export function emptyLog(): LogState {
  return { ...emptyTree(), bundle: new Uint8Array() };
}

/** Root of the tree in `state`: as many hashes as `state.size` has digits 1, less one. */
export function treeRoot(sha256: Hash, state: TreeState): Uint8Array {
  let root: Uint8Array | undefined;
  for (const hash of state.frontier) if (hash) root = root ? nodeHash(sha256, hash, root) : hash;
  return root ?? rootHash(sha256, []);
}

type OpenTile = { index: number; width: number; bytes: Uint8Array };

/** Appends leaf hashes. Each complete node is hashed once in the life of the tree, whatever the batches. Throws `range_invalid` past 2^53 - 1 leaves. */
export function appendHashes(sha256: Hash, state: TreeState, leafHashes: readonly Uint8Array[]): TreeBatch {
  assertCount(state.size + leafHashes.length, 'tree size');
  const frontier = [...state.frontier];
  const open: (OpenTile | undefined)[] = [];
  const tiles: Tile[] = [];

  function push(level: number, hash: Uint8Array): void {
    const tile = (open[level] ??= openEdge(state, level));
    tile.bytes.set(hash, tile.width * HASH_BYTES);
    tile.width++;
    if (tile.width < TILE_WIDTH) return;
    tiles.push({ level, ...tile });
    open[level] = { index: tile.index + 1, width: 0, bytes: new Uint8Array(TILE_WIDTH * HASH_BYTES) };
  }

  let { size } = state;
  for (const leaf of leafHashes) {
    if (leaf.length !== HASH_BYTES) throw new LedgerError('hash_invalid', `Cannot append this leaf hash: a hash has ${HASH_BYTES} bytes`);
    push(0, leaf);
    let node = leaf;
    let height = 0;
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = nodeHash(sha256, frontier[height]!, node);
      frontier[height] = undefined;
      height++;
      if (height % TILE_HEIGHT === 0) push(height / TILE_HEIGHT, node);
    }
    frontier[height] = node;
    size++;
  }

  const edges = [...state.edges];
  open.forEach((tile, level) => {
    if (!tile) return;
    const bytes = tile.bytes.slice(0, tile.width * HASH_BYTES);
    edges[level] = bytes;
    if (tile.width > 0) tiles.push({ level, index: tile.index, width: tile.width, bytes });
  });
  tiles.sort((a, b) => a.level - b.level || a.index - b.index);
  const next: TreeState = { size, frontier, edges };
  return { state: next, root: treeRoot(sha256, next), size, tiles };
}

function openEdge({ size, edges }: TreeState, level: number): OpenTile {
  const bytes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
  const edge = edges[level];
  if (edge) bytes.set(edge);
  return { index: Math.floor(size / TILE_WIDTH ** (level + 1)), width: (edge?.length ?? 0) / HASH_BYTES, bytes };
}

/** Appends entries and gives what is to be stored and signed. Throws `entry_too_large` before anything is hashed, or `range_invalid`. */
export function appendBatch(sha256: Hash, state: LogState, leaves: readonly Uint8Array[]): LogBatch {
  const { bundles, bundle } = appendEntries(state, leaves);
  const { state: tree, root, size, tiles } = appendHashes(sha256, state, leaves.map((leaf) => leafHash(sha256, leaf)));
  return { state: { ...tree, bundle }, root, size, tiles, bundles };
}

function appendEntries({ size, bundle: held }: LogState, leaves: readonly Uint8Array[]): { bundles: Bundle[]; bundle: Uint8Array } {
  const bundles: Bundle[] = [];
  let bundle = held;
  let index = Math.floor(size / TILE_WIDTH);
  let before = size % TILE_WIDTH;
  for (let at = 0; at < leaves.length; ) {
    const next = leaves.slice(at, at + TILE_WIDTH - before);
    at += next.length;
    const width = before + next.length;
    bundle = before === 0 ? frameEntries(next) : extendBundle(bundle, next);
    bundles.push({ index, width, bytes: bundle });
    if (width < TILE_WIDTH) break;
    bundle = new Uint8Array();
    before = 0;
    index++;
  }
  return { bundles, bundle };
}

export type StoredTree = { readonly size: number; readonly root: Uint8Array; readonly tile: TileReader };
export type StoredLog = StoredTree & { readonly entries: BundleReader };

/** Hash over the 2^n hashes in `row`, which is at most a tile. */
export function foldRow(sha256: Hash, row: Uint8Array): Uint8Array {
  const hashes: Uint8Array[] = readTile(row, row.length / HASH_BYTES);
  return rootHash(sha256, hashes);
}

/** `width` hashes of a tile of a tree of `size`. A reader is not trusted: throws `tile_malformed` when it gives too little or half a hash. */
export async function readEdge(tile: TileReader, level: number, index: number, width: number): Promise<Uint8Array> {
  const bytes = await tile(level, index, width);
  if (bytes.length < width * HASH_BYTES || bytes.length % HASH_BYTES !== 0 || bytes.length > TILE_WIDTH * HASH_BYTES) {
    throw new LedgerError('tile_malformed', `Cannot use tile ${index} of level ${level}: it does not hold ${width} hashes`);
  }
  return bytes.subarray(0, width * HASH_BYTES);
}

/**
 * The state of the stored tree of `size` entries, from at most one partial tile a level. Throws `root_differs` when they do not give `root`, which the
 * caller takes from the checkpoint he trusts: a tree that differs must never be extended and signed.
 */
export async function restoreTree(sha256: Hash, { size, root, tile }: StoredTree): Promise<TreeState> {
  assertCount(size, 'tree size');
  const levels: number[] = [];
  for (let hashes = size; hashes > 0; hashes = Math.floor(hashes / TILE_WIDTH)) levels.push(hashes);
  const edges = await Promise.all(
    levels.map(async (hashes, level) => {
      const index = Math.floor(hashes / TILE_WIDTH);
      const width = tileWidth(level, index, size);
      return width === 0 ? new Uint8Array() : (await readEdge(tile, level, index, width)).slice();
    }),
  );
  const state: TreeState = { size, frontier: edges.flatMap((edge) => frontierOf(sha256, edge)), edges };
  if (!sameBytes(treeRoot(sha256, state), root)) throw new LedgerError('root_differs', `Cannot restore the tree of ${size} entries: its tiles give another root`);
  return state;
}

/** The eight heights of one level: the row falls into runs of 128, 64, ... hashes, one for each digit of its width. */
function frontierOf(sha256: Hash, edge: Uint8Array): (Uint8Array | undefined)[] {
  const width = edge.length / HASH_BYTES;
  const hashes: (Uint8Array | undefined)[] = Array.from({ length: TILE_HEIGHT }, () => undefined);
  let at = 0;
  for (let height = TILE_HEIGHT - 1; height >= 0; height--) {
    const run = 2 ** height;
    if ((width & run) === 0) continue;
    hashes[height] = foldRow(sha256, edge.subarray(at * HASH_BYTES, (at + run) * HASH_BYTES));
    at += run;
  }
  return hashes;
}

/** As `restoreTree`, with the partial bundle, whose entries must be those of the tree: `bundle_malformed` or `root_differs` otherwise. */
export async function restoreLog(sha256: Hash, stored: StoredLog): Promise<LogState> {
  const state = await restoreTree(sha256, stored);
  const width = stored.size % TILE_WIDTH;
  if (width === 0) return { ...state, bundle: new Uint8Array() };
  const bundle = (await stored.entries(Math.floor(stored.size / TILE_WIDTH), width)).slice();
  const hashes = readTile(state.edges[0]!, width);
  const holds = readBundle(bundle, width).every((entry, i) => sameBytes(leafHash(sha256, entry), hashes[i]!));
  if (!holds) throw new LedgerError('root_differs', `Cannot restore the log of ${stored.size} entries: its last bundle holds others than its tree`);
  return { ...state, bundle };
}
