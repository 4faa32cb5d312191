import type { SealedRows } from '#platform/server/feature.ts';
import { granted, revoked } from '../contract.ts';
import { listUnrevoked } from './store.ts';

/** Grants as the ledger tells of them: made once, ended once. */
export const sealedGrants: SealedRows = {
  table: 'access_grant',
  on: [granted, revoked],
  fold(due, { type, data }) {
    const key = String(data['grantId']);
    if (type === revoked.name) due.delete(key);
    else due.set(key, valueOf({ secretId: String(data['secretId']), personId: String(data['personId']), until: String(data['until']) }));
  },
  async rows(tx, page) {
    const rows = await listUnrevoked(tx, page);
    return rows.map((row) => ({
      id: row.id,
      key: row.id,
      value: valueOf({ secretId: row.secret_id, personId: row.person_id, until: row.valid_to.toISOString() }),
    }));
  },
};

function valueOf({ secretId, personId, until }: { secretId: string; personId: string; until: string }): string {
  return `${secretId} ${personId} until ${until}`;
}
