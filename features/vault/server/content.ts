import type { IncomingMessage } from 'node:http';
import { Failure, type Operation } from '@underseal/contract';
import type { Actor } from '#platform/server/actor.ts';
import { BlobError } from '#platform/server/blobs.ts';
import type { ByteDoor } from '#platform/server/http/parts.ts';
import { openContent, resumeSealing, startSealing, storedOffset, type SealedManifest, type Sealing } from '#platform/server/sealed-stream.ts';
import type { Services } from '#platform/server/services.ts';
import { spendTicket, ticketMissing } from '#platform/server/tickets.ts';
import { vault, vaultFailures } from '../contract.ts';
import { assertOpenUpload, contentContext, digestIndex, nameContext } from './rules.ts';
import { findUpload, findVersion, keepJournal, keepWhole, type UploadRow } from './store.ts';

const GATE_EVERY_MS = 1000;

/** How bytes come into the vault and leave it: for a spent ticket, sealed as they arrive, with the gate asked again each second. */
export function createVaultBytes(services: Services): Required<ByteDoor> {
  const busy = new Set<string>();
  return {
    async put({ body, headers, ticket, actor, again }) {
      const uploadId = await spend(services, ticket, { actor, operation: vault.begin, kind: 'vault.put' });
      if (busy.has(uploadId)) throw vaultFailures.offsetDiffers('Cannot take these bytes: another connection is sending the same upload');
      busy.add(uploadId);
      try {
        return await receive(services, { uploadId, body, actor, again, operation: vault.finish, offset: Number(headers['upload-offset'] ?? 0) });
      } finally {
        busy.delete(uploadId);
      }
    },
    async get({ ticket, actor, again, signal }) {
      const version = await readVersion(services, await spend(services, ticket, { actor, operation: vault.open, kind: 'vault.get' }));
      const asker = { actor, again, operation: vault.open };
      await assertStillOpen(services, asker, version);
      return { bytes: guarded(services, { ...asker, version, signal }), size: version.bytes, name: version.name };
    },
  };
}

interface Spending {
  readonly actor: Actor;
  /** Which gave the ticket. */
  readonly operation: Operation;
  readonly kind: keyof typeof FOR;
}
const FOR = { 'vault.put': 'uploadId', 'vault.get': 'versionId' } as const;
/** What the ticket is for. One that is of somebody else, spent or too old is refused as at the door. */
async function spend(services: Services, ticket: string, { actor, operation, kind }: Spending): Promise<string> {
  try {
    const spent = await spendTicket(services.db, ticket, { actor, now: services.clock.now(), keys: services.keys });
    if (spent.kind !== kind) throw ticketMissing('Cannot find this ticket: ask for a new one');
    return String(spent.payload[FOR[kind]]);
  } catch (error) {
    if (error instanceof Failure) await services.refusals.record(error, actor, { operation: operation.name, subject: undefined });
    throw error;
  }
}

interface Receiving extends Asker {
  readonly uploadId: string;
  readonly body: IncomingMessage;
  readonly offset: number;
}
async function receive(services: Services, { uploadId, body, offset, ...asker }: Receiving): Promise<{ received: number; whole: boolean }> {
  const upload = await findUpload(services.db, uploadId);
  assertOpenUpload(upload);
  await assertStillOpen(services, asker, { id: uploadId });
  if (upload.manifest) return { received: upload.declared_bytes, whole: true };
  const sealing = await openSealing(services, upload);
  if (offset !== sealing.plainOffset) throw vaultFailures.offsetDiffers(`Cannot take these bytes: the upload goes on at ${sealing.plainOffset}`);
  await keepJournal(services.db, uploadId, { journal: sealing.journal, at: services.clock.now() });
  const writer =
    sealing.sealedOffset === 0 ? await services.blobs.create(upload.blob_id) : await services.blobs.openAppend(upload.blob_id, sealing.sealedOffset);
  let received = offset;
  let askedAt = performance.now();
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      received += piece.length;
      if (received > upload.declared_bytes) throw vaultFailures.tooManyBytes('Cannot take these bytes: more arrive than were declared');
      const sealed = sealing.update(piece);
      if (sealed.length > 0) await writer.write(sealed);
      if (performance.now() - askedAt > GATE_EVERY_MS) {
        await assertStillOpen(services, asker, { id: uploadId });
        askedAt = performance.now();
      }
    }
    if (received < upload.declared_bytes) {
      await writer.sync();
      return { received, whole: false };
    }
    const { sealed, manifest, sha256 } = sealing.finish();
    await writer.write(sealed);
    await writer.sync();
    await keepWhole(services.db, uploadId, {
      manifest,
      digestIndex: digestIndex(services, { secretId: upload.secret_id, digest: sha256.toString('hex') }),
      at: services.clock.now(),
    });
    await writer.finish();
    return { received, whole: true };
  } catch (error) {
    if (error instanceof BlobError && error.code === 'no_space')
      throw vaultFailures.noSpace('Cannot store this document: the disk is full; nothing that was stored is lost');
    throw error;
  } finally {
    await writer.close();
  }
}

