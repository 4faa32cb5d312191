import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createDirectoryBlobs, type BlobStore } from '../blobs.ts';
import { inData, type Config } from '../config.ts';
import { openPool, type DatabaseSettings } from '../db.ts';
import { startJobs } from '../jobs.ts';
import { createKeyStore } from '../key-store.ts';
import { openKeyRing, readRecoveryKit, type RootKey } from '../keys.ts';
import { toRootKey } from '../keys/root.ts';
import { restored } from '../ledger/events.ts';
import { pend, writeEntries } from '../ledger/outbox.ts';
import { createLog } from '../log.ts';
import { findForeignStep, migrate } from '../migrate.ts';
import type { Clock } from '../ports.ts';
import { openArchive, type Archive } from './archive.ts';
import { assertGoingOn } from './backup.ts';
import { BackupError } from './error.ts';
import { nameLacking, WaitingJobs, type Lacking, type Manifest } from './format.ts';
import { openEmpty, withClient } from './place.ts';
import { findKeeper } from './keeper.ts';
import { listTables } from './rows.ts';
import { verifyRestored, type Proof } from './verify.ts';

export interface Restoring {
  readonly config: Config;
  readonly file: string;
  /** Text of the recovery kit. */
  readonly kit: string;
  readonly clock: Clock;
  /** Restores a backup in which documents are missing. */
  readonly incomplete?: boolean;
  readonly onProgress?: (done: { readonly part: 'rows' | 'blobs' | 'proof'; readonly bytes: number }) => void;
  readonly signal?: AbortSignal;
}
export interface RestoreReport extends Proof {
  readonly createdAt: string;
  readonly origin: string;
  readonly rootKey: string;
  readonly rootKeyFile: string;
  /** Documents that were missing when the backup was written, and are not here either. */
  readonly lacking: readonly Lacking[];
}

/** Restores into an empty place, and proves that what is there is what was backed up. On any failure the place is empty again. */
export async function restoreBackup(parts: Restoring): Promise<RestoreReport> {
  const { config, file } = parts;
  const key = readRecoveryKit(parts.kit);
  const root = toRootKey(Buffer.from(key));
  try {
    const archive = await openArchive(file, root);
    try {
      await assertKnownSteps(archive.manifest);
      if (!parts.incomplete) assertComplete(archive.manifest);
      const keeper = await findKeeper(config, root);
      const place = await openEmpty(config);
      try {
        const proof = await fill(parts, { archive, root, settings: place.settings });
        await goOn(parts, { archive, root, settings: place.settings });
        // Last: without it nothing starts, so that one who was killed before has left nothing that goes on as if it were whole.
        await keeper.keep(Buffer.from(key));
        await place.close();
        return {
          ...proof,
          createdAt: archive.manifest.createdAt,
          origin: archive.manifest.origin,
          rootKey: root.id,
          rootKeyFile: keeper.file,
          lacking: archive.manifest.lacking,
        };
      } catch (error) {
        keeper.forget();
        await place.clear();
        throw error;
      }
    } finally {
      await archive.close();
    }
  } finally {
    key.fill(0);
    root.close();
  }
}

function assertComplete({ lacking }: Manifest): void {
  if (lacking.length === 0) return;
  throw new BackupError(
    'incomplete',
    `Cannot restore: this backup is incomplete, ${lacking.length === 1 ? 'a document is' : `${lacking.length} documents are`} not in it`,
    {
      details: nameLacking(lacking),
    },
  );
}

/** The backup's steps must be the first of this program's own. */
async function assertKnownSteps({ migrations }: Manifest): Promise<void> {
  if ((await findForeignStep(migrations)) === undefined) return;
  throw new BackupError(
    'newer',
    'Cannot restore: this backup was made by a newer or another version of Underseal; restore it with that version, or a newer one',
  );
}

