import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leafHash, readEntry, rootHash } from '@underseal/ledger';
import pg from 'pg';
import { allFeatures, createGate } from '#apps/server/features.ts';
import { evidence } from '#features/evidence/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { readVersion } from '#features/vault/server/index.ts';
import { command, dropDatabase, type TestServer } from '#testing/global.ts';
import { freshDatabase } from '#testing/database.ts';
import { holdClock, startHouse } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { BlobError, createDirectoryBlobs, type BlobStore } from '../blobs.ts';
import { readConfig } from '../config.ts';
import { openPool, type PgSettings } from '../db.ts';
import { startEmbedded } from '../embedded.ts';
import { openHouse, type House } from '../house.ts';
import { createKeyStore } from '../key-store.ts';
import { createKeyRing, keyCheckValue, newRootKey, openKeyfile, readRecoveryKit, writeRecoveryKit } from '../keys.ts';
import { toRootKey } from '../keys/root.ts';
import { sha256 } from '../ledger/hash.ts';
import { createLog } from '../log.ts';
import { listSteps, migrate } from '../migrate.ts';
import { writeBackup } from './backup.ts';
import type { BackupError } from './error.ts';
import { restoreBackup } from './restore.ts';
import { readEntry as readTarEntry, readTar } from './tar.ts';

const TEXT = 'Above the second plateau the load is held for the time that the binder fraction demands, and not for a fixed period of time.';

