import assert from 'node:assert/strict';
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SealedStreamError, openContent, resumeSealing, startSealing, storedOffset } from '../sealed-stream.ts';
import type { SealedManifest, SealedStreamErrorCode, Sealing, SegmentStart } from '../sealed-stream.ts';

const CHUNK = 16_384;
const runs = { numRuns: process.env['SLOW'] ? 2000 : 60 };
const owner = { key: createSecretKey(Buffer.alloc(32, 9)), context: 'vault|doc_1|1|original' };

/** What a disk and a database would hold of one upload. */
type Kept = { stored: Buffer; journal: readonly SegmentStart[] };

function readOf(stored: Buffer) {
  return async (offset: number, length: number) => stored.subarray(offset, offset + length);
}

function resume(kept: Kept, as = owner) {
  return resumeSealing({ ...as, journal: kept.journal, read: readOf(kept.stored), storedSize: kept.stored.length });
}

/** One go: what is stored is cut, the journal kept, and pieces are appended. */
function append(kept: Kept, go: Sealing, plain: Buffer): void {
  kept.journal = structuredClone(go.journal);
  kept.stored = Buffer.concat([kept.stored.subarray(0, go.sealedOffset), go.update(plain)]);
}

function finish(kept: Kept, go: Sealing) {
  const { sealed, manifest, sha256 } = go.finish();
  return { sealed: Buffer.concat([kept.stored, sealed]), manifest: structuredClone(manifest), sha256 };
}

/** An upload that is torn after each of `goes`, with so many bytes lost from the end of what was written. */
async function upload(plain: Buffer, goes: readonly { readonly bytes: number; readonly lost: number }[]) {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  for (const { bytes, lost } of goes) {
    const go = await resume(kept);
    assert.equal(storedOffset(kept.journal, kept.stored.length), go.plainOffset, 'sizes tell where an upload goes on');
    append(kept, go, plain.subarray(go.plainOffset, go.plainOffset + bytes));
    kept.stored = kept.stored.subarray(0, Math.max(kept.stored.length - lost, 0));
  }
  const go = await resume(kept);
  append(kept, go, plain.subarray(go.plainOffset));
  return finish(kept, go);
}

async function collect(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function opened(sealed: Buffer, manifest: SealedManifest, as = owner) {
  return openContent({ ...as, manifest, read: readOf(sealed) });
}

function fails(...codes: SealedStreamErrorCode[]) {
  return (error: unknown) => error instanceof SealedStreamError && codes.includes(error.code);
}

const someGoes = fc.array(fc.record({ bytes: fc.nat(4 * CHUNK), lost: fc.oneof(fc.nat(100), fc.nat(3 * CHUNK)) }), { maxLength: 5 });

test('an upload torn at any byte, any number of times, gives the content back whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(6 * CHUNK), someGoes, async (size, goes) => {
      const plain = randomBytes(size);
      const { sealed, manifest, sha256 } = await upload(plain, goes);
      assert.equal(sealed.length, manifest.sealedSize);
      assert.deepEqual(sha256, createHash('sha256').update(plain).digest());
      assert.deepEqual(await collect(opened(sealed, manifest).whole()), plain);
    }),
    runs,
  );
});

test('a range runs across segments', async () => {
  const plain = randomBytes(9 * CHUNK + 77);
  const { sealed, manifest } = await upload(plain, [
    { bytes: 2 * CHUNK + 5, lost: 0 },
    { bytes: 3 * CHUNK, lost: 1 },
  ]);
  assert.equal(manifest.segments.length, 3);
  await fc.assert(
    fc.asyncProperty(fc.nat(plain.length), fc.nat(plain.length), async (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      assert.deepEqual(await collect(opened(sealed, manifest).range(from, to)), plain.subarray(from, to));
    }),
    runs,
  );
});

test('no salt is ever used by two goes, so no nonce is used twice', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  const salts = new Set<string>();
  for (let i = 0; i < 5; i++) {
    const go = await resume(kept);
    append(kept, go, randomBytes(CHUNK + 100));
    kept.stored = kept.stored.subarray(0, kept.stored.length - (i % 2 === 0 ? 20 : 0));
    salts.add(go.journal.at(-1)!.salt);
  }
  assert.equal(salts.size, 5);
});

test('resuming keeps whole chunks, and drops a torn one', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(3 * CHUNK));
  kept.stored = kept.stored.subarray(0, kept.stored.length - 1);

  const go = await resume(kept);

  assert.equal(go.plainOffset, 2 * CHUNK);
  assert.equal(go.sealedOffset, 56 + 2 * (CHUNK + 16));
  assert.equal(go.journal.length, 2);
});

test('a segment of which no chunk survived is forgotten', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(100));
  const go = await resume(kept);
  assert.deepEqual([go.plainOffset, go.sealedOffset, go.journal.length], [0, 0, 1]);
});

test('zeros that a power cut left at the end are dropped, not kept as content', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(3 * CHUNK));
  kept.stored.fill(0, 56 + CHUNK + 16);
  assert.equal((await resume(kept)).plainOffset, CHUNK);
  kept.stored.fill(0);
  assert.equal((await resume(kept)).plainOffset, 0);
});

