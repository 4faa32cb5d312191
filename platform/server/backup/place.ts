/** The two ends of a backup: the database that is there, running or resting, and the empty place that a restore fills or leaves empty. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { inData, type Config } from '../config.ts';
import { settingsOfUrl, type DatabaseSettings, type PgSettings } from '../db.ts';
import { findRunning, startEmbedded } from '../embedded.ts';
import { openOutside } from '../outside.ts';
import { BackupError } from './error.ts';

/** Connects beside the running server, or starts the embedded database that rests. */
export async function openPresent(config: Config): Promise<{ owner: PgSettings; close(): Promise<void> }> {
  if (config.databaseUrl) return { owner: settingsOfUrl(config.databaseUrl), close: async () => undefined };
  const dir = inData(config);
  const running = findRunning(dir);
  if (running) return { owner: running.owner, close: async () => undefined };
  if (!existsSync(path.join(dir, 'pg18')) && !existsSync(path.join(dir, 'LOCATION')))
    throw new BackupError('nothing_here', `Cannot back up: ${dir} holds no database; set UNDERSEAL_DATA to the data folder of the server`);
  const embedded = await startEmbedded({ dir });
  return { owner: embedded.owner, close: () => embedded.stop() };
}

export interface EmptyPlace {
  readonly settings: DatabaseSettings;
  close(): Promise<void>;
  /** Stops, and leaves no trace: called when a restore fails. */
  clear(): Promise<void>;
}

/** What may lie in the data folder only once an installation has used it. */
const TRACES = ['pg18', 'pg.json', 'LOCATION', 'application-role.json'];

/** Opens an empty place for a restore. Throws `place_used` before anything is changed. */
export async function openEmpty(config: Config): Promise<EmptyPlace> {
  const dir = inData(config);
  const isNew = !existsSync(dir);
  const found = TRACES.filter((name) => existsSync(path.join(dir, name)));
  if (hasBlobs(inData(config, 'blobs'))) found.push('blobs');
  if (found.length > 0)
    throw new BackupError('place_used', `Cannot restore into ${dir}: it is used already (it holds ${found.join(', ')}); set UNDERSEAL_DATA to an empty folder`);
  const clearFiles = () => {
    for (const name of [...TRACES, 'pg.word', 'pg18.new', 'blobs']) rmSync(path.join(dir, name), { recursive: true, force: true });
    if (isNew) rmSync(dir, { recursive: true, force: true });
  };
  return config.databaseUrl ? openEmptyOutside(config, clearFiles) : openEmptyEmbedded(dir, clearFiles);
}

async function openEmptyEmbedded(dir: string, clearFiles: () => void): Promise<EmptyPlace> {
  const embedded = await startEmbedded({ dir });
  try {
    await assertNoTables(embedded.owner, embedded.location);
  } catch (error) {
    // Only reached where the database lies outside the folder and its pointer was lost: what is there is not ours to remove.
    await embedded.stop();
    throw error;
  }
  return {
    settings: { owner: embedded.owner, app: embedded.app },
    close: () => embedded.stop(),
    async clear() {
      await embedded.stop();
      if (path.resolve(embedded.location) !== path.resolve(dir)) rmSync(embedded.location, { recursive: true, force: true });
      clearFiles();
    },
  };
}

async function openEmptyOutside(config: Config, clearFiles: () => void): Promise<EmptyPlace> {
  const owner = settingsOfUrl(config.databaseUrl!);
  await assertNoTables(owner, `database "${owner.database}"`);
  mkdirSync(inData(config), { recursive: true, mode: 0o700 });
  const { settings } = await openOutside({
    owner,
    app: config.databaseAppUrl ? settingsOfUrl(config.databaseAppUrl) : undefined,
    file: inData(config, 'application-role.json'),
  });
  return {
    settings,
    close: async () => undefined,
    async clear() {
      await dropAll(owner, config.databaseAppUrl ? undefined : settings.app.user);
      clearFiles();
    },
  };
}

async function assertNoTables(owner: PgSettings, place: string): Promise<void> {
  await withClient(owner, async (client) => {
    const { rowCount } = await client.query(
      `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'jobs') and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
         and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') limit 1`,
    );
    if ((rowCount ?? 0) > 0) throw new BackupError('place_used', `Cannot restore into ${place}: there are tables in it; give it an empty database`);
  });
}

/** Everything that the migrations made. Extensions and what belongs to them stay. */
async function dropAll(owner: PgSettings, role: string | undefined): Promise<void> {
  await withClient(owner, async (client) => {
    await client.query('drop schema if exists jobs cascade');
    const { rows } = await client.query<{ command: string }>(
      `select format('drop %s if exists %s cascade', case c.relkind when 'v' then 'view' else 'table' end, c.oid::regclass) as command
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p', 'v') and not c.relispartition
         and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
       union all
       select format('drop routine if exists %s cascade', p.oid::regprocedure) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'
         and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
    );
    for (const { command } of rows) await client.query(command);
    if (role === undefined) return;
    const quoted = client.escapeIdentifier(role);
    await client.query(`revoke all on schema public from ${quoted}`);
    await client.query(`revoke all on database ${client.escapeIdentifier(owner.database)} from ${quoted}`);
    await client.query(`drop role if exists ${quoted}`);
  });
}

export async function withClient<T>(settings: PgSettings, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...settings, ssl: settings.ssl ?? false, application_name: 'underseal restore' });
  // A connection that breaks fails the query under way; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function hasBlobs(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}