/** Where an upload that broke off goes on. */
export async function findOffset(services: Services, upload: UploadRow): Promise<number> {
  if (upload.manifest) return upload.declared_bytes;
  return (await openSealing(services, upload)).plainOffset;
}

/** How much of an upload arrived, by sizes alone: cheap enough for a list, where `findOffset` reads all that is there. */
export async function countReceived({ blobs }: Services, upload: UploadRow): Promise<number> {
  if (upload.manifest) return upload.declared_bytes;
  const journal = upload.journal as Sealing['journal'];
  return journal.length === 0 ? 0 : storedOffset(journal, await blobs.size(upload.blob_id).catch(() => 0));
}

async function openSealing(services: Services, upload: UploadRow): Promise<Sealing> {
  const context = contentContext({ secretId: upload.secret_id, documentId: upload.document_id, versionId: upload.version_id });
  const key = services.keys.openDataKey('vault', upload.key_wrapped, context);
  const journal = upload.journal as Sealing['journal'];
  const storedSize = journal.length === 0 ? 0 : await services.blobs.size(upload.blob_id).catch(() => 0);
  if (storedSize === 0) return startSealing({ key, context });
  return resumeSealing({ key, context, journal, storedSize, read: (at, length) => services.blobs.read(upload.blob_id, at, length) });
}

export interface OpenVersion {
  readonly id: string;
  readonly secretId: string;
  readonly documentId: string;
  readonly number: number;
  readonly name: string;
  readonly bytes: number;
  whole(): AsyncIterable<Buffer>;
}
/** Opens one version for reading. Whoever calls answers for the decision: the byte door above, and the guard, which fingerprints. */
export async function readVersion(services: Services, versionId: string): Promise<OpenVersion> {
  const version = await findVersion(services.db, versionId);
  if (!version?.key_wrapped) throw vaultFailures.documentMissing('Cannot find this version');
  const context = contentContext({ secretId: version.secret_id, documentId: version.document_id, versionId: version.id });
  const key = services.keys.openDataKey('vault', version.key_wrapped, context);
  const content = openContent({
    key,
    context,
    manifest: version.manifest as SealedManifest,
    read: (at, length) => services.blobs.read(version.blob_id, at, length),
  });
  const name = services.keys.openText('vault', nameContext(version.secret_id, version.id), version.name_sealed);
  return {
    id: version.id,
    secretId: version.secret_id,
    documentId: version.document_id,
    number: version.number,
    name,
    bytes: version.bytes,
    whole: () => content.whole(),
  };
}

interface Guarded extends Asker {
  readonly version: OpenVersion;
  readonly signal: AbortSignal;
}
async function* guarded(services: Services, { version, signal, ...asker }: Guarded): AsyncGenerator<Buffer> {
  let askedAt = performance.now();
  for await (const piece of version.whole()) {
    if (signal.aborted) return;
    if (performance.now() - askedAt > GATE_EVERY_MS) {
      await assertStillOpen(services, asker, version);
      askedAt = performance.now();
    }
    yield piece;
  }
}

interface Asker {
  readonly actor: Actor;
  readonly again: () => Promise<Actor | undefined>;
  /** By which it was asked for: a role that was taken ends it as a grant does that has ended. */
  readonly operation: Operation;
}
async function assertStillOpen(services: Services, { actor, again, operation }: Asker, { id, secretId }: { id: string; secretId?: string }): Promise<void> {
  const subject = await services.gate.decide(services.db, { actor, id, at: services.clock.now(), hold: false });
  const now = await again();
  if (now?.id === actor.id && now.permissions.has(operation.needs) && subject?.may.open && (secretId === undefined || subject.secretId === secretId)) return;
  const ended = vaultFailures.documentMissing('Cannot go on: access has ended');
  await services.refusals.record(ended, actor, { operation: operation.name, subject: id });
  throw ended;
}
