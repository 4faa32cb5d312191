import {
  act,
  contract,
  DocumentId,
  event,
  failure,
  Instant,
  Nothing,
  open,
  page,
  paged,
  PersonId,
  read,
  release,
  secret,
  SecretId,
  Ticket,
  UploadId,
  VersionId,
} from '@underseal/contract';
import { z } from 'zod';

/** 64 GiB: what one blob may hold. */
export const LARGEST_DOCUMENT = 64 * 2 ** 30;
const FileName = z.string().min(1).max(255);
const Bytes = z.int().min(0).max(LARGEST_DOCUMENT);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const DocumentRow = z.strictObject({
  id: DocumentId,
  secretId: SecretId,
  name: z.string(),
  latest: VersionId,
  version: z.int(),
  bytes: z.int(),
  storedAt: Instant,
  storedBy: PersonId,
});
export const VersionRow = z.strictObject({ id: VersionId, number: z.int(), name: z.string(), bytes: z.int(), storedAt: Instant, storedBy: PersonId });
/** `received` is what surely arrived of `bytes`. */
export const WaitingUpload = z.strictObject({ id: UploadId, name: z.string(), bytes: z.int(), received: z.int(), begunAt: Instant });
const Upload = z.strictObject({ uploadId: UploadId, offset: z.int(), put: Ticket });

export const uploadBegun = event('vault.upload_begun', { uploadId: open(UploadId), secretId: open(SecretId) });
export const uploadResumed = event('vault.upload_resumed', { uploadId: open(UploadId), secretId: open(SecretId), offset: open(z.int()) });
export const stored = event('vault.stored', {
  secretId: open(SecretId),
  documentId: open(DocumentId),
  versionId: open(VersionId),
  number: open(z.int()),
  name: secret('secretId', z.string()),
  digest: secret('secretId', z.string()),
  bytes: secret('secretId', z.int()),
});
export const uploadDropped = event('vault.upload_dropped', { uploadId: open(UploadId), secretId: open(SecretId) });
export const opened = event('vault.opened', { secretId: open(SecretId), documentId: open(DocumentId), versionId: open(VersionId) });

export const vault = contract({
  name: 'vault',
  operations: {
    begin: act({
      needs: 'vault:store',
      about: 'secretId',
      strength: 'open',
      says: 'Begins to store a document: answers a one-use ticket to PUT its bytes to.',
      input: z.strictObject({ secretId: SecretId, documentId: DocumentId.optional(), name: FileName, bytes: Bytes }),
      output: Upload,
      records: [uploadBegun],
    }),
    resume: act({
      needs: 'vault:store',
      about: 'uploadId',
      strength: 'open',
      says: 'A new ticket for an upload that broke off, and the offset to go on from.',
      input: z.strictObject({ uploadId: UploadId }),
      output: Upload,
      records: [uploadResumed],
    }),
    uploads: read({
      needs: 'vault:store',
      about: 'secretId',
      strength: 'open',
      says: 'Uploads to a secret that the asker began and that were neither finished nor dropped: she can go on with them.',
      input: z.strictObject({ secretId: SecretId, ...page }),
      output: paged(WaitingUpload),
    }),
    same: read({
      needs: 'vault:store',
      about: 'secretId',
      strength: 'open',
      says: 'The document whose newest version has these very bytes already.',
      input: z.strictObject({ secretId: SecretId, digest: Sha256 }),
      output: z.strictObject({ documentId: DocumentId.nullable(), number: z.int().nullable() }),
    }),
    finish: act({
      needs: 'vault:store',
      about: 'uploadId',
      strength: 'open',
      says: 'Ends an upload: the digest must be that of the bytes that arrived.',
      input: z.strictObject({ uploadId: UploadId, digest: Sha256 }),
      output: z.strictObject({ documentId: DocumentId, versionId: VersionId, number: z.int() }),
      records: [stored],
    }),
    drop: act({
      needs: 'vault:store',
      about: 'uploadId',
      strength: 'open',
      says: 'Gives up an upload and deletes what arrived.',
      input: z.strictObject({ uploadId: UploadId }),
      output: Nothing,
      records: [uploadDropped],
    }),
    list: read({
      needs: 'vault:list',
      about: 'secretId',
      says: 'Documents of a secret.',
      input: z.strictObject({ secretId: SecretId, ...page }),
      output: paged(DocumentRow),
    }),
    versions: read({
      needs: 'vault:list',
      about: 'documentId',
      says: 'Versions of a document, newest first.',
      input: z.strictObject({ documentId: DocumentId, ...page }),
      output: paged(VersionRow),
    }),
    open: release({
      needs: 'vault:open',
      about: 'versionId',
      says: 'A one-use ticket to download one version.',
      input: z.strictObject({ versionId: VersionId }),
      output: z.strictObject({ name: z.string(), bytes: z.int(), get: Ticket }),
      records: [opened],
    }),
  },
});
export const vaultFailures = {
  documentMissing: failure('missing', 'vault.document_missing'),
  uploadUnfinished: failure('conflict', 'vault.upload_unfinished'),
  uploadEnded: failure('conflict', 'vault.upload_ended'),
  /** The detail is the id of the document. */
  sameAlready: failure('conflict', 'vault.same_already'),
  digestDiffers: failure('conflict', 'vault.digest_differs'),
  noSpace: failure('too_large', 'vault.no_space'),
  offsetDiffers: failure('conflict', 'vault.offset_differs'),
  tooManyBytes: failure('too_large', 'vault.too_many_bytes'),
};
