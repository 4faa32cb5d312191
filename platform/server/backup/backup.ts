import { createHash } from 'node:crypto';
import { access, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { BlobError, type BlobStore } from '../blobs.ts';
import type { PgSettings } from '../db.ts';
import { syncFolder } from '../durable-files.ts';
import { assertSameRoot, type RootKey } from '../keys.ts';
import { sha256 } from '../ledger/hash.ts';
import type { Clock } from '../ports.ts';
import { BackupError } from './error.ts';
import { FORMAT, macOf, type Lacking, type Manifest } from './format.ts';
import { listJobs, listMigrations, listReliedOn, listSequences, listTables, type ReliedOn, type TableShape } from './rows.ts';
import { createTarWriter, type TarWriter } from './tar.ts';

const CHUNK_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 20;

export interface BackingUp {
  readonly owner: PgSettings;
  readonly root: RootKey;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Must not exist yet. */
  readonly file: string;
  readonly onProgress?: (done: { readonly part: 'rows' | 'blobs'; readonly bytes: number }) => void;
  readonly signal?: AbortSignal;
}
export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly createdAt: string;
  readonly rootKey: string;
  readonly tables: number;
  readonly rows: number;
  readonly blobs: number;
  /** Documents that are not in it; with any, it is incomplete. */
  readonly lacking: readonly Lacking[];
  readonly ledger: { readonly size: number; readonly root: string };
}

/**
 * Writes a backup of a running or resting installation: one snapshot of all rows, and the blobs that these name. The file is whole or not there; a blob that
 * cannot be read whole stops nothing, and is named in the report and in the file.
 */
export async function writeBackup(parts: BackingUp): Promise<BackupReport> {
  const { file } = parts;
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    throw new BackupError('file_exists', `Cannot back up to "${file}": there is a file of that name`);
  const part = `${file}.part`;
  const handle = await open(part, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new BackupError('file_exists', `Cannot back up to "${file}": "${part}" is there; another backup is running, or one was killed: then remove it`);
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new BackupError('file_missing', `Cannot back up to "${file}": there is no such folder`);
    throw error;
  });
  try {
    const manifest = await writeAll(parts, handle);
    await handle.sync();
    const { size } = await handle.stat();
    await handle.close();
    await rename(part, file);
    await syncFolder(path.dirname(path.resolve(file)));
    return {
      file,
      bytes: size,
      createdAt: manifest.createdAt,
      rootKey: manifest.rootKey,
      tables: manifest.tables.length,
      rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
      blobs: manifest.blobs.length,
      lacking: manifest.lacking,
      ledger: { size: manifest.ledger.size, root: manifest.ledger.root },
    };
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw new BackupError('no_space', `Cannot back up to "${file}": its disk is full`, { cause: error });
    throw error;
  }
}

async function writeAll(parts: BackingUp, handle: FileHandle): Promise<Manifest> {
  const createdAt = parts.clock.now();
  const about = { format: FORMAT, rootKey: parts.root.id, createdAt: createdAt.toISOString() } as const;
  const tar = createTarWriter(handle, createdAt);
  await tar.add('about.json', json(about));
  const { reliedOn, ...rows } = await copyRows(parts, tar);
  const manifest: Manifest = { ...about, ...rows, ...(await copyBlobs(parts, tar, reliedOn)) };
  await tar.add('manifest.json', json(manifest));
  await tar.add('manifest.mac', Buffer.from(macOf(parts.root, tar.digest())));
  await tar.finish();
  return manifest;
}