test('a change to an earlier segment sends the upload back to before it', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(2 * CHUNK));
  append(kept, await resume(kept), randomBytes(2 * CHUNK));
  kept.stored.writeUInt8(kept.stored.readUInt8(CHUNK + 200) ^ 1, CHUNK + 200);

  const go = await resume(kept);

  assert.equal(go.plainOffset, CHUNK);
  assert.equal(go.journal.length, 2);
});

test('another key or context cannot go on with an upload', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(2 * CHUNK));
  await assert.rejects(resume(kept, { ...owner, key: createSecretKey(randomBytes(32)) }), fails('wrong_key'));
  await assert.rejects(resume(kept, { ...owner, context: 'vault|doc_2|1|original' }), fails('wrong_key'));
});

test('a journal that no upload can have made is refused', async () => {
  const kept: Kept = { stored: Buffer.alloc(0), journal: [] };
  append(kept, startSealing(owner), randomBytes(2 * CHUNK));
  const [start] = kept.journal as [SegmentStart];
  for (const journal of [
    [{ ...start, sealedOffset: 1 }],
    [{ ...start, salt: 'AAAA' }],
    [start, start],
    [{ ...start, plainOffset: -1 }],
    [undefined as unknown as SegmentStart],
  ]) {
    await assert.rejects(resume({ ...kept, journal }), fails('malformed'));
  }
});

test('nothing is added once a sealing is finished', () => {
  const go = startSealing(owner);
  go.finish();
  assert.throws(() => go.update(Buffer.of(1)), fails('misuse'));
  assert.throws(() => go.finish(), fails('misuse'));
});

test('one changed bit in the blob is found', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
      const { sealed, manifest } = await upload(randomBytes(3 * CHUNK), [{ bytes: CHUNK + 5, lost: 3 }]);
      const place = at % sealed.length;
      sealed.writeUInt8(sealed.readUInt8(place) ^ (1 << bit), place);
      await assert.rejects(collect(opened(sealed, manifest).whole()), fails('altered', 'wrong_key'));
    }),
    runs,
  );
});

test('a blob cut or swapped for another of the same document is refused', async () => {
  const first = await upload(randomBytes(3 * CHUNK), []);
  const second = await upload(randomBytes(3 * CHUNK), []);
  await assert.rejects(collect(opened(first.sealed.subarray(0, -1), first.manifest).whole()), fails('truncated'));
  await assert.rejects(collect(opened(second.sealed, first.manifest).range(0, 10)), fails('altered'));
});

test('a manifest with any part changed is refused', async () => {
  const { sealed, manifest } = await upload(randomBytes(4 * CHUNK), [{ bytes: CHUNK, lost: 0 }]);
  const [first, second] = manifest.segments as [SealedManifest['segments'][0], SealedManifest['segments'][0]];
  const changed: Partial<Record<keyof SealedManifest, unknown>>[] = [
    { plainSize: manifest.plainSize - 1 },
    { sealedSize: manifest.sealedSize - 1 },
    { contentTag: manifest.mac },
    { mac: manifest.contentTag },
    { mac: '' },
    { mac: 7 },
    { format: 'underseal-sealed@v2' },
    { segments: [first] },
    { segments: [] },
    { segments: null },
    { segments: [second, first] },
    { segments: [first, { ...second, salt: first.salt }] },
    { segments: [first, { ...second, plainSize: second.plainSize - 1 }] },
    { segments: [first, { ...second, plainSize: second.plainSize - 1 }], plainSize: manifest.plainSize - 1, sealedSize: manifest.sealedSize - 1 },
  ];
  for (const change of changed) {
    assert.throws(() => opened(sealed, { ...manifest, ...change } as SealedManifest), fails('altered', 'malformed'), JSON.stringify(change));
  }
  assert.throws(() => opened(sealed, manifest, { ...owner, key: createSecretKey(randomBytes(32)) }), fails('altered'));
  assert.throws(() => opened(sealed, manifest, { ...owner, context: 'other' }), fails('altered'));
});

test('a range outside the content is refused', async () => {
  const { sealed, manifest } = await upload(randomBytes(100), []);
  for (const [from, to] of [
    [0, 101],
    [-1, 2],
    [3, 2],
  ] as const) {
    await assert.rejects(collect(opened(sealed, manifest).range(from, to)), fails('bad_range'));
  }
});

test('the manifest says nothing by which others could recognise the content', async () => {
  const plain = Buffer.from('the recipe');
  const one = await upload(plain, []);
  const text = JSON.stringify(one.manifest);
  for (const encoding of ['hex', 'base64', 'base64url'] as const) assert.ok(!text.includes(one.sha256.toString(encoding)));
  const elsewhere = startSealing({ ...owner, key: createSecretKey(randomBytes(32)) });
  elsewhere.update(plain);
  assert.notEqual(elsewhere.finish().manifest.contentTag, one.manifest.contentTag);
});
