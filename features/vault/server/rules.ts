import { vaultFailures } from '../contract.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import type { UploadRow } from './store.ts';

/** What an upload's key and its sealed bytes are bound to: no blob can stand in for another, and no document can be moved to another secret. */
export function contentContext({ secretId, documentId, versionId }: { secretId: string; documentId: string; versionId: string }): string {
  return `vault|${secretId}|${documentId}|${versionId}`;
}
export function nameContext(secretId: string, versionId: string): string {
  return `vault_version|name|${secretId}|${versionId}`;
}

/** The digest is kept under a key, so that nobody with the database alone can try whether a document he has is in the vault, or see that two secrets share one. */
export function digestIndex({ keys }: { keys: KeyRing }, { secretId, digest }: { secretId: string; digest: string }): Buffer {
  return keys.blindIndex('vault digest', `${secretId} ${digest}`);
}

export function assertOpenUpload(upload: UploadRow | undefined): asserts upload is UploadRow {
  if (!upload) throw vaultFailures.documentMissing('Cannot find this upload');
  if (upload.ended_at) throw vaultFailures.uploadEnded(`Cannot go on with this upload: it ended at ${upload.ended_at.toISOString()}`);
}

/** Only what arrived whole becomes a version. */
export function assertWhole(upload: UploadRow): asserts upload is UploadRow & { manifest: object; digest_index: Buffer } {
  if (!upload.manifest || !upload.digest_index) throw vaultFailures.uploadUnfinished('Cannot finish this upload: bytes are missing; resume it');
}
