import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { DatabaseSettings } from './db.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK = 4_380_001;
/** What the application may do with the ledger's tables: add to the outbox, read the rest. */
const APPENDED = new Set(['ledger_outbox', 'ledger_about', 'ledger_disclosure']);

export async function migrationNames(): Promise<string[]> {
  return (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
}

/** Brings the database to the newest schema, forward only, one transaction a step, under a lock. Throws on a released step that was edited. */
export async function migrate({ owner, app }: DatabaseSettings, upTo?: string): Promise<void> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create table if not exists platform_migration (name text primary key, digest text not null, at timestamptz not null default now())');
    const done = new Map(
      (await client.query<{ name: string; digest: string }>('select name, digest from platform_migration')).rows.map((row) => [row.name, row.digest]),
    );
    for (const name of await migrationNames()) {
      if (upTo !== undefined && name > upTo) break;
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      const digest = createHash('sha256').update(sql).digest('hex');
      if (done.get(name) === digest) continue;
      if (done.has(name)) throw new Error(`Cannot migrate: ${name} differs from the one that this database was made with`);
      await apply(client, { name, sql, digest });
    }
    await grantApplication(client, app.user);
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, { name, sql, digest }: { name: string; sql: string; digest: string }) {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into platform_migration (name, digest) values ($1, $2)', [name, digest]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Cannot apply migration ${name}`, { cause: error });
  }
}

/** The application's role owns nothing; it cannot alter, truncate or touch ledger rows. */
async function grantApplication(client: pg.Client, role: string) {
  const quoted = client.escapeIdentifier(role);
  const { rows } = await client.query<{ name: string; kind: string }>(
    `select c.relname as name, c.relkind as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p', 'v') and not c.relispartition`,
  );
  await client.query(`revoke create on schema public from public`);
  await client.query(`grant usage on schema public to ${quoted}`);
  for (const { name, kind } of rows) {
    const table = client.escapeIdentifier(name);
    // As one: what serves meanwhile never finds itself without.
    await client.query(`begin; revoke all on ${table} from ${quoted}; grant ${rightsOn(name, kind)} on ${table} to ${quoted}; commit`);
  }
  await client.query(`grant usage on all sequences in schema public to ${quoted}`);
}

function rightsOn(name: string, kind: string): string {
  if (kind === 'v' || name === 'platform_migration') return 'select';
  if (APPENDED.has(name)) return 'select, insert';
  if (name.startsWith('ledger_')) return 'select';
  return 'select, insert, update, delete';
}