test('a backup', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'underseal-backup-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'monday.tar');
  const house = await startHouse();
  const ravi = await house.hire('Ravi Sundaram', ['owner', 'auditor']);
  const { secretId } = await ravi
    .on(register)
    .enter({ codeName: 'KESTREL', title: 'Firing schedule\n\\.\t"two"', tier: 3, ownerId: ravi.id as never, elements: [{ heading: 'Ramp', text: TEXT }] });
  const { versionId } = await store(house, ravi, { secretId, name: 'schedule.txt', bytes: Buffer.from(TEXT.repeat(3000)) });
  // An upload that broke off: its row is in the backup, its bytes are not.
  await ravi.on(vault).begin({ secretId, name: 'torn.txt', bytes: 100 });
  await house.settle();
  await house.services.jobs.send('tested.later', { thing: 'one' }, 'one');
  const kit = house.services.recoveryKit({ organisation: 'Halvorsen', createdAt: house.clock.now() });
  const report = await writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs: house.services.blobs, clock: house.clock, file });
  const emptyFolder = () => mkdtemp(path.join(os.tmpdir(), 'underseal-restore-'));

  await t.test('is one file for its owner alone, without text, title, file name or root key in clear', async () => {
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['monday.tar']);
    const bytes = await readFile(file);
    assert.equal(bytes.length, report.bytes);
    for (const hidden of [TEXT.slice(0, 40), 'KESTREL', 'Firing schedule', 'schedule.txt']) assert.equal(bytes.indexOf(hidden), -1, hidden);
    const key = readRecoveryKit(kit);
    for (const form of [key, Buffer.from(key.toString('hex')), Buffer.from(key.toString('base64url'))]) assert.equal(bytes.indexOf(form), -1);
  });

  await t.test('is a tar that other programs read, in the order in which rows may be inserted', async () => {
    const handle = await open(file, 'r');
    const names: string[] = [];
    const sums: string[] = [];
    for await (const entry of readTar(handle)) {
      names.push(entry.name);
      const hash = createHash('sha256');
      for await (const piece of readTarEntry(handle, entry)) hash.update(piece);
      sums.push(hash.digest('hex'));
    }
    await handle.close();
    assert.deepEqual([names[0], ...names.slice(-2)], ['about.json', 'manifest.json', 'manifest.mac']);
    const place = (name: string) => names.findIndex((entry) => entry.startsWith(`tables/${name}/`));
    assert.ok(place('register_secret') < place('vault_document') && place('vault_document') < place('vault_version'));
    const { extract } = await import('tar-stream');
    const { createReadStream } = await import('node:fs');
    const others: string[] = [];
    for await (const entry of createReadStream(file).pipe(extract())) {
      const hash = createHash('sha256');
      for await (const piece of entry) hash.update(piece as Buffer);
      others.push(`${entry.header.name} ${hash.digest('hex')}`);
    }
    assert.deepEqual(
      others,
      names.map((name, i) => `${name} ${sums[i]}`),
    );
  });

  await t.test('does not overwrite a file', async () => {
    const again = writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs: house.services.blobs, clock: house.clock, file });
    await assert.rejects(again, { code: 'file_exists' });
  });

  await t.test('that is killed leaves nothing that looks whole, and the next one says what is in the way', async () => {
    const target = path.join(folder, 'killed.tar');
    const killed = await runChild(['kill', target], { owner: house.owner, kit });
    assert.equal(killed.signal, 'SIGKILL', killed.err);
    assert.equal(await exists(target), false);
    const again = () =>
      writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs: house.services.blobs, clock: house.clock, file: target });
    await assert.rejects(again(), {
      code: 'file_exists',
      message: /killed\.tar\.part" is there; another backup is running, or one was killed: then remove it/,
    });
    const refused = restoreBackup({ config: readConfig({ UNDERSEAL_DATA: path.join(folder, 'none') }), file: `${target}.part`, kit, clock: house.clock });
    await assert.rejects(refused, { code: 'file_damaged' });
    await rm(`${target}.part`);
    await again();
    await rm(target);
  });

  await t.test('for which the disk has no room says so, and leaves nothing', async () => {
    const full = await runChild(['full', path.join(folder, 'full.tar')], { owner: house.owner, kit });
    assert.match(full.err, /no_space Cannot back up to ".*full\.tar": its disk is full/);
    assert.deepEqual(await readdir(folder), ['monday.tar']);
  });

  await t.test('restores into an empty folder, is proved, and goes on where it was', async () => {
    const data = await emptyFolder();
    const config = readConfig({ UNDERSEAL_DATA: data });
    const clock = holdClock(house.clock.now());
    const proof = await restoreBackup({ config, file, kit, clock });
    assert.deepEqual(
      [proof.entries, proof.root, proof.rows, proof.blobs, proof.checkpointSigned],
      [report.ledger.size, report.ledger.root, report.rows, 1, true],
    );
    assert.equal((await stat(path.join(data, 'root.key'))).mode & 0o777, 0o600);

    const embedded = await startEmbedded({ dir: data });
    try {
      const [was, is] = [await contentsOf(house.owner), await contentsOf(embedded.owner)];
      // The restore itself is one entry that waits, and what belongs to it.
      assert.equal(is['ledger_outbox']!.length, was['ledger_outbox']!.length + 1);
      for (const table of Object.keys(was)) if (table !== 'ledger_outbox' && table !== 'platform_migration') assert.deepEqual(is[table], was[table], table);

      const waiting = new pg.Client(embedded.owner);
      await waiting.connect();
      assert.deepEqual((await waiting.query(`select data, singleton_key as key from jobs.job where name = 'tested.later' and state = 'created'`)).rows, [
        { data: { thing: 'one' }, key: 'one' },
      ]);
      await waiting.end();

      const root = await openKeyfile(path.join(data, 'root.key'));
      const blobs = await createDirectoryBlobs(path.join(data, 'blobs'));
      const again = await openHouse({ config, database: embedded, root, blobs, clock, log: createLog('silent'), createGate, features: allFeatures });
      try {
        await again.settle();
        const version = await readVersion(again.services, versionId);
        const pieces: Buffer[] = [];
        for await (const piece of version.whole()) pieces.push(piece);
        assert.equal(Buffer.concat(pieces).toString(), TEXT.repeat(3000));
        const shown = (await again.run('register.show', ravi.actor, { secretId })) as { title: string };
        assert.equal(shown.title, 'Firing schedule\n\\.\t"two"');
        const { items } = (await again.run('evidence.entries', ravi.actor, {})) as { items: { type: string; index: number; state: string }[] };
        const entry = items.find((item) => item.type === 'platform.restored')!;
        assert.deepEqual([entry.index, entry.state], [report.ledger.size, 'included']);
        const head = (await again.run(evidence.checkpoint.name, ravi.actor, {})) as { size: number };
        assert.equal(head.size, report.ledger.size + 1);
        // Ordinals and places go on: rows made from now on meet none that was restored.
        await again.run(register.enter.name, ravi.actor, { codeName: 'MERLIN', title: 'Second', tier: 1, ownerId: ravi.id });
        await again.settle();
      } finally {
        await again.close();
      }
    } finally {
      await embedded.stop();
    }
    await assert.rejects(restoreBackup({ config, file, kit, clock }), { code: 'place_used' });
    await rm(data, { recursive: true, force: true });
  });

  await t.test('restores into an outside database, once', async () => {
    const database = await freshDatabase();
    const server = database as unknown as TestServer;
    await command({ ...server.owner, database: 'postgres' }, `create database ${server.owner.database}_new`);
    const data = await emptyFolder();
    const at = (settings: PgSettings) =>
      `postgres://${settings.user}:${settings.password}@x/${database.owner.database}_new?host=${encodeURIComponent(settings.host)}`;
    const config = readConfig({ UNDERSEAL_DATA: data, DATABASE_URL: at(database.owner), DATABASE_APP_URL: at(database.app) });
    const parts = { config, file, kit, clock: house.clock };
    await rm(data, { recursive: true });
    const stop = new AbortController();
    await assert.rejects(restoreBackup({ ...parts, signal: stop.signal, onProgress: ({ part }) => part === 'proof' && stop.abort() }), { code: 'stopped' });
    assert.equal(await exists(data), false, 'a stopped restore leaves nothing');
    await restoreBackup(parts);
    await assert.rejects(restoreBackup({ ...parts, config: { ...config, data: `${data}-other` } }), { code: 'place_used' });
    assert.equal(await exists(`${data}-other`), false);
    await dropDatabase(database.owner, `${database.owner.database}_new`);
    await database.drop();
    await rm(data, { recursive: true, force: true });
  });

  await t.test('is refused under the kit of another installation, and nothing is made', async () => {
    const data = path.join(folder, 'other-kit');
    const other = writeRecoveryKit(newRootKey(), { organisation: 'Somebody', createdAt: new Date(0) });
    await assert.rejects(restoreBackup({ config: readConfig({ UNDERSEAL_DATA: data }), file, kit: other, clock: house.clock }), { code: 'other_key' });
    assert.equal(await exists(data), false);
  });

  await t.test('is refused when one byte of it was changed, wherever, or when it was cut', async () => {
    const data = path.join(folder, 'changed');
    const config = readConfig({ UNDERSEAL_DATA: data });
    const refuses = async (spoil: (copy: string) => Promise<void>, what: string) => {
      const copy = path.join(folder, 'copy.tar');
      await copyFile(file, copy);
      await spoil(copy);
      await assert.rejects(
        restoreBackup({ config, file: copy, kit, clock: house.clock }),
        (error: { code?: string }) => error.code === 'file_damaged' || error.code === 'other_key',
        what,
      );
      assert.equal(await exists(data), false);
    };
    const flip = (at: number) => async (copy: string) => {
      const handle = await open(copy, 'r+');
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, at);
      await handle.write(Buffer.of(byte[0]! ^ 1), 0, 1, at);
      await handle.close();
    };
    const handle = await open(file, 'r');
    for await (const entry of readTar(handle)) {
      await refuses(flip(entry.start + 140), `time of ${entry.name}`);
      await refuses(flip(entry.start + 512), `first byte of ${entry.name}`);
      if (entry.size % 512 > 0) await refuses(flip(entry.start + 512 + entry.size), `padding of ${entry.name}`);
    }
    await handle.close();
    await refuses(flip(report.bytes - 1), 'last byte');
    await refuses((copy) => truncate(copy, report.bytes - 512), 'cut');
    await refuses((copy) => appendFile(copy, 'more'), 'longer');
  });

  await t.test('is refused by a program that does not know its steps', async () => {
    const client = new pg.Client(house.owner);
    await client.connect();
    const newer = path.join(folder, 'newer.tar');
    try {
      await client.query(`insert into platform_migration (name, digest) values ('9999-later.sql', repeat('a', 64))`);
      await writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs: house.services.blobs, clock: house.clock, file: newer });
      const data = path.join(folder, 'newer');
      await assert.rejects(restoreBackup({ config: readConfig({ UNDERSEAL_DATA: data }), file: newer, kit, clock: house.clock }), { code: 'newer' });
      assert.equal(await exists(data), false);
    } finally {
      await client.query(`delete from platform_migration where name = '9999-later.sql'`);
      await client.end();
    }
  });

  await t.test('of an older program is brought to the newest steps', async () => {
    const database = await freshDatabase();
    const name = `${database.owner.database}_old`;
    await command({ ...database.owner, database: 'postgres' }, `create database ${name}`);
    const settings = { owner: { ...database.owner, database: name }, app: { ...database.app, database: name } };
    const first = (await listSteps())[0]!.name;
    await migrate(settings, first);
    const root = newRootKey();
    const pool = openPool(settings.app, { max: 2 });
    await createKeyRing(root, createKeyStore(pool.db), house.clock);
    await pool.db
      .insertInto('platform_installation')
      .values({ root_check: keyCheckValue(root), origin: 'underseal.local/ledger/00', created_at: house.clock.now() })
      .execute();
    await pool.close();
    const old = path.join(folder, 'old.tar');
    await writeBackup({ owner: settings.owner, root, blobs: house.services.blobs, clock: house.clock, file: old });
    const data = await emptyFolder();
    const proof = await restoreBackup({
      config: readConfig({ UNDERSEAL_DATA: data }),
      file: old,
      kit: writeRecoveryKit(root, { organisation: 'Old', createdAt: new Date(0) }),
      clock: house.clock,
    });
    assert.deepEqual([proof.entries, proof.checkpointSigned], [0, false]);
    const embedded = await startEmbedded({ dir: data });
    assert.equal((await contentsOf(embedded.owner))['platform_migration']!.length, (await listSteps()).length);
    await embedded.stop();
    await dropDatabase(database.owner, name);
    await database.drop();
    await rm(data, { recursive: true, force: true });
  });

  await t.test('of a ledger that was changed behind the program does not restore', async () => {
    const client = new pg.Client(house.owner);
    await client.connect();
    const forged = path.join(folder, 'forged.tar');
    try {
      await client.query('alter table ledger_entry disable trigger all');
      await client.query(`update ledger_entry set leaf = set_byte(leaf, 5, get_byte(leaf, 5) # 1) where index = 1`);
      await writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs: house.services.blobs, clock: house.clock, file: forged });
      const data = path.join(folder, 'forged');
      await assert.rejects(restoreBackup({ config: readConfig({ UNDERSEAL_DATA: data }), file: forged, kit, clock: house.clock }), {
        code: 'not_whole',
        message: /ledger entry 1 /,
      });
      assert.equal(await exists(data), false);
    } finally {
      await client.query(`update ledger_entry set leaf = set_byte(leaf, 5, get_byte(leaf, 5) # 1) where index = 1`);
      await client.query('alter table ledger_entry enable trigger all');
      await client.end();
    }
  });

  // The tests above tell of one document.
  const { versionId: second } = await store(house, ravi, { secretId, name: 'other.txt', bytes: Buffer.from(TEXT.repeat(9000)) });
  for (const [why, broken] of [
    ['missing', { size: async () => Promise.reject(new BlobError('missing', 'Cannot find blob')) }],
    ['damaged', { size: async () => 1 }],
    ['unreadable', { read: async () => Promise.reject(new BlobError('unavailable', 'Cannot use the storage')) }],
    ['damaged', { read: async () => Buffer.alloc(3) }],
  ] as const) {
    await t.test(
      `finishes all the rest where a stored document is ${why} (${Object.keys(broken)[0]}), says which, and restores so only when told to`,
      async () => {
        const { services } = house;
        const row = await services.db.selectFrom('vault_version').selectAll().where('id', '=', second).executeTakeFirstOrThrow();
        const blobs: BlobStore = {
          ...services.blobs,
          size: (id) => (id === row.blob_id && 'size' in broken ? broken.size() : services.blobs.size(id)),
          read: (id, at, length) => (id === row.blob_id && 'read' in broken ? broken.read() : services.blobs.read(id, at, length)),
        };
        const target = path.join(folder, 'tuesday.tar');
        const done = await writeBackup({ owner: house.owner, root: toRootKey(readRecoveryKit(kit)), blobs, clock: house.clock, file: target });
        assert.deepEqual(
          done.lacking.map((one) => [one.id, one.why, [...one.of].sort()]),
          [[row.blob_id, why, [row.document_id, second].sort()]],
        );
        assert.equal(done.blobs, report.blobs);
        const data = await emptyFolder();
        const parts = { config: readConfig({ UNDERSEAL_DATA: data }), file: target, kit, clock: house.clock };
        await assert.rejects(restoreBackup(parts), (error: BackupError) => {
          assert.equal(error.code, 'incomplete');
          assert.match(error.details.join('\n'), new RegExp(`${row.document_id}, ${second}`));
          assert.doesNotMatch(error.message + error.details.join(), /other\.txt|KESTREL/);
          return true;
        });
        assert.deepEqual(await readdir(data), []);
        const proof = await restoreBackup({ ...parts, incomplete: true });
        assert.deepEqual([proof.lacking.map(({ id }) => id), proof.blobs], [[row.blob_id], report.blobs]);
        const restored = await createDirectoryBlobs(path.join(data, 'blobs'));
        await assert.rejects(restored.size(row.blob_id), { code: 'missing' });
        await rm(target);
        await rm(data, { recursive: true, force: true });
      },
    );
  }

  await t.test('restored goes on as one log from the last checkpoint; two who go on from it are told apart', async () => {
    const data = await emptyFolder();
    await restoreBackup({ config: readConfig({ UNDERSEAL_DATA: data }), file, kit, clock: house.clock });
    const embedded = await startEmbedded({ dir: data });
    const config = readConfig({ UNDERSEAL_DATA: data });
    const blobs = await createDirectoryBlobs(path.join(data, 'blobs'));
    const root = await openKeyfile(path.join(data, 'root.key'));
    const again = await openHouse({ config, database: embedded, root, blobs, clock: house.clock, log: createLog('silent'), createGate, features: allFeatures });
    try {
      await again.settle();
      const [was, is] = [await logOf(house), await logOf(again)];
      const { size, root: told } = report.ledger;
      assert.equal(is.origin, was.origin);
      assert.equal(is.rootAt(size), told, 'who saw the last checkpoint sees it extended');
      assert.equal(is.rootAt(is.leaves.length), is.root, 'and the newest one signs just that');
      const entry = is.leaves.map((leaf) => readEntry(leaf)).find(({ type }) => type === 'platform.restored')!;
      assert.deepEqual([entry.open['size'], entry.open['root']], [size, told]);
      // The old house has gone on too.
      assert.ok(was.leaves.length > size);
      assert.notEqual(is.rootAt(size + 1), was.rootAt(size + 1), 'one who saw a later checkpoint of the old one sees the fork');
    } finally {
      await again.close();
      await embedded.stop();
    }
    await rm(data, { recursive: true, force: true });
  });
});

