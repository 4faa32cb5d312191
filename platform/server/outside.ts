import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { ConfigError } from './config.ts';
import type { DatabaseSettings, PgSettings } from './db.ts';

interface Outside {
  readonly owner: PgSettings;
  readonly app: PgSettings | undefined;
  /** Keeps the password of the role that we made, 0600. */
  readonly file: string;
}

/** Opens an outside PostgreSQL 15 or newer. Makes the application's role if none is given. */
export async function openOutside({ owner, app, file }: Outside): Promise<{ settings: DatabaseSettings; close(): Promise<void> }> {
  const client = new pg.Client(owner);
  await client.connect().catch((error: unknown) => {
    throw new ConfigError([
      `DATABASE_URL leads to no database (${(error as { code?: string }).code ?? 'no answer'}): see that the server runs there, and that role, password and database are right`,
    ]);
  });
  try {
    const version = Number((await client.query<{ server_version_num: string }>('show server_version_num')).rows[0]!.server_version_num);
    if (version < 150_000) throw new Error('Cannot start: DATABASE_URL names a PostgreSQL older than 15; upgrade it');
    const settings = { owner, app: app ?? (await makeRole(client, owner, file)) };
    await assertOwnsNothing(client, settings.app.user);
    return { settings, close: async () => undefined };
  } finally {
    await client.end();
  }
}

async function makeRole(client: pg.Client, owner: PgSettings, file: string): Promise<PgSettings> {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { user: string; password: string }) : undefined;
  const { user, password } = kept ?? { user: `underseal_app_${randomBytes(4).toString('hex')}`, password: randomBytes(24).toString('base64url') };
  try {
    if (!kept) {
      await client.query(`create role ${client.escapeIdentifier(user)} login password ${client.escapeLiteral(password)}`);
      writeFileSync(file, JSON.stringify({ user, password }), { mode: 0o600 });
    }
  } catch (error) {
    throw new Error('Cannot start: the role of DATABASE_URL may not create roles; make one that owns nothing and name it in DATABASE_APP_URL', {
      cause: error,
    });
  }
  await client.query(`grant connect on database ${client.escapeIdentifier(owner.database)} to ${client.escapeIdentifier(user)}`);
  return { ...owner, user, password };
}

async function assertOwnsNothing(client: pg.Client, user: string) {
  const { rows } = await client.query<{ strong: boolean; owns: boolean }>(
    `select r.rolsuper or r.rolcreaterole or r.rolbypassrls or pg_has_role(r.oid, current_user, 'MEMBER') as strong,
       exists(select from pg_class c where c.relowner = r.oid) or exists(select from pg_namespace n where n.nspowner = r.oid)
         or exists(select from pg_database d where d.datname = current_database() and d.datdba = r.oid) as owns
     from pg_roles r where r.rolname = $1`,
    [user],
  );
  if (!rows[0]) throw new Error('Cannot start: the role of DATABASE_APP_URL does not exist');
  if (rows[0].strong || rows[0].owns)
    throw new Error(
      'Cannot start: the role of DATABASE_APP_URL is too strong; it must own nothing, be no superuser, and be no member of the role of DATABASE_URL',
    );
}
