/** What every blob store must do. Run on the fake and on the real ones alike. */
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openContent, resumeSealing, startSealing } from '../sealed-stream.ts';
import { BlobError } from './port.ts';
import type { BlobEntry, BlobErrorCode, BlobStore } from './port.ts';

const ID = 'blb_0123abc';

export function fails(...codes: BlobErrorCode[]) {
  return (error: unknown) => error instanceof BlobError && codes.includes(error.code);
}

async function put(store: BlobStore, id: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.create(id);
  await writer.write(bytes);
  await writer.finish();
}

async function putPart(store: BlobStore, id: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.create(id);
  await writer.write(bytes);
  await writer.sync();
  await writer.close();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function listed(store: BlobStore): Promise<readonly BlobEntry[]> {
  return (await collect(store.list())).sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function blobStoreSuite(name: string, makeStore: () => Promise<BlobStore>): void {
  test(`${name}: what was written comes back, whole and in parts`, async () => {
    const store = await makeStore();
    const bytes = randomBytes(100_000);
    const writer = await store.create(ID);
    for (let at = 0; at < bytes.length; at += 33_333) {
      assert.equal(writer.sealedBytes, at);
      await writer.write(bytes.subarray(at, at + 33_333));
    }
    await writer.finish();

    assert.equal(await store.size(ID), bytes.length);
    assert.deepEqual(await store.read(ID, 0, bytes.length), bytes);
    assert.deepEqual(await store.read(ID, 50_000, 10), bytes.subarray(50_000, 50_010));
    assert.deepEqual(await store.read(ID, bytes.length - 5, 100), bytes.subarray(-5));
    assert.equal((await store.read(ID, bytes.length + 5, 100)).length, 0);
    assert.equal((await store.read(ID, 5, 0)).length, 0);
  });

  test(`${name}: an empty blob is a blob`, async () => {
    const store = await makeStore();
    await put(store, ID, Buffer.alloc(0));
    assert.equal(await store.size(ID), 0);
    assert.deepEqual(await listed(store), [{ id: ID, size: 0, finished: true }]);
  });

  test(`${name}: what is not there is missing`, async () => {
    const store = await makeStore();
    await assert.rejects(store.read(ID, 0, 1), fails('missing'));
    await assert.rejects(store.size(ID), fails('missing'));
    await assert.rejects(store.openAppend(ID, 0), fails('missing'));
    await store.delete(ID);
    assert.deepEqual(await listed(store), []);
  });

  test(`${name}: an unfinished blob can be read, cut and gone on with`, async () => {
    const store = await makeStore();
    await putPart(store, ID, Buffer.from('0123456789'));
    assert.equal((await store.read(ID, 2, 3)).toString(), '234');
    assert.deepEqual(await listed(store), [{ id: ID, size: 10, finished: false }]);

    const writer = await store.openAppend(ID, 4);
    assert.equal(writer.sealedBytes, 4);
    assert.equal(await store.size(ID), 4);
    await writer.write(Buffer.from('abc'));
    await writer.finish();

    assert.equal((await store.read(ID, 0, 100)).toString(), '0123abc');
    assert.deepEqual(await listed(store), [{ id: ID, size: 7, finished: true }]);
  });

  test(`${name}: an append beyond the end is refused, and cuts nothing`, async () => {
    const store = await makeStore();
    await putPart(store, ID, Buffer.from('0123'));
    await assert.rejects(store.openAppend(ID, 5), fails('bad_offset'));
    assert.equal(await store.size(ID), 4);
    await (await store.openAppend(ID, 4)).close();
  });

  test(`${name}: a finished blob is never written again`, async () => {
    const store = await makeStore();
    await put(store, ID, Buffer.from('for good'));
    await assert.rejects(store.create(ID), fails('finished'));
    await assert.rejects(store.openAppend(ID, 0), fails('finished'));
    assert.equal((await store.read(ID, 0, 100)).toString(), 'for good');
  });

  test(`${name}: creating an unfinished blob anew throws the old bytes away`, async () => {
    const store = await makeStore();
    await putPart(store, ID, Buffer.from('old bytes'));
    await put(store, ID, Buffer.from('new'));
    assert.equal((await store.read(ID, 0, 100)).toString(), 'new');
  });

  test(`${name}: a blob has one writer at a time`, async () => {
    const store = await makeStore();
    const writer = await store.create(ID);
    await writer.write(Buffer.from('first'));
    await assert.rejects(store.create(ID), fails('busy'));
    await assert.rejects(store.openAppend(ID, 0), fails('busy'));
    assert.equal(await store.size(ID), 5);
    await writer.close();
    await (await store.openAppend(ID, 5)).close();
  });

  test(`${name}: a closed writer takes nothing`, async () => {
    const store = await makeStore();
    const writer = await store.create(ID);
    await writer.close();
    await writer.close();
    await assert.rejects(writer.write(Buffer.of(1)), fails('closed'));
    await assert.rejects(writer.sync(), fails('closed'));
    await assert.rejects(writer.finish(), fails('closed'));
    assert.deepEqual(await listed(store), [{ id: ID, size: 0, finished: false }]);
  });

  test(`${name}: closing after finishing changes nothing`, async () => {
    const store = await makeStore();
    const writer = await store.create(ID);
    await writer.finish();
    await writer.close();
    assert.deepEqual(await listed(store), [{ id: ID, size: 0, finished: true }]);
  });

  test(`${name}: a deleted blob is gone, finished or not, and its id is free`, async () => {
    const store = await makeStore();
    await put(store, ID, Buffer.from('x'));
    await putPart(store, 'blb_part', Buffer.from('y'));
    await store.delete(ID);
    await store.delete('blb_part');
    assert.deepEqual(await listed(store), []);
    await put(store, ID, Buffer.from('again'));
    assert.equal((await store.read(ID, 0, 100)).toString(), 'again');
  });

  test(`${name}: all blobs are listed`, async () => {
    const store = await makeStore();
    const ids = Array.from({ length: 20 }, (_, i) => `blb_${String(i).padStart(2, '0')}`);
    for (const id of ids) await put(store, id, Buffer.from(id));
    assert.deepEqual(
      await listed(store),
      ids.map((id) => ({ id, size: 6, finished: true })),
    );
  });

  test(`${name}: an id that could be a path is refused`, async () => {
    const store = await makeStore();
    for (const bad of ['', '.', '..', '../x', 'a/b', 'a\\b', 'A', 'a.part', 'a b', 'a\0', 'ä', 'a'.repeat(101), 7 as unknown as string]) {
      await assert.rejects(store.create(bad), fails('bad_id'));
      await assert.rejects(store.openAppend(bad, 0), fails('bad_id'));
      await assert.rejects(store.read(bad, 0, 1), fails('bad_id'));
      await assert.rejects(store.size(bad), fails('bad_id'));
      await assert.rejects(store.delete(bad), fails('bad_id'));
    }
  });

  test(`${name}: offsets and lengths that are none are refused`, async () => {
    const store = await makeStore();
    await putPart(store, ID, Buffer.from('x'));
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 60]) {
      await assert.rejects(store.read(ID, bad, 1), fails('bad_offset'));
      await assert.rejects(store.read(ID, 0, bad), fails('bad_offset'));
      await assert.rejects(store.openAppend(ID, bad), fails('bad_offset'));
    }
  });

  test(`${name}: a store that works says so`, async () => {
    assert.equal((await (await makeStore()).health()).ok, true);
  });

  test(`${name}: content sealed in two goes comes back, and no plaintext lies in the store`, async () => {
    const store = await makeStore();
    const owner = { key: createSecretKey(randomBytes(32)), context: 'vault|doc_1|1' };
    const plain = Buffer.alloc(100_000, 'the recipe of the glaze; ');
    const first = startSealing(owner);
    await putPart(store, ID, first.update(plain.subarray(0, 60_000)));

    const read = (offset: number, length: number) => store.read(ID, offset, length);
    const second = await resumeSealing({ ...owner, journal: first.journal, read, storedSize: await store.size(ID) });
    const writer = await store.openAppend(ID, second.sealedOffset);
    await writer.write(second.update(plain.subarray(second.plainOffset)));
    const { sealed, manifest } = second.finish();
    await writer.write(sealed);
    await writer.finish();

    assert.equal(second.plainOffset, 3 * 16_384);
    assert.equal(await store.size(ID), manifest.sealedSize);
    assert.deepEqual(Buffer.concat(await collect(openContent({ ...owner, manifest, read }).whole())), plain);
    assert.ok(!(await store.read(ID, 0, manifest.sealedSize)).includes('recipe'));
  });
}
