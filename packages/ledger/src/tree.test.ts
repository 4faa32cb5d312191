import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  LedgerError,
  appendBatch,
  appendHashes,
  consistencyProof,
  emptyLog,
  emptyTree,
  entriesPath,
  inclusionProof,
  leafHash,
  parseTilePath,
  readBundle,
  restoreLog,
  restoreTree,
  rootHash,
  rootOfTiles,
  subtreeConsistencyProof,
  subtreeInclusionProof,
  tilePath,
  tileReader,
  tileWidth,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
  writeBundle,
  type Bundle,
  type LogState,
  type Tile,
} from './index.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const refused = (code: string) => (error: unknown) => error instanceof LedgerError && error.code === code;
const numRuns = process.env.SLOW ? 500 : 40;

const makeLeaves = (size: number) => Array.from({ length: size }, (_, i) => Buffer.from(`entry ${i}`));

/** What a server keeps: for each place the newest bytes. */
function store() {
  const tiles = new Map<string, Tile>();
  const bundles = new Map<number, Bundle>();
  return {
    tiles,
    bundles,
    keep(batch: { tiles: readonly Tile[]; bundles: readonly Bundle[] }) {
      for (const tile of batch.tiles) tiles.set(`${tile.level}/${tile.index}`, tile);
      for (const bundle of batch.bundles) bundles.set(bundle.index, bundle);
    },
  };
}

async function appendIn(cuts: readonly number[], leaves: readonly Uint8Array[], restore = false) {
  const kept = store();
  let state: LogState = emptyLog();
  let root = rootHash(sha256, []);
  let at = 0;
  for (const cut of [...cuts, leaves.length]) {
    const batch = appendBatch(sha256, state, leaves.slice(at, Math.max(at, cut)));
    at = Math.max(at, cut);
    kept.keep(batch);
    ({ state, root } = batch);
    const entries = leaves.slice(at - (at % 256), at);
    if (restore) state = await restoreLog(sha256, { size: batch.size, root, tile: tileReader([...kept.tiles.values()]), entries });
  }
  return { state, root, ...kept };
}

type TreeVector = { size: number; root: string; tiles: number; last: string[]; tilesDigest: string; bundlesDigest: string };
const vectors = JSON.parse(readFileSync(new URL('../testdata/own/tree.json', import.meta.url), 'utf8')) as TreeVector[];

for (const { size, root, tiles, last, tilesDigest, bundlesDigest } of vectors) {
  test(`a log of ${size} entries has the root, tiles and bundles of the specification`, async () => {
    const log = await appendIn([], makeLeaves(size));
    const listed = [...log.tiles.values()].map((tile) => ({ path: tilePath(tile.level, tile.index, tile.width), digest: hex(sha256(tile.bytes)) }));
    assert.equal(hex(log.root), root);
    assert.equal(listed.length, tiles);
    assert.deepEqual(
      listed.filter(({ path }) => path.includes('.p/')).map(({ path }) => path),
      last,
    );
    assert.equal(hex(sha256(Buffer.from(listed.map(({ path, digest }) => `${path} ${digest}\n`).join('')))), tilesDigest);
    assert.equal(hex(sha256(Buffer.concat([...log.bundles.values()].map(({ bytes }) => bytes)))), bundlesDigest);
  });
}

test('batches of any size give the same tree, tiles and bundles as one, also through restores', async () => {
  const leaves = makeLeaves(1200);
  const cut = fc.oneof(fc.nat(1200), fc.constantFrom(1, 255, 256, 257, 511, 512, 768));
  await fc.assert(
    fc.asyncProperty(fc.nat(1200), fc.array(cut, { maxLength: 8 }), fc.boolean(), async (size, cuts, restore) => {
      const part = leaves.slice(0, size);
      const whole = await appendIn([], part);
      const pieces = await appendIn(
        cuts.filter((at) => at <= size).sort((a, b) => a - b),
        part,
        restore,
      );
      assert.deepEqual(pieces.root, whole.root);
      assert.deepEqual(
        pieces.root,
        rootHash(
          sha256,
          part.map((leaf) => leafHash(sha256, leaf)),
        ),
      );
      assert.deepEqual(sorted(pieces.tiles), sorted(whole.tiles));
      assert.deepEqual(sorted(pieces.bundles), sorted(whole.bundles));
      assert.deepEqual(treeRoot(sha256, pieces.state), whole.root);
    }),
    { numRuns },
  );
});