/** The log as a witness has it: leaves, and the newest signed checkpoint. */
async function logOf({ services: { db } }: House) {
  const rows = await db.selectFrom('ledger_entry').select('leaf').orderBy('index').execute();
  const { note } = await db.selectFrom('ledger_checkpoint').select('note').orderBy('size', 'desc').limit(1).executeTakeFirstOrThrow();
  const [origin, , root] = note.split('\n');
  const leaves = rows.map(({ leaf }) => leaf);
  const rootAt = (size: number) =>
    Buffer.from(
      rootHash(
        sha256,
        leaves.slice(0, size).map((leaf) => leafHash(sha256, leaf)),
      ),
    ).toString('hex');
  return { origin, root: Buffer.from(root!, 'base64').toString('hex'), leaves, rootAt };
}

/** A backup in a process of its own, which may be killed, or may write few bytes only. */
async function runChild(args: readonly string[], given: { owner: PgSettings; kit: string }): Promise<{ signal: string | null; err: string }> {
  const script = fileURLToPath(new URL('backup.child.ts', import.meta.url));
  const child = spawn('bash', ['-c', `${args[0] === 'full' ? 'ulimit -f 32; ' : ''}exec "$@"`, 'bash', process.execPath, script, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  child.stdin.end(JSON.stringify(given));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, err };
}

/** Every row of every table, as text, in an order of its own. */
async function contentsOf(owner: PgSettings): Promise<Record<string, string[]>> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = 'public' and relkind = 'r' order by 1`,
    );
    const contents: Record<string, string[]> = {};
    for (const { name } of rows)
      contents[name] = (await client.query<{ row: string }>(`select t::text as row from public.${name} t order by 1`)).rows.map(({ row }) => row);
    return contents;
  } finally {
    await client.end();
  }
}
async function exists(at: string): Promise<boolean> {
  return stat(at).then(
    () => true,
    () => false,
  );
}
