import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { event, open } from '@underseal/contract';
import { formatVkey } from '@underseal/ledger';
import { sql } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
import { command } from '#testing/global.ts';
import { freshDatabase } from '#testing/database.ts';
import { checkTree } from '#testing/tree.ts';
import { createMemoryBlobs } from '../blobs.ts';
import { readConfig } from '../config.ts';
import { openHouse, type House } from '../house.ts';
import { newRootKey } from '../keys.ts';
import { createLog } from '../log.ts';
import { systemClock } from '../ports.ts';
import { sha256 } from './hash.ts';
import { pend, writeEntries } from './outbox.ts';

const counted = event('testing.counted', { writer: open(z.int()), number: open(z.int()) });
const root = newRootKey();
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});

async function openDatabase() {
  const database = await freshDatabase();
  closing.push(() => database.drop());
  const logged: string[] = [];
  const start = async (headFile?: string): Promise<House & { close(): Promise<void> }> => {
    const house = await openHouse({
      config: readConfig({}),
      database,
      root,
      blobs: createMemoryBlobs(),
      clock: systemClock,
      log: createLog('debug', { write: (line) => void logged.push(line) }),
      // Nobody asks here: the sequencer knows no feature.
      createGate: () => ({
        decide: async () => undefined,
        known: () => assert.fail(),
        knows: () => assert.fail(),
        gives: () => assert.fail(),
        decideAll: () => assert.fail(),
      }),
      features: [],
      ...(headFile === undefined ? {} : { headFile }),
    });
    let open = true;
    const close = async () => {
      if (open) await house.close();
      open = false;
    };
    closing.push(close);
    return { ...house, close };
  };
  return { database, start, logged: () => logged.join('') };
}
async function verifierOf({ services }: House): Promise<string> {
  const { origin } = await services.db.selectFrom('platform_installation').select('origin').executeTakeFirstOrThrow();
  return formatVkey(sha256, origin, services.keys.checkpointSigner(origin).publicKey);
}
function write({ services, sequencer }: House, writer: number, number: number) {
  return services.db
    .transaction()
    .execute((tx) => writeEntries(tx, [pend(counted, { writer, number })], { keys: services.keys, actor: 'system', at: new Date(), via: 'testing.count' }))
    .then(() => sequencer.wake());
}
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 500, 'it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
async function rows<T>(owner: pg.ClientConfig, query: string): Promise<T[]> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    return (await client.query(query)).rows as T[];
  } finally {
    await client.end();
  }
}

test('the tree grows by what commits, and every checkpoint is a signed beginning of the next', async () => {
  const { database, start } = await openDatabase();
  const house = await start();
  const sizes: number[] = [];
  for (const many of [1, 2, 253, 1, 300]) {
    await Promise.all(Array.from({ length: many }, (_, i) => write(house, many, i)));
    await house.sequencer.settle();
    sizes.push((await checkTree(database.owner, await verifierOf(house))).size);
  }
  assert.deepEqual(sizes, [1, 3, 256, 257, 557]);
});

test('what committed before another began comes first', async () => {
  const { database, start } = await openDatabase();
  const [one, two] = [await start(), await start()];
  // Each writer waits for its commit before it begins the next; writers run beside each other, in two houses.
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let number = 0; number < 40; number++) await write(writer % 2 ? one : two, writer, number);
    }),
  );
  await Promise.all([one.sequencer.settle(), two.sequencer.settle()]);
  const { entries } = await checkTree(database.owner, await verifierOf(one));
  assert.equal(entries.length, 240);
  for (let writer = 0; writer < 6; writer++)
    assert.deepEqual(
      entries.filter(({ open: data }) => data['writer'] === writer).map(({ open: data }) => data['number']),
      Array.from({ length: 40 }, (_, i) => i),
    );
});

test('a transaction that began early and commits late loses nothing and takes nobody’s place', async () => {
  const { database, start } = await openDatabase();
  const house = await start();
  const { services } = house;
  await command(
    database.owner,
    `create function wait() returns trigger language plpgsql as $$ begin
       if current_setting('testing.waits', true) = 'yes' then perform pg_advisory_xact_lock_shared(77); end if; return null; end $$;
     create constraint trigger wait after insert on ledger_outbox deferrable initially deferred for each row execute function wait()`,
  );
  const holder = new pg.Client(database.owner);
  await holder.connect();
  await holder.query('select pg_advisory_lock(77)');
  // Its row is written, and its commit under way.
  const late = services.db.transaction().execute(async (tx) => {
    await sql`select set_config('testing.waits', 'yes', true)`.execute(tx);
    await writeEntries(tx, [pend(counted, { writer: 0, number: 0 })], { keys: services.keys, actor: 'system', at: new Date(), via: 'testing.count' });
  });
  await until(async () => (await rows(database.owner, `select 1 from pg_locks where locktype = 'advisory' and objid = 77 and not granted`)).length === 1);
  await write(house, 1, 1);
  await house.sequencer.settle();
  assert.deepEqual(
    (await checkTree(database.owner, await verifierOf(house))).entries.map(({ open: data }) => data['writer']),
    [1],
  );
  await holder.end();
  await late;
  await house.sequencer.settle();
  assert.deepEqual(
    (await checkTree(database.owner, await verifierOf(house))).entries.map(({ open: data }) => data['writer']),
    [1, 0],
  );
});

