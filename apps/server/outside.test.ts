import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { readConfig } from '#platform/server/config.ts';
import type { PgSettings } from '#platform/server/db.ts';
import { freshDatabase } from '#testing/database.ts';
import { command, dropDatabase } from '#testing/global.ts';
import { startServer, type Server } from './server.ts';

const template = await freshDatabase();
const maintenance = { ...template.owner, database: 'postgres' };
const name = `outside_${randomBytes(6).toString('hex')}`;
const owner = { ...template.owner, database: name };
const folder = mkdtempSync(path.join(os.tmpdir(), 'underseal-outside-'));
const started: Server[] = [];
const made = new Set<string>();
await command(maintenance, `create database ${name}`);
after(async () => {
  for (const server of started.splice(0)) await server.close();
  await dropDatabase(owner, name);
  for (const user of made) await command(maintenance, `drop role ${user}`);
  await template.drop();
  rmSync(folder, { recursive: true, force: true });
});

function urlOf({ user, password, database, host }: PgSettings): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(host)}`;
}
async function start(more: Record<string, string> = {}, data = 'data') {
  const env = { DATABASE_URL: urlOf(owner), UNDERSEAL_DATA: path.join(folder, data), UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'silent', ...more };
  const server = await startServer({ config: readConfig(env), dist: undefined, say: () => undefined });
  started.push(server);
  return server;
}
async function stop() {
  await started.pop()!.close();
}

test('on an empty outside database it makes its tables and a role of its own, which owns nothing and may not touch what is fixed', async () => {
  const server = await start();
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  const role = JSON.parse(readFileSync(path.join(folder, 'data', 'application-role.json'), 'utf8')) as { user: string; password: string };
  made.add(role.user);
  const app = new pg.Client({ ...owner, ...role });
  await app.connect();
  try {
    assert.equal((await app.query('select from pg_class where relowner = (select oid from pg_roles where rolname = current_user)')).rowCount, 0);
    for (const statement of ['drop table ledger_entry', 'delete from ledger_entry', 'update ledger_entry set index = 7', 'create table mine (x int)'])
      await assert.rejects(app.query(statement), { code: '42501' }, statement);
  } finally {
    await app.end();
  }
  await stop();
});

test('it starts again on it with the same role and key, and beside itself', async () => {
  const one = await start();
  const two = await start();
  for (const { url } of [one, two]) assert.equal((await fetch(`${url}/readyz`)).status, 200);
  await stop();
  await stop();
});

test('another root key, a role that is too strong and one that does not exist are refused', async () => {
  await assert.rejects(start({}, 'elsewhere'), /root key is missing/);
  await assert.rejects(start({ DATABASE_APP_URL: urlOf(owner) }), /too strong/);
  const [other, member] = ['other', 'member'].map((one) => `underseal_${one}_${randomBytes(4).toString('hex')}`) as [string, string];
  for (const role of [other, member]) {
    made.add(role);
    await command(maintenance, `create role ${role} login password 'x'`);
  }
  await command(maintenance, `grant ${other} to ${member}`);
  const as = (user: string) => urlOf({ ...owner, user, password: 'x' });
  await assert.rejects(start({ DATABASE_URL: as(other), DATABASE_APP_URL: as(member) }), /too strong/, 'who is a member of the owner can become it');
  await assert.rejects(start({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' }), {
    name: 'ConfigError',
    message: /- DATABASE_URL leads to no database \(ECONNREFUSED\): see that/,
  });
  await assert.rejects(start({ DATABASE_APP_URL: urlOf({ ...owner, user: 'nobody_at_all' }) }), /does not exist/);
  assert.equal(started.length, 0);
});