function sorted<K extends string | number, V>(map: Map<K, V>): [K, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('an append hashes each node once and leaves the state it began from as it was', () => {
  let nodes = 0;
  const counting = (bytes: Uint8Array) => {
    nodes++;
    return sha256(bytes);
  };
  const leaves = makeLeaves(1000);
  let state = emptyLog();
  for (let at = 0; at < 1000; at += 100) ({ state } = appendBatch(counting, state, leaves.slice(at, at + 100)));
  // 1,000 leaves, 994 complete nodes, and for each of ten roots at most nine more.
  assert.ok(nodes >= 1994 && nodes <= 1994 + 90, String(nodes));
  const before = structuredClone(state);
  const one = appendBatch(sha256, state, makeLeaves(600));
  assert.deepEqual(state, before);
  assert.deepEqual(appendBatch(sha256, state, makeLeaves(600)), one);
});

test('an empty batch changes nothing', async () => {
  const { state, root } = await appendIn([], makeLeaves(300));
  const batch = appendBatch(sha256, state, []);
  assert.deepEqual(batch, { state, size: 300, root, leafHashes: [], tiles: [], bundles: [] });
});

test('appending by hash alone gives the same tree', async () => {
  const leaves = makeLeaves(700);
  const hashes = leaves.map((leaf) => leafHash(sha256, leaf));
  const whole = await appendIn([], leaves);
  const first = appendHashes(sha256, emptyTree(), hashes.slice(0, 300));
  const restored = await restoreTree(sha256, { size: 300, root: first.root, tile: tileReader(first.tiles) });
  const second = appendHashes(sha256, restored, hashes.slice(300));
  assert.deepEqual(second.root, whole.root);
  assert.deepEqual(new Map([...first.tiles, ...second.tiles].map((tile) => [`${tile.level}/${tile.index}`, tile])), whole.tiles);
});

test('a batch is refused whole', () => {
  const state = emptyLog();
  assert.throws(() => appendBatch(sha256, state, [new Uint8Array(65_536)]), refused('entry_too_large'));
  assert.equal(appendBatch(sha256, state, [new Uint8Array(65_535)]).bundles[0]!.bytes.length, 65_537);
  assert.throws(() => appendHashes(sha256, state, [new Uint8Array(31)]), refused('hash_invalid'));
  assert.throws(() => appendHashes(sha256, { ...state, size: 2 ** 53 - 1 }, [new Uint8Array(32)]), refused('range_invalid'));
});

test('a stored log that differs in one byte is not restored', async () => {
  const log = await appendIn([], makeLeaves(600));
  const tile = tileReader([...log.tiles.values()]);
  const stored = { size: 600, root: log.root, tile, entries: makeLeaves(600).slice(512) };
  const flip = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 20 ? byte ^ 1 : byte));
  const changed = async (level: number, index: number, width: number) => flip(await tile(level, index, width));
  assert.equal((await restoreLog(sha256, stored)).size, 600);
  await assert.rejects(restoreLog(sha256, { ...stored, tile: changed }), refused('root_differs'));
  await assert.rejects(restoreLog(sha256, { ...stored, root: flip(log.root) }), refused('root_differs'));
  await assert.rejects(restoreLog(sha256, { ...stored, tile: () => new Uint8Array() }), refused('tile_malformed'));
  await assert.rejects(restoreLog(sha256, { ...stored, entries: makeLeaves(600).slice(511) }), refused('root_differs'));
  await assert.rejects(restoreLog(sha256, { ...stored, entries: makeLeaves(88) }), refused('root_differs'));
  await assert.rejects(restoreLog(sha256, { ...stored, size: -1 }), refused('range_invalid'));
  assert.deepEqual(await restoreLog(sha256, { size: 0, root: rootHash(sha256, []), tile, entries: [] }), emptyLog());
});

