import type { SealedRows } from '#platform/server/feature.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { sealHolds, sealRow } from '#platform/server/seals.ts';
import { fingerprinted } from '../contract.ts';
import { listBuilt, type FingerprintRow } from './store.ts';

type SourceRow = Pick<FingerprintRow, 'source_id' | 'lineage' | 'secret_id' | 'element_number' | 'state'>;

/** Of which secret a source is, and whether it can be matched: by this a match is told, and a text is clear. */
export function sealSource(keys: KeyRing, row: SourceRow): Buffer {
  return sealRow(keys, 'guard_fingerprint', sealedOf(row));
}
export function sourceHolds(keys: KeyRing, row: SourceRow & { seal: Buffer }): boolean {
  return sealHolds(keys, 'guard_fingerprint', sealedOf(row), row.seal);
}
function sealedOf({ source_id, lineage, secret_id, element_number, state }: SourceRow) {
  return { id: source_id, lineage, secret_id, element_number, state };
}

/** Sources as the ledger tells of them: what can be matched, and what could not be read. */
export const sealedSources: SealedRows = {
  table: 'guard_fingerprint',
  idColumn: 'source_id',
  on: [fingerprinted],
  fold(due, { data }) {
    due.set(String(data['versionId'] ?? data['source']), valueOf({ secret_id: String(data['secretId']), state: String(data['state']) }));
  },
  async rows(tx, page) {
    return (await listBuilt(tx, page)).map((row) => ({ id: row.source_id, key: row.source_id, value: valueOf(row) }));
  },
};
function valueOf({ secret_id, state }: Pick<SourceRow, 'secret_id' | 'state'>): string {
  return `${secret_id} ${state}`;
}
