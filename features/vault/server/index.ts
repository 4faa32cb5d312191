import { DocumentId, UploadId, type VersionId } from '@underseal/contract';
import type { Tx } from '#platform/server/db.ts';
import { feature, prepared } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { readCursor, toPage } from '#platform/server/paging.ts';
import { z } from 'zod';
import { opened, stored, uploadBegun, uploadDropped, uploadResumed, vault, vaultFailures } from '../contract.ts';
import { cleanName } from '../file-name.ts';
import { countReceived, findOffset } from './content.ts';
import { assertOpenUpload, assertWhole, contentContext, digestIndex, nameContext } from './rules.ts';
import { dropStaleUploads } from './stale.ts';
import {
  endUpload,
  findSame,
  lockDigest,
  findUpload,
  findVersion,
  findVersionNames,
  insertDocument,
  insertUpload,
  insertVersion,
  lastNumber,
  listDocuments,
  listUploads,
  listVersions,
  lockDocument,
  lockUpload,
} from './store.ts';

export { createVaultBytes, readVersion } from './content.ts';

export const vaultFeature = feature(
  vault,
  {
    begin: prepared<typeof vault.begin, NewContent>({
      async prepare({ services }, { secretId, documentId }) {
        const ids = {
          uploadId: services.newId('upl') as UploadId,
          documentId: documentId ?? (services.newId('doc') as DocumentId),
          versionId: services.newId('ver') as VersionId,
        };
        const { wrapped } = await services.keys.newDataKey('vault', contentContext({ secretId, ...ids }));
        return { ...ids, wrapped };
      },
      async run(ctx, { documentId, name, bytes }, made) {
        const { services, subject, now } = ctx;
        if (documentId && (await lockDocument(ctx.tx, documentId))?.secret_id !== subject.secretId)
          throw vaultFailures.documentMissing('Cannot find this document');
        const nameSealed = services.keys.sealText('vault', nameContext(subject.secretId, made.versionId), cleanName(name));
        await insertUpload(ctx.tx, {
          id: made.uploadId,
          secretId: subject.secretId,
          documentId: made.documentId,
          versionId: made.versionId,
          blobId: services.newId('blb'),
          nameSealed,
          bytes,
          keyWrapped: made.wrapped,
          by: ctx.actor.id,
          at: now,
        });
        await ctx.belongs(made.uploadId, subject.secretId);
        ctx.record(uploadBegun, { uploadId: made.uploadId, secretId: subject.secretId as never });
        return { uploadId: made.uploadId, offset: 0, put: await ctx.ticket('vault.put', { uploadId: made.uploadId }) };
      },
    }),

    resume: prepared<typeof vault.resume, { offset: number }>({
      async prepare({ services, db }, { uploadId }) {
        const upload = await findUpload(db, uploadId);
        assertOpenUpload(upload);
        return { offset: await findOffset(services, upload) };
      },
      async run(ctx, { uploadId }, { offset }) {
        assertOpenUpload(await lockUpload(ctx.tx, uploadId));
        ctx.record(uploadResumed, { uploadId, secretId: ctx.subject.secretId as never, offset });
        return { uploadId, offset, put: await ctx.ticket('vault.put', { uploadId }) };
      },
    }),

    async uploads(ctx, { secretId, cursor, limit }) {
      const rows = await listUploads(ctx.tx, { secretId, by: ctx.actor.id }, { after: readCursor(UploadId, cursor), limit: limit + 1 });
      const received = new Map(await Promise.all(rows.map(async (row) => [row.id, await countReceived(ctx.services, row)] as const)));
      return toPage(rows, limit, {
        key: (row) => row.id,
        item: (row) => ({
          id: row.id as UploadId,
          name: openName(ctx.services, { secretId, versionId: row.version_id, sealed: row.name_sealed }),
          bytes: row.declared_bytes,
          received: received.get(row.id)!,
          begunAt: row.begun_at.toISOString(),
        }),
      });
    },

    async same(ctx, { secretId, digest }) {
      const found = await findSame(ctx.tx, digestIndex(ctx.services, { secretId, digest }));
      return { documentId: (found?.document_id as DocumentId | undefined) ?? null, number: found?.number ?? null };
    },

    async finish(ctx, { uploadId, digest }) {
      const upload = await lockUpload(ctx.tx, uploadId);
      assertOpenUpload(upload);
      assertWhole(upload);
      if (!upload.digest_index.equals(digestIndex(ctx.services, { secretId: upload.secret_id, digest })))
        throw vaultFailures.digestDiffers('Cannot finish this upload: the bytes that arrived are not those of the digest');
      await lockDigest(ctx.tx, upload.digest_index);
      const same = await findSame(ctx.tx, upload.digest_index);
      if (same)
        throw vaultFailures.sameAlready(`Cannot keep this twice: the same bytes are kept already, as version ${same.number} of a document here`, [
          same.document_id,
        ]);
      const document = await lockDocument(ctx.tx, upload.document_id);
      if (!document) {
        await insertDocument(ctx.tx, { id: upload.document_id, secretId: upload.secret_id, at: ctx.now });
        await ctx.belongs(upload.document_id, upload.secret_id);
      }
      const number = (await lastNumber(ctx.tx, upload.document_id)) + 1;
      await insertVersion(ctx.tx, { upload, number, at: ctx.now, by: ctx.actor.id });
      await ctx.belongs(upload.version_id, upload.secret_id);
      await endUpload(ctx.tx, uploadId, ctx.now);
      const [documentId, versionId] = [upload.document_id as DocumentId, upload.version_id as VersionId];
      const name = ctx.services.keys.openText('vault', nameContext(upload.secret_id, versionId), upload.name_sealed);
      ctx.record(stored, { secretId: upload.secret_id as never, documentId, versionId, number, name, digest, bytes: upload.declared_bytes });
      return { documentId, versionId, number };
    },

    async drop(ctx, { uploadId }) {
      const upload = await lockUpload(ctx.tx, uploadId);
      assertOpenUpload(upload);
      await endUpload(ctx.tx, uploadId, ctx.now);
      ctx.record(uploadDropped, { uploadId, secretId: upload.secret_id as never });
      return {};
    },

    async list(ctx, { secretId, cursor, limit }) {
      const after = readCursor(DocumentId, cursor);
      const rows = await listDocuments(ctx.tx, secretId, { after, limit: limit + 1 });
      return toPage(rows, limit, {
        key: (row) => row.id,
        item: (row) => ({
          id: row.id as DocumentId,
          secretId,
          name: openName(ctx.services, { secretId, versionId: row.version_id, sealed: row.name_sealed }),
          latest: row.version_id as VersionId,
          version: row.number,
          bytes: row.bytes,
          storedAt: row.stored_at.toISOString(),
          storedBy: row.stored_by as never,
        }),
      });
    },

    async versions(ctx, { documentId, cursor, limit }) {
      const rows = await listVersions(ctx.tx, documentId, { before: readCursor(z.int32(), cursor), limit: limit + 1 });
      return toPage(rows, limit, {
        key: (row) => row.number,
        item: (row) => ({
          id: row.id as VersionId,
          number: row.number,
          name: openName(ctx.services, { secretId: ctx.subject.secretId, versionId: row.id, sealed: row.name_sealed }),
          bytes: row.bytes,
          storedAt: row.stored_at.toISOString(),
          storedBy: row.stored_by as never,
        }),
      });
    },

    async open(ctx, { versionId }) {
      const version = await findVersion(ctx.tx, versionId);
      if (version?.secret_id !== ctx.subject.secretId) throw vaultFailures.documentMissing('Cannot find this version');
      ctx.record(opened, { secretId: ctx.subject.secretId as never, documentId: version.document_id as DocumentId, versionId });
      return {
        name: openName(ctx.services, { secretId: version.secret_id, versionId, sealed: version.name_sealed }),
        bytes: version.bytes,
        get: await ctx.ticket('vault.get', { versionId }),
      };
    },
  },
  {
    reactions: [
      {
        name: 'vault.delete_dropped',
        on: [uploadDropped],
        async handle({ tx, send }, { data }) {
          const uploadId = String(data['uploadId']);
          const upload = await findUpload(tx, uploadId);
          if (upload) send('vault.delete_blob', { blobId: upload.blob_id, uploadId }, uploadId);
        },
      },
    ],
    async start(services) {
      await services.jobs.work('vault.delete_blob', async ({ blobId, uploadId }) => {
        const upload = await findUpload(services.db, uploadId!);
        const version = upload && (await findVersion(services.db, upload.version_id));
        if (!version) await services.blobs.delete(blobId!);
      });
      const timer = setInterval(
        () =>
          void dropStaleUploads(services).catch((error: unknown) =>
            services.log.error({ err: error }, 'vault: old uploads could not be ended, will be tried again'),
          ),
        3600_000,
      );
      timer.unref();
      return { isReady: () => true, settle: async () => undefined, close: async () => clearInterval(timer) };
    },
  },
);

/** Names of versions, by id; of one whose row is not of the secret that is named, none. Whoever asks answers for telling them only to those who may know. */
export async function listVersionNames(services: Services, tx: Tx, versions: readonly { id: string; secretId: string }[]): Promise<[string, string][]> {
  const secretOf = new Map(versions.map(({ id, secretId }) => [id, secretId]));
  const rows = await findVersionNames(tx, [...secretOf.keys()]);
  return rows
    .filter((row) => row.secret_id === secretOf.get(row.id))
    .map((row) => [row.id, openName(services, { secretId: row.secret_id, versionId: row.id, sealed: row.name_sealed })]);
}

interface NewContent {
  readonly uploadId: UploadId;
  readonly documentId: DocumentId;
  readonly versionId: VersionId;
  readonly wrapped: Buffer;
}

function openName({ keys }: Services, { secretId, versionId, sealed }: { secretId: string; versionId: string; sealed: Buffer }): string {
  return keys.openText('vault', nameContext(secretId, versionId), sealed);
}
