import { readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { PgSettings } from '#platform/server/db.ts';
import type { BlobStore } from '#platform/server/blobs.ts';
import { command } from './global.ts';

/** A marker in every shape in which it could be left behind. */
export function shapesOf(marker: string): ReadonlyMap<string, Buffer> {
  const utf8 = Buffer.from(marker);
  const utf16 = Buffer.from(marker, 'utf16le');
  const shapes = new Map<string, Buffer>([
    ['UTF-8', utf8],
    ['UTF-8 in small letters', Buffer.from(marker.toLowerCase())],
    ['UTF-16', utf16],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['HEX', Buffer.from(utf8.toString('hex').toUpperCase())],
    ['hex of UTF-16', Buffer.from(utf16.toString('hex'))],
  ]);
  for (const lead of [0, 1, 2]) {
    for (const [name, bytes] of [
      ['base64', utf8],
      ['base64 of UTF-16', utf16],
    ] as const)
      shapes.set(`${name}, ${lead} bytes in`, Buffer.from(innerBase64(bytes, lead)));
  }
  return shapes;
}
/** The part of base64 that these bytes alone decide, wherever they lie in what is encoded. None has + or /, so that it is also that of base64url. */
function innerBase64(bytes: Buffer, lead: number): string {
  const whole = Buffer.concat([Buffer.alloc(lead), bytes]);
  return whole.toString('base64').slice(Math.ceil((lead * 8) / 6), Math.floor((whole.length * 8) / 6));
}

/** The shapes found in `bytes`, with what follows the first, so that a failing test tells which field was left behind. */
export function findShapes(bytes: Buffer, shapes: ReadonlyMap<string, Buffer>): string[] {
  return [...shapes].flatMap(([name, shape]) => {
    const at = bytes.indexOf(shape);
    return at < 0 ? [] : [`${name}: ...${bytes.subarray(at, at + shape.length + 16).toString('latin1')}`];
  });
}

/** Every row of every table of every schema, as the database prints it: bytea as hex. */
export async function eachTable(owner: PgSettings): Promise<Map<string, Buffer>> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`,
    );
    const tables = new Map<string, Buffer>();
    for (const { schema, name } of rows) {
      const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
      const { rows: lines } = await client.query<{ line: string }>(`select t::text as line from ${table} t`);
      tables.set(`${schema}.${name}`, Buffer.from(lines.map(({ line }) => line).join('\n')));
    }
    return tables;
  } finally {
    await client.end();
  }
}

export async function eachBlob(blobs: BlobStore): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const { id, size } of blobs.list()) found.set(id, await blobs.read(id, 0, size));
  return found;
}

/** The files in which the embedded database keeps this database, and its write-ahead log; undefined where they cannot be read. */
export async function databaseFiles({ host, database }: PgSettings): Promise<string[] | undefined> {
  try {
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commandOf(pid));
    const server = commands.find((words) => words.includes(`unix_socket_directories=${host}`))!;
    const data = server[server.indexOf('-D') + 1]!;
    const { superuser } = JSON.parse(readFileSync(path.join(data, '..', 'pg.json'), 'utf8')) as { superuser: string };
    const admin: PgSettings = { host, port: 5432, user: 'postgres', password: superuser, database };
    await command(admin, 'checkpoint');
    const client = new pg.Client(admin);
    await client.connect();
    const oid = (await client.query<{ oid: number }>('select oid from pg_database where datname = current_database()')).rows[0]!.oid;
    await client.end();
    return [path.join(data, 'base', String(oid)), path.join(data, 'pg_wal')].flatMap((folder) => filesIn(folder));
  } catch {
    return undefined;
  }
}
function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Files of the folder for temporary ones that changed since `since` and that we may read. */
export function temporaryFiles(since: number): string[] {
  return filesIn(os.tmpdir(), 4).filter((file) => {
    try {
      const { mtimeMs, size } = statSync(file);
      return mtimeMs >= since && size < 1 << 25;
    } catch {
      return false;
    }
  });
}
function filesIn(folder: string, depth = 2): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isFile()) return [file];
      return entry.isDirectory() && depth > 0 ? filesIn(file, depth - 1) : [];
    });
  } catch {
    return [];
  }
}