/** All rows as they were at one moment. Blobs that they name are fixed by then, so they can be read after it. */
async function copyRows(parts: BackingUp, tar: TarWriter) {
  const client = new pg.Client({ ...parts.owner, ssl: parts.owner.ssl ?? false, application_name: 'underseal backup' });
  // A connection that breaks fails the query under way; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`set timezone to 'UTC'; set datestyle to 'ISO'; set extra_float_digits to 3`);
    await client.query('begin isolation level repeatable read read only');
    const installation = await requireInstallation(client, parts.root);
    const shapes = await listTables(client);
    const tables: Manifest['tables'] = [];
    for (const shape of shapes) tables.push(await copyTable(parts, { client, tar, shape }));
    const jobs = await listJobs(client);
    const jobBytes = json(jobs);
    await tar.add('jobs.json', jobBytes);
    const result = {
      origin: installation.origin,
      migrations: await listMigrations(client),
      tables,
      sequences: await listSequences(client),
      jobs: { count: jobs.length, sha256: hex(jobBytes) },
      ledger: await readHead(client),
      reliedOn: await listReliedOn(client, shapes),
    };
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

async function requireInstallation(client: pg.Client, root: RootKey): Promise<{ origin: string }> {
  const { rows: there } = await client.query<{ there: boolean }>(`select to_regclass('public.platform_installation') is not null as there`);
  const row = there[0]!.there
    ? (await client.query<{ origin: string; root_check: Buffer }>('select origin, root_check from platform_installation')).rows[0]
    : undefined;
  if (!row) throw new BackupError('nothing_here', 'Cannot back up: this database holds no Underseal yet');
  assertSameRoot(root, row.root_check);
  return row;
}

async function copyTable(
  parts: BackingUp,
  { client, tar, shape }: { client: pg.Client; tar: TarWriter; shape: TableShape },
): Promise<Manifest['tables'][number]> {
  const columns = shape.columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const stream = client.query(copyTo(`copy (select ${columns} from public.${client.escapeIdentifier(shape.name)}) to stdout`));
  const hash = createHash('sha256');
  let [bytes, rows, chunk, pieces, held] = [0, 0, 0, [] as Buffer[], 0];
  const flush = async () => {
    if (held === 0) return;
    await tar.add(`tables/${shape.name}/${chunk++}`, Buffer.concat(pieces));
    [pieces, held] = [[], 0];
    parts.onProgress?.({ part: 'rows', bytes });
  };
  for await (const piece of stream as AsyncIterable<Buffer>) {
    assertGoingOn(parts.signal);
    hash.update(piece);
    rows += countRows(piece);
    pieces.push(piece);
    held += piece.length;
    bytes += piece.length;
    if (held >= CHUNK_BYTES) await flush();
  }
  await flush();
  return { name: shape.name, columns: [...shape.columns], rows, bytes, sha256: hash.digest('hex') };
}

/** COPY text ends each row with a line feed and spells those within rows otherwise. */
function countRows(piece: Buffer): number {
  let rows = 0;
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) rows++;
  return rows;
}

async function readHead(client: pg.Client): Promise<Manifest['ledger']> {
  const head = (await client.query<{ size: number; root: Buffer; note: string }>('select size, root, note from ledger_checkpoint order by size desc limit 1'))
    .rows[0];
  return head
    ? { size: head.size, root: head.root.toString('hex'), note: head.note }
    : { size: 0, root: Buffer.from(sha256(new Uint8Array())).toString('hex'), note: null };
}

async function copyBlobs(parts: BackingUp, tar: TarWriter, reliedOn: readonly ReliedOn[]): Promise<Pick<Manifest, 'blobs' | 'lacking'>> {
  const blobs: Manifest['blobs'] = [];
  const lacking: Lacking[] = [];
  let done = 0;
  for (const { id, bytes, of } of reliedOn) {
    assertGoingOn(parts.signal);
    let why = await findLack(parts.blobs, { id, bytes });
    if (why === undefined) {
      const hash = createHash('sha256');
      const pieces = async function* () {
        for (let at = 0; at < bytes; at += PIECE_BYTES) {
          assertGoingOn(parts.signal);
          const length = Math.min(PIECE_BYTES, bytes - at);
          // Its place in the file is as long as was said: what cannot be read is filled.
          const read = why === undefined ? await readPiece(parts.blobs, { id, at, length }) : { piece: undefined, why };
          why = read.why;
          const piece = read.piece ?? Buffer.alloc(length);
          hash.update(piece);
          done += length;
          parts.onProgress?.({ part: 'blobs', bytes: done });
          yield piece;
        }
      };
      await tar.addPieces(`blobs/${id}`, bytes, pieces());
      if (why === undefined) blobs.push({ id, bytes, sha256: hash.digest('hex') });
    }
    if (why !== undefined) lacking.push({ id, bytes, why, of: [...of] });
  }
  return { blobs, lacking };
}

async function findLack(blobs: BlobStore, { id, bytes }: { id: string; bytes: number }): Promise<Lacking['why'] | undefined> {
  try {
    return (await blobs.size(id)) === bytes ? undefined : 'damaged';
  } catch (error) {
    return lackOf(error);
  }
}
interface Place {
  readonly id: string;
  readonly at: number;
  readonly length: number;
}
async function readPiece(blobs: BlobStore, { id, at, length }: Place): Promise<{ piece: Buffer | undefined; why: Lacking['why'] | undefined }> {
  try {
    const piece = await blobs.read(id, at, length);
    return piece.length === length ? { piece, why: undefined } : { piece: undefined, why: 'damaged' };
  } catch (error) {
    return { piece: undefined, why: lackOf(error) };
  }
}
function lackOf(error: unknown): Lacking['why'] {
  if (error instanceof BlobError && error.code === 'missing') return 'missing';
  if (error instanceof BlobError && error.code === 'unavailable') return 'unreadable';
  throw error;
}

export function assertGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BackupError('stopped', 'Stopped, as was asked');
}
function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
