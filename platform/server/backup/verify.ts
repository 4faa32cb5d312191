import { createHash } from 'node:crypto';
import { appendHashes, ed25519Verifier, emptyTree, formatVkey, leafHash, openCheckpoint, treeRoot } from '@underseal/ledger';
import type pg from 'pg';
import type { BlobStore } from '../blobs.ts';
import { assertSameRoot, openKeyRing, type KeyRing, type KeyRow, type RootKey } from '../keys.ts';
import { sha256, verifyEd25519 } from '../ledger/hash.ts';
import { BackupError } from './error.ts';
import type { Manifest } from './format.ts';
import { listReliedOn, listTables } from './rows.ts';

/** What a restore has shown to be as it was. */
export interface Proof {
  readonly tables: number;
  readonly rows: number;
  readonly entries: number;
  readonly root: string;
  readonly checkpointSigned: boolean;
  readonly waiting: number;
  readonly disclosures: number;
  readonly blobs: number;
  readonly blobBytes: number;
}
interface Verifying {
  /** Sees the restored rows: within their transaction. */
  readonly client: pg.ClientBase;
  readonly blobs: BlobStore;
  readonly root: RootKey;
  readonly manifest: Manifest;
}
const BATCH = 2000;
const PIECE_BYTES = 1 << 20;

/** Proves what was restored against the manifest and against itself. Throws `not_whole`, naming what is not as it was. */
export async function verifyRestored(parts: Verifying): Promise<Proof> {
  const rows = await verifyCounts(parts);
  const keys = await openKeys(parts);
  const ledger = await verifyLedger(parts, keys);
  keys.close();
  return { tables: parts.manifest.tables.length, rows, ...ledger, ...(await verifyBlobs(parts)) };
}

async function verifyCounts({ client, manifest }: Verifying): Promise<number> {
  let total = 0;
  for (const { name, rows } of manifest.tables) {
    const count = (await client.query<{ count: number }>(`select count(*) as count from public.${client.escapeIdentifier(name)}`)).rows[0]!.count;
    if (count !== rows) throw notWhole(`table "${name}" has ${count} rows, not ${rows}`);
    total += rows;
  }
  return total;
}

/** Opens every key: that the root key is the right one is then no longer a claim. */
async function openKeys({ client, root }: Verifying): Promise<KeyRing> {
  const check = (await client.query<{ root_check: Buffer }>('select root_check from platform_installation')).rows[0];
  if (!check) throw notWhole('it is bound to no root key');
  assertSameRoot(root, check.root_check);
  const refuse = async () => Promise.reject(new Error('Cannot change keys while verifying'));
  return openKeyRing(root, {
    load: async (purpose, subject) =>
      (
        await client.query<KeyRow>(
          'select id, purpose, subject, wrapped, created_at as "createdAt", destroyed_at as "destroyedAt" from platform_key where purpose = $1 and subject is not distinct from $2',
          [purpose, subject],
        )
      ).rows[0],
    insert: refuse,
    destroy: refuse,
  });
}

/** Every entry anew: its leaf gives its digest, the digests give the tree, the tree has the root that the checkpoint signs. */
async function verifyLedger({ client, manifest }: Verifying, keys: KeyRing) {
  let state = emptyTree();
  await client.query('declare entries no scroll cursor for select index, leaf, digest from ledger_entry order by index');
  for (;;) {
    const { rows } = await client.query<{ index: number; leaf: Buffer; digest: Buffer }>(`fetch ${BATCH} from entries`);
    if (rows.length === 0) break;
    const leafHashes = rows.map(({ index, leaf, digest }, i) => {
      const own = leafHash(sha256, leaf);
      if (index !== state.size + i || !digest.equals(own)) throw notWhole(`ledger entry ${state.size + i} is missing or changed`);
      return own;
    });
    state = appendHashes(sha256, state, leafHashes).state;
  }
  await client.query('close entries');
  const root = Buffer.from(treeRoot(sha256, state)).toString('hex');
  if (state.size !== manifest.ledger.size || root !== manifest.ledger.root) throw notWhole('the ledger has another root than the one it had');
  if (manifest.ledger.note !== null) await verifyCheckpoint({ manifest, note: manifest.ledger.note, keys, root, size: state.size });
  const loose = (
    await client.query<{ count: number }>(
      'select count(*) as count from ledger_disclosure d where not exists (select from ledger_entry e where e.id = d.entry_id) and not exists (select from ledger_outbox o where o.id = d.entry_id) and not exists (select from ledger_rejected r where r.id = d.entry_id)',
    )
  ).rows[0]!.count;
  if (loose > 0) throw notWhole(`${loose} disclosures belong to no ledger entry`);
  const countOf = (name: string) => manifest.tables.find((table) => table.name === name)?.rows ?? 0;
  return {
    entries: state.size,
    root,
    checkpointSigned: manifest.ledger.note !== null,
    waiting: countOf('ledger_outbox'),
    disclosures: countOf('ledger_disclosure'),
  };
}

interface Head {
  readonly manifest: Manifest;
  readonly note: string;
  readonly keys: KeyRing;
  readonly root: string;
  readonly size: number;
}
async function verifyCheckpoint({ manifest, note, keys, root, size }: Head): Promise<void> {
  const { publicKey, name } = keys.checkpointSigner(manifest.origin);
  const log = ed25519Verifier(sha256, formatVkey(sha256, name, publicKey), verifyEd25519);
  try {
    const checkpoint = await openCheckpoint(note, { log });
    if (checkpoint.size === size && Buffer.from(checkpoint.root).toString('hex') === root) return;
  } catch (error) {
    throw new BackupError('not_whole', 'Cannot restore: the signature of the last checkpoint does not hold', { cause: error });
  }
  throw notWhole('the last checkpoint is of another tree');
}

async function verifyBlobs({ client, blobs, manifest }: Verifying): Promise<{ blobs: number; blobBytes: number }> {
  const kept = new Map(manifest.blobs.map((blob) => [blob.id, blob]));
  let blobBytes = 0;
  for (const { id, bytes, sha256: wanted } of kept.values()) {
    const hash = createHash('sha256');
    for (let at = 0; at < bytes; at += PIECE_BYTES) hash.update(await blobs.read(id, at, PIECE_BYTES));
    if ((await blobs.size(id)) !== bytes || hash.digest('hex') !== wanted) throw notWhole(`the stored document "${id}" is not as it was`);
    blobBytes += bytes;
  }
  const lacking = new Set(manifest.lacking.map(({ id }) => id));
  for (const { id, bytes } of await listReliedOn(client, await listTables(client))) {
    if (!lacking.has(id) && kept.get(id)?.bytes !== bytes) throw notWhole(`the stored document "${id}", which a row tells of, is missing or of another size`);
  }
  return { blobs: kept.size, blobBytes };
}

function notWhole(state: string): BackupError {
  return new BackupError('not_whole', `Cannot restore: ${state}`);
}
