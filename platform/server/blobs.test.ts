import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { createDirectoryBlobs, createMemoryBlobs } from './blobs.ts';
import { blobStoreSuite, collect, fails } from './blobs/store-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'underseal-blobs-'));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const freshPath = () => join(folder, `blobs-${folders++}`, 'deep');
const onWindows = process.platform === 'win32';

blobStoreSuite('memory', async () => createMemoryBlobs());
blobStoreSuite('directory', () => createDirectoryBlobs(freshPath()));

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('memory: a full store says no_space, keeps what it took, and goes on once there is room', async () => {
  const store = createMemoryBlobs({ capacity: 10 });
  const other = await store.create('other');
  await other.write(Buffer.alloc(4));
  await other.finish();
  const writer = await store.create('blb_1');
  await writer.write(Buffer.from('0123'));
  await assert.rejects(writer.write(Buffer.from('456789')), fails('no_space'));
  await assert.rejects(writer.finish(), fails('closed'));
  assert.equal(writer.sealedBytes, 4);
  assert.deepEqual(await store.health(), { ok: false, freeBytes: 0, reason: 'no_space' });
  await writer.close();

  await store.delete('other');
  const again = await store.openAppend('blb_1', 4);
  await again.write(Buffer.from('456789'));
  await again.finish();
  assert.equal((await store.read('blb_1', 0, 20)).toString(), '0123456789');
});

test('directory: files and folders are for their owner alone', { skip: onWindows }, async () => {
  const path = freshPath();
  const store = await createDirectoryBlobs(path);
  const writer = await store.create('blb_1');
  const [part] = filesBelow(path) as [string];
  assert.match(part, /[/\\][0-9a-f]{2}[/\\]blb_1\.part$/);
  assert.equal(statSync(part).mode & 0o777, 0o600);
  await writer.finish();
  const [file] = filesBelow(path) as [string];
  assert.match(file, /[/\\]blb_1$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('directory: a later start finds finished and unfinished blobs', async () => {
  const path = freshPath();
  const before = await createDirectoryBlobs(path);
  await (await before.create('blb_1')).finish();
  const left = await before.create('blb_2');
  await left.write(Buffer.from('torn'));

  const later = await createDirectoryBlobs(path);
  assert.equal(await later.size('blb_1'), 0);
  const writer = await later.openAppend('blb_2', 2);
  await writer.write(Buffer.from('!'));
  await writer.finish();
  assert.equal((await later.read('blb_2', 0, 10)).toString(), 'to!');
  await left.close();
});

test('directory: a link in the place of a blob is not followed', { skip: onWindows }, async () => {
  const path = freshPath();
  const store = await createDirectoryBlobs(path);
  await (await store.create('blb_1')).finish();
  const [file] = filesBelow(path) as [string];
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'not a blob');
  unlinkSync(file);
  symlinkSync(elsewhere, file);
  await assert.rejects(store.read('blb_1', 0, 5), fails('unavailable'));
  symlinkSync(elsewhere, `${file.replace(/blb_1$/, 'blb_2')}.part`);
  assert.deepEqual(await collect(store.list()), []);
  assert.equal(readFileSync(elsewhere, 'utf8'), 'not a blob');
});

test('directory: foreign files beside the blobs are not listed', async () => {
  const path = freshPath();
  const store = await createDirectoryBlobs(path);
  await (await store.create('blb_1')).finish();
  const [file] = filesBelow(path) as [string];
  writeFileSync(join(dirname(file), 'NOTES.txt'), 'x');
  writeFileSync(join(path, 'LOCATION'), 'x');
  assert.deepEqual(await collect(store.list()), [{ id: 'blb_1', size: 0, finished: true }]);
});

test('directory: a store whose folder is gone is unavailable, and says so', async () => {
  const path = freshPath();
  const store = await createDirectoryBlobs(path);
  rmSync(path, { recursive: true });
  assert.deepEqual(await store.health(), { ok: false, freeBytes: null, reason: 'unavailable' });
  await assert.rejects(collect(store.list()), fails('unavailable'));
});

test('directory: when the system refuses more bytes the error is no_space, and what was synced stays', { skip: process.platform !== 'linux' }, async () => {
  const path = freshPath();
  const script = `
    import { createDirectoryBlobs } from ${JSON.stringify(new URL('blobs.ts', import.meta.url).href)};
    const store = await createDirectoryBlobs(${JSON.stringify(path)});
    const writer = await store.create('blb_1');
    await writer.write(Buffer.alloc(40_000, 1));
    await writer.sync();
    const said = await writer.write(Buffer.alloc(40_000, 2)).catch((error) => error.code);
    const then = await writer.finish().catch((error) => error.code);
    await writer.close();
    console.log(said, then);
  `;
  // A limit on file sizes (64 blocks of 1 KiB) is the one full disk that needs no rights; the signal that comes with it is ignored.
  const shell = ['trap "" XFSZ', 'ulimit -f 64', `exec ${JSON.stringify(process.execPath)} --input-type=module -e "$0"`].join('\n');
  const { stdout, stderr } = spawnSync('bash', ['-c', shell, script], { encoding: 'utf8' });
  assert.equal(stdout, 'no_space closed\n', stderr);
  const store = await createDirectoryBlobs(path);
  const writer = await store.openAppend('blb_1', 40_000);
  await writer.finish();
  assert.deepEqual(await store.read('blb_1', 0, 50_000), Buffer.alloc(40_000, 1));
});