const grown = await appendIn([], makeLeaves(70_000));
const tile = tileReader([...grown.tiles.values()]);

test('proofs from tiles hold at every size, and one changed byte is found', async () => {
  const place = fc.tuple(fc.nat(69_999), fc.nat(69_999));
  await fc.assert(
    fc.asyncProperty(place, fc.nat(), fc.integer({ min: 1, max: 255 }), async ([a, b], at, flip) => {
      const [index, size] = [Math.min(a, b), Math.max(a, b) + 1];
      const tree = { size, tile };
      const root = await rootOfTiles(sha256, tree);
      const change = (proof: Uint8Array[]) => {
        const changed = proof.map((hash) => Uint8Array.from(hash));
        const hash = changed[at % changed.length]!;
        hash[at % 32]! ^= flip;
        return changed;
      };
      const leaf = leafHash(sha256, Buffer.from(`entry ${index}`));
      const inclusion = { index, size, leafHash: leaf, root, proof: await inclusionProof(sha256, { ...tree, index }) };
      assert.deepEqual(verifyInclusion(sha256, inclusion), { ok: true });
      if (inclusion.proof.length > 0) assert.ok(!verifyInclusion(sha256, { ...inclusion, proof: change(inclusion.proof) }).ok);
      const oldSize = index + 1;
      const consistency = {
        oldSize,
        size,
        root,
        oldRoot: await rootOfTiles(sha256, { ...tree, size: oldSize }),
        proof: await consistencyProof(sha256, { ...tree, oldSize }),
      };
      assert.deepEqual(verifyConsistency(sha256, consistency), { ok: true });
      if (consistency.proof.length > 0) assert.ok(!verifyConsistency(sha256, { ...consistency, proof: change(consistency.proof) }).ok);
    }),
    { numRuns },
  );
});

test('the roots from tiles are those of the leaves', async () => {
  const hashes = makeLeaves(520).map((leaf) => leafHash(sha256, leaf));
  for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 520]) {
    assert.deepEqual(await rootOfTiles(sha256, { size, tile }), rootHash(sha256, hashes.slice(0, size)), String(size));
  }
  assert.deepEqual(await rootOfTiles(sha256, { size: 70_000, tile }), grown.root);
});

test('subtree proofs hold for every subtree of a small tree', async () => {
  const hashes = makeLeaves(21).map((leaf) => leafHash(sha256, leaf));
  const tree = { size: 21, tile };
  const root = rootHash(sha256, hashes);
  for (let end = 1; end <= 21; end++) {
    for (let start = 0; start < end; start++) {
      if (start % 2 ** Math.ceil(Math.log2(end - start)) !== 0) {
        await assert.rejects(subtreeConsistencyProof(sha256, { ...tree, start, end }), refused('range_invalid'));
        continue;
      }
      const subtreeRoot = rootHash(sha256, hashes.slice(start, end));
      const proof = await subtreeConsistencyProof(sha256, { ...tree, start, end });
      assert.deepEqual(verifySubtreeConsistency(sha256, { start, end, size: 21, subtreeRoot, root, proof }), { ok: true });
      for (let index = start; index < end; index++) {
        const path = await subtreeInclusionProof(sha256, { ...tree, start, end, index });
        assert.deepEqual(verifySubtreeInclusion(sha256, { index, start, end, leafHash: hashes[index]!, root: subtreeRoot, proof: path }), { ok: true });
      }
    }
  }
});

