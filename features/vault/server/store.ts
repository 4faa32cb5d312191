import { sql } from 'kysely';
import { anyOf, type Tx } from '#platform/server/db.ts';
import type { Row } from '#platform/server/tables.ts';

export type UploadRow = Row<'vault_upload'>;
export type VersionRow = Row<'vault_version'>;
export type DocumentRow = Row<'vault_document'>;

export async function insertUpload(
  tx: Tx,
  upload: {
    id: string;
    secretId: string;
    documentId: string;
    versionId: string;
    blobId: string;
    nameSealed: Buffer;
    bytes: number;
    keyWrapped: Buffer;
    by: string;
    at: Date;
  },
) {
  const { id, secretId, documentId, versionId, blobId, nameSealed, bytes, keyWrapped, by, at } = upload;
  await tx
    .insertInto('vault_upload')
    .values({
      id,
      secret_id: secretId,
      document_id: documentId,
      version_id: versionId,
      blob_id: blobId,
      name_sealed: nameSealed,
      declared_bytes: bytes,
      key_wrapped: keyWrapped,
      begun_by: by,
      begun_at: at,
      touched_at: at,
    })
    .execute();
}
export function findUpload(tx: Tx, id: string) {
  return tx.selectFrom('vault_upload').selectAll().where('id', '=', id).executeTakeFirst();
}
/** Locks the row, so that of two who finish one upload at once only the first succeeds. */
export function lockUpload(tx: Tx, id: string) {
  return tx.selectFrom('vault_upload').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}
export async function keepJournal(tx: Tx, id: string, { journal, at }: { journal: unknown; at: Date }) {
  await tx
    .updateTable('vault_upload')
    .set({ journal: JSON.stringify(journal), touched_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}
export async function keepWhole(tx: Tx, id: string, { manifest, digestIndex, at }: { manifest: unknown; digestIndex: Buffer; at: Date }) {
  await tx
    .updateTable('vault_upload')
    .set({ manifest: JSON.stringify(manifest), digest_index: digestIndex, touched_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}
export async function endUpload(tx: Tx, id: string, at: Date) {
  await tx.updateTable('vault_upload').set({ ended_at: at }).where('id', '=', id).execute();
}
/** Those of one person to one secret that were not ended, by id. */
export function listUploads(tx: Tx, { secretId, by }: { secretId: string; by: string }, { after, limit }: { after: string | undefined; limit: number }) {
  return tx
    .selectFrom('vault_upload')
    .selectAll()
    .where('secret_id', '=', secretId)
    .where('begun_by', '=', by)
    .where('ended_at', 'is', null)
    .$if(after !== undefined, (query) => query.where('id', '>', after!))
    .orderBy('id')
    .limit(limit)
    .execute();
}
export function findStaleUploads(tx: Tx, before: Date) {
  return tx.selectFrom('vault_upload').select(['id', 'blob_id']).where('ended_at', 'is', null).where('touched_at', '<', before).limit(100).execute();
}

export async function insertDocument(tx: Tx, document: { id: string; secretId: string; at: Date }) {
  await tx.insertInto('vault_document').values({ id: document.id, secret_id: document.secretId, created_at: document.at }).execute();
}
/** Locks the document, so that two versions finished at once get two numbers. */
export function lockDocument(tx: Tx, id: string) {
  return tx.selectFrom('vault_document').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}
export async function lastNumber(tx: Tx, documentId: string): Promise<number> {
  const row = await tx
    .selectFrom('vault_version')
    .select((eb) => eb.fn.max<number | null>('number').as('last'))
    .where('document_id', '=', documentId)
    .executeTakeFirst();
  return row?.last ?? 0;
}
export async function insertVersion(tx: Tx, version: { upload: UploadRow; number: number; at: Date; by: string }) {
  const { upload, number, at, by } = version;
  await tx
    .insertInto('vault_version')
    .values({
      id: upload.version_id,
      document_id: upload.document_id,
      number,
      name_sealed: upload.name_sealed,
      bytes: upload.declared_bytes,
      blob_id: upload.blob_id,
      key_wrapped: upload.key_wrapped,
      manifest: JSON.stringify(upload.manifest),
      digest_index: upload.digest_index!,
      stored_at: at,
      stored_by: by,
    })
    .execute();
}
/** Of two who finish the same bytes at once the second waits, and finds the first's. */
export async function lockDigest(tx: Tx, digestIndex: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${digestIndex.toString('hex')}, 0))`.execute(tx);
}
/** The document whose newest version has these very bytes. */
export async function findSame(tx: Tx, digestIndex: Buffer): Promise<{ document_id: string; number: number } | undefined> {
  const { rows } = await sql<{ document_id: string; number: number }>`
    select version.document_id, version.number from vault_version version where version.digest_index = ${digestIndex}
      and version.number = (select max(number) from vault_version newest where newest.document_id = version.document_id) limit 1`.execute(tx);
  return rows[0];
}
export function findVersion(tx: Tx, id: string) {
  return tx
    .selectFrom('vault_version')
    .innerJoin('vault_document', 'vault_document.id', 'vault_version.document_id')
    .selectAll('vault_version')
    .select('vault_document.secret_id')
    .where('vault_version.id', '=', id)
    .executeTakeFirst();
}
export function findVersionNames(tx: Tx, ids: readonly string[]) {
  return tx
    .selectFrom('vault_version')
    .innerJoin('vault_document', 'vault_document.id', 'vault_version.document_id')
    .select(['vault_version.id', 'vault_version.name_sealed', 'vault_document.secret_id'])
    .where('vault_version.id', '=', anyOf(ids))
    .execute();
}
export function listVersions(tx: Tx, documentId: string, { before, limit }: { before: number | undefined; limit: number }) {
  return tx
    .selectFrom('vault_version')
    .selectAll()
    .where('document_id', '=', documentId)
    .$if(before !== undefined, (query) => query.where('number', '<', before!))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}
/** Each document of a secret with its newest version, by id. */
export function listDocuments(tx: Tx, secretId: string, { after, limit }: { after: string | undefined; limit: number }) {
  return tx
    .selectFrom('vault_document as document')
    .innerJoinLateral(
      (eb) =>
        eb.selectFrom('vault_version').selectAll().whereRef('vault_version.document_id', '=', 'document.id').orderBy('number', 'desc').limit(1).as('version'),
      (join) => join.on(sql.lit(true)),
    )
    .select([
      'document.id',
      'document.secret_id',
      'version.id as version_id',
      'version.number',
      'version.name_sealed',
      'version.bytes',
      'version.stored_at',
      'version.stored_by',
    ])
    .where('document.secret_id', '=', secretId)
    .$if(after !== undefined, (query) => query.where('document.id', '>', after!))
    .orderBy('document.id')
    .limit(limit)
    .execute();
}
