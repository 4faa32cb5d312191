import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { DatabaseSettings } from './db.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK = 4_380_001;
/** What the application may do with the ledger's tables: add to the outbox, read the rest. */
const APPENDED = new Set(['ledger_outbox', 'ledger_about', 'ledger_disclosure']);

/** One step of the schema: the name of its file, and the SHA-256 of what is in it. */
export interface Step {
  readonly name: string;
  readonly digest: string;
}
/** The steps of this program, in their order. */
export async function listSteps(): Promise<(Step & { readonly sql: string })[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, sql, digest: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
/** The first step that was taken and is not this program's own at its place; undefined where there is none, though this program may have more. */
export async function findForeignStep(taken: readonly Step[]): Promise<string | undefined> {
  const own = await listSteps();
  return taken.find(({ name, digest }, i) => own[i]?.name !== name || own[i].digest !== digest)?.name;
}

/** Brings the database to the newest schema, forward only, one transaction a step, under a lock. Throws where another version of the program took a step that this one does not have so. */
export async function migrate({ owner, app }: DatabaseSettings, upTo?: string): Promise<void> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create table if not exists platform_migration (name text primary key, digest text not null, at timestamptz not null default now())');
    const { rows: taken } = await client.query<Step>('select name, digest from platform_migration order by name');
    const foreign = await findForeignStep(taken);
    if (foreign !== undefined)
      throw new Error(
        `Cannot start on this database: its step ${foreign} is not one of this program's. A newer or another version of Underseal made it; use that one`,
      );
    const due = (await listSteps()).slice(taken.length);
    for (const step of due.filter(({ name }) => upTo === undefined || name <= upTo)) await apply(client, step);
    await grantApplication(client, app.user);
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, { name, sql, digest }: Step & { readonly sql: string }) {
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
