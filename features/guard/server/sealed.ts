import { elementAdded, entered } from '#features/register/contract.ts';
import { stored } from '#features/vault/contract.ts';
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

/** Sources as the ledger tells of them: what can be matched, what could not be read, and what is to be read since it was registered. */
export const sealedSources: SealedRows = {
  table: 'guard_fingerprint',
  idColumn: 'source_id',
  on: [fingerprinted, stored, entered, elementAdded],
  fold(due, { type, at, data }) {
    const wait = (id: unknown) => void due.set(String(id), `${WAITING}${at.getTime()}`);
    if (type === stored.name) return wait(data['versionId']);
    if (type === elementAdded.name) return wait(data['elementId']);
    if (type === entered.name) return (data['elementIds'] as string[]).forEach(wait);
    due.set(String(data['versionId'] ?? data['source']), valueOf({ secret_id: String(data['secretId']), state: String(data['state']) }));
  },
  isMissing: (value, now) => !value.startsWith(WAITING) || now.getTime() - Number(value.slice(WAITING.length)) > LATE_MS,
  async rows(tx, page) {
    return (await listBuilt(tx, page)).map((row) => ({ id: row.source_id, key: row.source_id, value: valueOf(row) }));
  },
};
const WAITING = 'waiting since ';
/** To read all that is stored at once may take its time; what was lost on the way, or is never read, is told. */
const LATE_MS = 30 * 60_000;
function valueOf({ secret_id, state }: Pick<SourceRow, 'secret_id' | 'state'>): string {
  return `${secret_id} ${state}`;
}