test('a proof is refused for an index outside, an empty old tree, and tiles that are missing or short', async () => {
  const tree = { size: 70_000, tile };
  await assert.rejects(inclusionProof(sha256, { ...tree, index: 70_000 }), refused('range_invalid'));
  await assert.rejects(inclusionProof(sha256, { ...tree, index: -1 }), refused('range_invalid'));
  await assert.rejects(inclusionProof(sha256, { ...tree, size: 0, index: 0 }), refused('range_invalid'));
  await assert.rejects(consistencyProof(sha256, { ...tree, oldSize: 0 }), refused('range_invalid'));
  await assert.rejects(subtreeInclusionProof(sha256, { ...tree, start: 65_536, end: 131_072, index: 65_537 }), refused('range_invalid'));
  await assert.rejects(consistencyProof(sha256, { ...tree, oldSize: 70_001 }), refused('range_invalid'));
  await assert.rejects(inclusionProof(sha256, { ...tree, index: 1, tile: () => new Uint8Array() }), refused('tile_malformed'));
  await assert.rejects(inclusionProof(sha256, { ...tree, index: 1, tile: () => new Uint8Array(8193) }), refused('tile_malformed'));
});

test('a proof asks for each tile once, and for few', async () => {
  const asked: string[] = [];
  await inclusionProof(sha256, {
    index: 300,
    size: 70_000,
    tile: (level, index, width) => (asked.push(tilePath(level, index, width)), tile(level, index, width)),
  });
  assert.deepEqual(asked.sort(), ['tile/0/001', 'tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17']);
});

const PATHS: [string, string][] = [
  [tilePath(0, 1234067), 'tile/0/x001/x234/067'],
  [tilePath(0, 1234067, 8), 'tile/0/x001/x234/067.p/8'],
  [tilePath(63, 0, 255), 'tile/63/000.p/255'],
  [tilePath(1, 999), 'tile/1/999'],
  [tilePath(1, 1000), 'tile/1/x001/000'],
  [entriesPath(0, 1), 'tile/entries/000.p/1'],
  [entriesPath(2 ** 53 - 1), 'tile/entries/x009/x007/x199/x254/x740/991'],
];
test('tile paths are those of C2SP tlog-tiles, and are read back', () => {
  for (const [written, path] of PATHS) {
    assert.equal(written, path);
    const { level, index, width } = parseTilePath(path);
    assert.equal(level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width), path);
  }
  const wrong = [
    '',
    'tile/64/000',
    'tile/00/000',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/08',
    'tile/0/000.p/999',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/entries/../000',
    'tile/entries/x009/x007/x199/x254/x740/992',
    `tile/0/${'x001/'.repeat(50)}000`,
  ];
  for (const path of wrong) assert.throws(() => parseTilePath(path), refused('path_malformed'), path);
  assert.throws(() => tilePath(64, 0), refused('range_invalid'));
  assert.throws(() => tilePath(0, -1), refused('range_invalid'));
  assert.throws(() => tilePath(0, 0, 0), refused('range_invalid'));
  assert.throws(() => entriesPath(0, 257), refused('range_invalid'));
});

test('tile widths are those of the example of C2SP tlog-tiles', () => {
  assert.deepEqual(
    [
      [0, 272],
      [0, 273],
      [0, 274],
      [1, 0],
      [1, 1],
      [2, 0],
      [3, 0],
    ].map(([level, index]) => tileWidth(level!, index!, 70_000)),
    [256, 112, 0, 256, 17, 1, 0],
  );
  assert.equal(tileWidth(1, 0, 256), 1);
});

test('a bundle reads back, and a cut or lengthened one is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), fc.nat(), (entries, at) => {
      const bytes = writeBundle(entries);
      assert.deepEqual(
        readBundle(bytes, entries.length).map((entry) => Uint8Array.from(entry)),
        entries,
      );
      assert.throws(() => readBundle(bytes.subarray(0, at % bytes.length), entries.length), refused('bundle_malformed'));
      assert.throws(() => readBundle(bytes, entries.length - 1), refused('bundle_malformed'));
      assert.throws(() => readBundle(bytes, entries.length + 1), refused('bundle_malformed'));
    }),
    { numRuns },
  );
  assert.throws(() => writeBundle([]), refused('range_invalid'));
  assert.throws(() => writeBundle([new Uint8Array(65_536)]), refused('entry_too_large'));
});
