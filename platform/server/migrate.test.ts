import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { freshDatabase } from '#testing/database.ts';
import { command } from '#testing/global.ts';
import type { DatabaseSettings } from './db.ts';
import { listSteps, migrate } from './migrate.ts';

const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});
async function emptyDatabase(): Promise<DatabaseSettings> {
  const database = await freshDatabase();
  closing.push(() => database.drop());
  await command(database.owner, 'drop schema public cascade; create schema public');
  return database;
}
async function query<T>(settings: pg.ClientConfig, sql: string): Promise<T[]> {
  const client = new pg.Client(settings);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}
const SHAPE = `select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = 'public' order by 1, 2`;

test('every beginning of the list applies to an empty database, and goes on to the same end', async () => {
  const whole = await freshDatabase();
  closing.push(() => whole.drop());
  const end = await query(whole.owner, SHAPE);
  for (const { name } of await listSteps()) {
    const database = await emptyDatabase();
    await migrate(database, name);
    await migrate(database);
    assert.deepEqual(await query(database.owner, SHAPE), end, `after ${name}`);
  }
});

test('names are ordered and tell feature and content', async () => {
  const names = (await listSteps()).map(({ name }) => name);
  assert.ok(names.length > 0 && names.every((name) => /^\d{4}-[a-z]+(-[a-z-]+)?\.sql$/.test(name)), names.join());
  assert.equal(new Set(names.map((name) => name.slice(0, 4))).size, names.length);
});

test('two who start at once migrate once', async () => {
  const database = await emptyDatabase();
  await Promise.all([migrate(database), migrate(database), migrate(database)]);
  assert.equal((await query(database.owner, 'select from platform_migration')).length, (await listSteps()).length);
});

test('a released step that was edited is refused, and so is a database of a newer version', async () => {
  const database = await emptyDatabase();
  await migrate(database);
  await command(database.owner, `update platform_migration set digest = 'edited' where name like '0001%'`);
  await assert.rejects(migrate(database), { message: /^Cannot start on this database: its step 0001-.* is not one of this program's/ });
  await command(database.owner, `drop schema public cascade; create schema public`);
  await migrate(database);
  await command(database.owner, `insert into platform_migration (name, digest) values ('9999-tomorrow.sql', 'later')`);
  await assert.rejects(migrate(database), { message: /^Cannot start on this database: its step 9999-tomorrow.sql/ });
});

test('a step that fails is taken back whole', async () => {
  const database = await emptyDatabase();
  // Stands in the way of the last table of the first step.
  await command(database.owner, 'create table ledger_rejected (x text)');
  await assert.rejects(migrate(database), { message: /^Cannot apply migration 0001-/ });
  const tables = await query<{ tablename: string }>(database.owner, `select tablename from pg_tables where schemaname = 'public' order by 1`);
  assert.deepEqual(
    tables.map(({ tablename }) => tablename),
    ['ledger_rejected', 'platform_migration'],
  );
});

test('the application’s role owns nothing, and may do to each table what is said and no more', async () => {
  const database = await freshDatabase();
  closing.push(() => database.drop());
  const { user } = database.app;
  assert.deepEqual(await query(database.owner, `select relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = '${user}'`), []);
  const rights = await query<{ name: string; rights: string }>(
    database.owner,
    `select table_name as name, string_agg(privilege_type, ',' order by privilege_type) as rights from information_schema.table_privileges
     where grantee = '${user}' and table_name like 'ledger\\_%' group by 1 order by 1`,
  );
  assert.deepEqual(
    rights.map(({ name, rights: may }) => `${name}: ${may}`),
    [
      'ledger_about: INSERT,SELECT',
      'ledger_checkpoint: SELECT',
      'ledger_disclosure: INSERT,SELECT',
      'ledger_entry: SELECT',
      'ledger_outbox: INSERT,SELECT',
      'ledger_rejected: SELECT',
      'ledger_tile: SELECT',
    ],
  );
  assert.deepEqual(
    await query(
      database.owner,
      `select 1 from information_schema.table_privileges where grantee = '${user}' and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')`,
    ),
    [],
  );
});
