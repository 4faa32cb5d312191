import { assertCount, concatBytes, sameBytes } from './bytes.ts';
import { LedgerError } from './errors.ts';
import { HASH_BYTES, leafHash, nodeHash, rootHash, type Hash } from './merkle.ts';
import { TILE_HEIGHT, TILE_WIDTH, frameEntries, tileHashes, tileWidth, type Bundle, type Tile } from './tiles.ts';

/**
 * All that is needed to go on appending. A value: appending gives a new one and leaves the old as it was, so that a transaction can be rolled back.
 * Its bytes are shared with the tiles and bundles given out: do not write to them.
 */
export type TreeState = {
  readonly size: number;
  /** At h, the hash of the complete subtree of 2^h leaves at the right edge, where `size` has a binary digit 1 at h. */
  readonly frontier: readonly (Uint8Array | undefined)[];
  /** The partial tile of each level, without bytes where there is none. */
  readonly edges: readonly Uint8Array[];
};

/** The state of a tree whose entries are kept in bundles: with the bytes of the partial one. */
export type LogState = TreeState & { readonly bundle: Uint8Array };

/** What an append changed. `tiles`: those it filled and the partial ones it left, by level and index; all others stay as they were. */
export type TreeBatch = { readonly state: TreeState; readonly size: number; readonly root: Uint8Array; readonly tiles: readonly Tile[] };

/** What an append of entries changed; `bundles` as `tiles`. */
export type LogBatch = {
  readonly state: LogState;
  readonly size: number;
  readonly root: Uint8Array;
  readonly tiles: readonly Tile[];
  readonly bundles: readonly Bundle[];
  readonly leafHashes: readonly Uint8Array[];
};

/** Gives the bytes of a tile at least `width` hashes wide: the partial one of that width or any later one, since they begin alike. */
export type TileReader = (level: number, index: number, width: number) => Uint8Array | Promise<Uint8Array>;

/** The state of a tree without leaves. */
export function emptyTree(): TreeState {
  return { size: 0, frontier: [], edges: [] };
}

/** The state of a log without entries. */
export function emptyLog(): LogState {
  return { ...emptyTree(), bundle: new Uint8Array() };
}

/** Root of the tree in `state`: one hash less than its size has binary digits 1. */
export function treeRoot(sha256: Hash, state: TreeState): Uint8Array {
  let root: Uint8Array | undefined;
  for (const hash of state.frontier) if (hash) root = root ? nodeHash(sha256, hash, root) : hash;
  return root ?? rootHash(sha256, []);
}

/**
 * Appends entries and gives what is to be stored and signed, at the cost of the batch alone. Throws `entry_too_large` before anything is hashed, and
 * `range_invalid` past 2^53 - 1 entries.
 */
export function appendBatch(sha256: Hash, state: LogState, leaves: readonly Uint8Array[]): LogBatch {
  const { bundles, bundle } = appendEntries(state, leaves);
  const leafHashes = leaves.map((leaf) => leafHash(sha256, leaf));
  const batch = appendHashes(sha256, state, leafHashes);
  return { ...batch, state: { ...batch.state, bundle }, bundles, leafHashes };
}

/** Appends by leaf hash, for a log that keeps its entries elsewhere. Each complete node is hashed once in the life of the tree, whatever the batches. */
export function appendHashes(sha256: Hash, state: TreeState, leafHashes: readonly Uint8Array[]): TreeBatch {
  assertCount(state.size + leafHashes.length, 'tree size');
  const frontier = [...state.frontier];
  const writer = writeTiles(state);
  let { size } = state;
  for (const leaf of leafHashes) {
    if (leaf.length !== HASH_BYTES) throw new LedgerError('hash_invalid', `Cannot append this leaf hash: a hash has ${HASH_BYTES} bytes`);
    writer.push(0, leaf);
    let node = leaf;
    let height = 0;
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = nodeHash(sha256, frontier[height]!, node);
      frontier[height] = undefined;
      height++;
      if (height % TILE_HEIGHT === 0) writer.push(height / TILE_HEIGHT, node);
    }
    frontier[height] = node;
    size++;
  }
  const { tiles, edges } = writer.close();
  const next: TreeState = { size, frontier, edges };
  return { state: next, size, root: treeRoot(sha256, next), tiles };
}

type OpenTile = { index: number; width: number; bytes: Uint8Array };

function writeTiles(state: TreeState) {
  const open: OpenTile[] = [];
  const tiles: Tile[] = [];

  // A level is opened by the first full tile below it: never before the one below.
  function push(level: number, hash: Uint8Array): void {
    const tile = (open[level] ??= openEdge(state, level));
    tile.bytes.set(hash, tile.width * HASH_BYTES);
    tile.width++;
    if (tile.width < TILE_WIDTH) return;
    tiles.push({ level, ...tile });
    open[level] = { index: tile.index + 1, width: 0, bytes: new Uint8Array(TILE_WIDTH * HASH_BYTES) };
  }

  function close(): { tiles: Tile[]; edges: Uint8Array[] } {
    const edges = [...state.edges];
    open.forEach(({ index, width, bytes }, level) => {
      const edge = bytes.slice(0, width * HASH_BYTES);
      edges[level] = edge;
      if (width > 0) tiles.push({ level, index, width, bytes: edge });
    });
    tiles.sort((a, b) => a.level - b.level || a.index - b.index);
    return { tiles, edges };
  }

  return { push, close };
}