interface Filling {
  readonly archive: Archive;
  readonly root: RootKey;
  readonly settings: DatabaseSettings;
}
/** Rows and blobs, proved before the rows are committed. */
async function fill(parts: Restoring, { archive, root, settings }: Filling): Promise<Proof> {
  const { manifest } = archive;
  await migrate(settings, manifest.migrations.at(-1)!.name);
  const blobs = await createDirectoryBlobs(inData(parts.config, 'blobs'));
  return withClient(settings.owner, async (client) => {
    await client.query(`set timezone to 'UTC'; set datestyle to 'ISO'`);
    await client.query('begin');
    await assertSameTables(client, manifest);
    // Steps may have brought rows of their own; the backup has them too, as they were.
    for (const { name } of [...manifest.tables].reverse()) await client.query(`delete from public.${client.escapeIdentifier(name)}`);
    for (const table of manifest.tables) await copyTable(parts, { client, archive, table });
    for (const { name, value, called } of manifest.sequences)
      await client.query('select setval($1::regclass, $2, $3)', [`public.${client.escapeIdentifier(name)}`, value, called]);
    await copyBlobs(parts, archive, blobs);
    parts.onProgress?.({ part: 'proof', bytes: 0 });
    const proof = await verifyRestored({ client, blobs, root, manifest });
    assertGoingOn(parts.signal);
    await client.query('commit');
    return proof;
  });
}

async function assertSameTables(client: pg.Client, { tables }: Manifest): Promise<void> {
  const spelling = (list: readonly { name: string; columns: readonly string[] }[]) =>
    JSON.stringify(list.map(({ name, columns }) => [name, [...columns].sort()]).sort());
  if (spelling(await listTables(client)) !== spelling(tables))
    throw new BackupError('newer', 'Cannot restore: the tables of this backup are not those that its steps make');
}

interface Copying {
  readonly client: pg.Client;
  readonly archive: Archive;
  readonly table: Manifest['tables'][number];
}
async function copyTable(parts: Restoring, { client, archive, table }: Copying): Promise<void> {
  if (table.rows === 0) return;
  const hash = createHash('sha256');
  let bytes = 0;
  async function* pieces() {
    for (let chunk = 0; archive.has(`tables/${table.name}/${chunk}`); chunk++) {
      for await (const piece of archive.read(`tables/${table.name}/${chunk}`)) {
        assertGoingOn(parts.signal);
        hash.update(piece);
        bytes += piece.length;
        parts.onProgress?.({ part: 'rows', bytes });
        yield piece;
      }
    }
  }
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(', ');
  await pipeline(
    Readable.from(pieces(), { objectMode: false }),
    client.query(copyFrom(`copy public.${client.escapeIdentifier(table.name)} (${columns}) from stdin`)),
  );
  if (bytes !== table.bytes || hash.digest('hex') !== table.sha256)
    throw new BackupError('file_damaged', `Cannot restore: the rows of table "${table.name}" changed while they were read`);
}

async function copyBlobs(parts: Restoring, archive: Archive, blobs: BlobStore): Promise<void> {
  let done = 0;
  for (const { id } of archive.manifest.blobs) {
    const writer = await blobs.create(id);
    try {
      for await (const piece of archive.read(`blobs/${id}`)) {
        assertGoingOn(parts.signal);
        await writer.write(piece);
        done += piece.length;
        parts.onProgress?.({ part: 'blobs', bytes: done });
      }
      await writer.finish();
    } finally {
      await writer.close();
    }
  }
}

/** To the newest steps; then the ledger goes on, and says where from; then work that waited is queued again. */
async function goOn({ clock }: Restoring, { archive, root, settings }: Filling): Promise<void> {
  await migrate(settings);
  const { db, close } = openPool(settings.app, { max: 2 });
  try {
    const keys = await openKeyRing(root, createKeyStore(db), clock);
    const { size, root: head } = archive.manifest.ledger;
    await db
      .transaction()
      .execute((tx) => writeEntries(tx, [pend(restored, { size, root: head })], { keys, actor: 'system', at: clock.now(), via: 'platform.restore' }));
    keys.close();
  } finally {
    await close();
  }
  const pieces: Buffer[] = [];
  for await (const piece of archive.read('jobs.json')) pieces.push(piece);
  const waiting = WaitingJobs.parse(JSON.parse(Buffer.concat(pieces).toString('utf8')));
  if (waiting.length === 0) return;
  const jobs = await startJobs(settings.owner, createLog('silent'));
  try {
    for (const { name, data, key } of waiting) await jobs.send(name, data, key ?? undefined);
  } finally {
    await jobs.close();
  }
}