test('a database that was put back to an older state is refused, and nothing is signed upon it', async () => {
  const { database, start, logged } = await openDatabase();
  const headFile = path.join(mkdtempSync(path.join(os.tmpdir(), 'underseal-head-')), 'ledger-head');
  const first = await start(headFile);
  await write(first, 1, 1);
  await first.sequencer.settle();
  const tables = ['ledger_entry', 'ledger_tile', 'ledger_checkpoint'];
  await command(database.owner, tables.map((table) => `create table old_${table} as select * from ${table}`).join('; '));
  await write(first, 1, 2);
  await first.sequencer.settle();
  await first.close();
  const head = readFileSync(headFile, 'utf8');
  assert.equal(head.split('\n')[1], '2');
  const putBack = [
    'begin',
    ...tables.flatMap((table) => [
      `alter table ${table} disable trigger user`,
      `delete from ${table}`,
      `insert into ${table} select * from old_${table}`,
      `alter table ${table} enable trigger user`,
    ]),
    'commit',
  ];
  await command(database.owner, putBack.join('; '));
  await assert.rejects(start(headFile), { message: /^Cannot start: the ledger in the database does not hold the 2 entries/ });
  assert.equal((await rows(database.owner, 'select 1 from ledger_checkpoint')).length, 1);
  assert.equal(readFileSync(headFile, 'utf8'), head, 'what proves it is left as it is');

  // Moved away by who knows why, it goes on; and a program that saw the newer one and only lost its connection signs nothing.
  renameSync(headFile, `${headFile}.old`);
  const second = await start(headFile);
  await write(second, 1, 3);
  await second.sequencer.settle();
  await command(database.owner, putBack.join('; '));
  await command(
    database.owner,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'underseal sequencer' and datname = current_database()`,
  );
  await write(second, 1, 4);
  await until(async () => /"alarm":"ledger\.put_back"/.test(logged()));
  assert.equal((await rows(database.owner, 'select 1 from ledger_checkpoint')).length, 1);
});

test('entries that get no place are told of, and what was taken away meanwhile is missed by the next start too', async () => {
  const { database, start, logged } = await openDatabase();
  const headFile = path.join(mkdtempSync(path.join(os.tmpdir(), 'underseal-head-')), 'ledger-head');
  const first = await start(headFile);
  await first.sequencer.settle();
  const holder = new pg.Client(database.owner);
  await holder.connect();
  await holder.query('select pg_advisory_lock(4380002)');
  const { services } = first;
  const long = new Date(Date.now() - 60_000);
  await services.db
    .transaction()
    .execute((tx) => writeEntries(tx, [pend(counted, { writer: 0, number: 0 })], { keys: services.keys, actor: 'system', at: long, via: 'testing.count' }));
  assert.equal(first.isReady()['ledger'], true);
  await first.sweep();
  assert.equal(first.isReady()['ledger'], false);
  assert.match(logged(), /"alarm":"ledger\.stuck"/);
  // The alarm is an entry of this process; it waits as well.
  const waitingFile = path.join(path.dirname(headFile), 'ledger-waiting');
  await until(async () => existsSync(waitingFile) && readFileSync(waitingFile, 'utf8').startsWith('ent_'));
  const [id] = readFileSync(waitingFile, 'utf8').split('\n');
  await first.close();
  await command(database.owner, `delete from ledger_outbox where id = '${id}'`);
  await holder.end();
  const second = await start(headFile);
  assert.match(logged(), new RegExp(`"alarm":"ledger\\.entry_lost","entry":"${id}"`));
  await second.sequencer.settle();
  await second.sweep();
  assert.equal(second.isReady()['ledger'], true);
});

test('a row that somebody put into the outbox by hand is kept apart and alarmed, and the rest goes on', async () => {
  const { database, start, logged } = await openDatabase();
  const house = await start();
  await write(house, 1, 1);
  await house.sequencer.settle();
  await command(
    database.owner,
    `insert into ledger_outbox (id, type, at, leaf, seal)
     select 'ent_${'0'.repeat(26)}', type, at, leaf, decode(repeat('00', 32), 'hex') from ledger_entry limit 1`,
  );
  await write(house, 1, 2);
  await house.sequencer.settle();
  await until(async () => (await rows(database.owner, `select 1 from ledger_entry where type = 'platform.alarmed'`)).length === 1);
  await house.sequencer.settle();
  assert.deepEqual(await rows(database.owner, 'select id from ledger_rejected'), [{ id: `ent_${'0'.repeat(26)}` }]);
  assert.match(logged(), /"alarm":"ledger\.outbox_seal_broken"/);
  const { entries } = await checkTree(database.owner, await verifierOf(house));
  assert.deepEqual(
    entries.map(({ type }) => type),
    ['testing.counted', 'testing.counted', 'platform.alarmed'],
  );
});

test('a waiting row that was changed by hand is kept apart', async () => {
  const { database, start } = await openDatabase();
  const house = await start();
  const client = new pg.Client(database.owner);
  await client.connect();
  // Holds the sequencer's table, so that the row surely still waits.
  await client.query('begin');
  await client.query('lock table ledger_entry in access exclusive mode');
  await write(house, 1, 1);
  await write(house, 1, 2);
  await client.query(`update ledger_outbox set type = 'people.left' where ordinal = (select min(ordinal) from ledger_outbox)`).catch(() => undefined);
  await client.query('commit');
  await client.end();
  await until(async () => (await rows(database.owner, 'select 1 from ledger_entry')).length >= 1);
  await house.sequencer.settle();
  const { entries } = await checkTree(database.owner, await verifierOf(house));
  assert.ok(entries.every(({ type }) => type !== 'people.left'));
  assert.ok(entries.some(({ open: data }) => data['number'] === 2));
});

test('an old row put back with its own seal does not stop the tree', async () => {
  const { database, start } = await openDatabase();
  const house = await start();
  await command(
    database.owner,
    `create table kept as select * from ledger_outbox;
     create function keep() returns trigger language plpgsql as $$ begin insert into kept select new.*; return null; end $$;
     create trigger keep after insert on ledger_outbox for each row execute function keep();
     grant insert on kept to ${database.app.user}`,
  );
  await write(house, 1, 1);
  await house.sequencer.settle();
  await command(
    database.owner,
    'drop trigger keep on ledger_outbox; insert into ledger_outbox (id, type, at, leaf, seal) select id, type, at, leaf, seal from kept',
  );
  await write(house, 1, 2);
  await until(async () => (await rows(database.owner, 'select 1 from ledger_rejected')).length === 1);
  await house.sequencer.settle();
  const { entries } = await checkTree(database.owner, await verifierOf(house));
  assert.deepEqual(
    entries.filter(({ type }) => type === 'testing.counted').map(({ open: data }) => data['number']),
    [1, 2],
  );
});

test('a restart goes on where the tree stood; with another root key it is refused', async () => {
  const { database, start } = await openDatabase();
  const first = await start();
  for (let i = 0; i < 300; i++) await write(first, 1, i);
  await first.sequencer.settle();
  const before = await checkTree(database.owner, await verifierOf(first));
  await first.close();
  const second = await start();
  await write(second, 2, 0);
  await second.sequencer.settle();
  const now = await checkTree(database.owner, await verifierOf(second));
  assert.deepEqual([before.size, now.size], [300, 301]);
  await assert.rejects(
    openHouse({
      config: readConfig({}),
      database,
      root: newRootKey(),
      blobs: createMemoryBlobs(),
      clock: systemClock,
      log: createLog('silent'),
      createGate: () => assert.fail(),
      features: [],
    }),
  );
});

test('tiles that somebody changed stop the signing: nothing is signed that does not extend the last checkpoint', async () => {
  const { database, start, logged } = await openDatabase();
  const first = await start();
  for (let i = 0; i < 3; i++) await write(first, 1, i);
  await first.sequencer.settle();
  await first.close();
  await command(database.owner, `update ledger_tile set hashes = overlay(hashes placing '\\x00' from 1)`);
  const second = await start();
  await write(second, 2, 0);
  await until(async () => logged().includes('sequencer: round failed'));
  assert.equal((await rows(database.owner, 'select 1 from ledger_checkpoint where size > 3')).length, 0);
  assert.equal((await rows(database.owner, 'select 1 from ledger_outbox')).length, 1);
});

test('the leader whose connection is cut takes up again', async () => {
  const { database, start } = await openDatabase();
  const [one, two] = [await start(), await start()];
  for (let i = 0; i < 30; i++) {
    await write(i % 2 ? one : two, 1, i);
    if (i % 10 === 5)
      await command(
        database.owner,
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'underseal sequencer' and datname = current_database()`,
      );
  }
  await one.sequencer.settle();
  await until(async () => (await rows(database.owner, 'select 1 from ledger_outbox')).length === 0);
  const { entries } = await checkTree(database.owner, await verifierOf(two));
  assert.deepEqual(
    entries.map(({ open: data }) => data['number']),
    Array.from({ length: 30 }, (_, i) => i),
  );
});