function openEdge({ size, edges }: TreeState, level: number): OpenTile {
  const bytes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
  const edge = edges[level];
  if (edge) bytes.set(edge);
  return { index: Math.floor(size / TILE_WIDTH ** (level + 1)), width: (edge?.length ?? 0) / HASH_BYTES, bytes };
}

function appendEntries(state: LogState, leaves: readonly Uint8Array[]): { bundles: Bundle[]; bundle: Uint8Array } {
  const framed = leaves.map((leaf) => frameEntries([leaf]));
  const bundles: Bundle[] = [];
  let { bundle } = state;
  for (let at = 0; at < framed.length;) {
    const start = (state.size + at) % TILE_WIDTH;
    const next = framed.slice(at, at + TILE_WIDTH - start);
    const index = Math.floor((state.size + at) / TILE_WIDTH);
    const width = start + next.length;
    const bytes = concatBytes(...(start === 0 ? [] : [bundle]), ...next);
    bundles.push({ index, width, bytes });
    bundle = width === TILE_WIDTH ? new Uint8Array() : bytes;
    at += next.length;
  }
  return { bundles, bundle };
}

/** A tree that lies in tiles, and the root of the checkpoint that the caller trusts. */
export type StoredTree = { readonly size: number; readonly root: Uint8Array; readonly tile: TileReader };

/** `entries`: those of the partial bundle, the last `size` modulo 256. */
export type StoredLog = StoredTree & { readonly entries: readonly Uint8Array[] };

/**
 * The state of a stored tree, from at most one tile of each level. Rejects with `tile_malformed` when one is missing or short, and with `root_differs` when
 * they do not give `root`: a tree that differs must never be extended and signed.
 */
export async function restoreTree(sha256: Hash, { size, root, tile }: StoredTree): Promise<TreeState> {
  assertCount(size, 'tree size');
  const edges: Uint8Array[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level++) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const width = tileWidth(level, index, size);
    edges.push(width === 0 ? new Uint8Array() : cutTile(await tile(level, index, width), { level, index, width }));
  }
  const state: TreeState = { size, frontier: edges.flatMap((edge) => frontierOf(sha256, edge)), edges };
  if (!sameBytes(treeRoot(sha256, state), root))
    throw new LedgerError('root_differs', `Cannot restore the tree of ${size} entries: its tiles give another root`);
  return state;
}

/** As `restoreTree`, with the partial bundle: rejects with `root_differs` also when `entries` are not those of the tree. */
export async function restoreLog(sha256: Hash, { entries, ...stored }: StoredLog): Promise<LogState> {
  const state = await restoreTree(sha256, stored);
  const hashes = tileHashes(state.edges[0] ?? new Uint8Array(), stored.size % TILE_WIDTH);
  const belong = entries.length === hashes.length && entries.every((entry, i) => sameBytes(leafHash(sha256, entry), hashes[i]!));
  if (!belong) throw new LedgerError('root_differs', `Cannot restore the log of ${stored.size} entries: its last entries are not those of its tree`);
  return { ...state, bundle: frameEntries(entries) };
}

/** A copy of the first `width` hashes of a stored tile. Not by `slice`: that of a Buffer is a view, and a proof would change with the store's bytes. */
export function cutTile(bytes: Uint8Array, { level, index, width }: Omit<Tile, 'bytes'>): Uint8Array {
  if (bytes.length < width * HASH_BYTES || bytes.length % HASH_BYTES !== 0 || bytes.length > TILE_WIDTH * HASH_BYTES) {
    throw new LedgerError('tile_malformed', `Cannot use tile ${index} of level ${level}: it does not hold ${width} hashes`);
  }
  return new Uint8Array(bytes.subarray(0, width * HASH_BYTES));
}

/** The eight heights of one level: the row falls into runs of 128, 64, ... hashes, one for each binary digit of its width. */
function frontierOf(sha256: Hash, edge: Uint8Array): (Uint8Array | undefined)[] {
  const hashes = tileHashes(edge, edge.length / HASH_BYTES);
  const frontier: (Uint8Array | undefined)[] = Array.from({ length: TILE_HEIGHT }, () => undefined);
  let at = 0;
  for (let height = TILE_HEIGHT - 1; height >= 0; height--) {
    const run = 2 ** height;
    if ((hashes.length & run) === 0) continue;
    frontier[height] = rootHash(sha256, hashes.slice(at, at + run));
    at += run;
  }
  return frontier;
}
