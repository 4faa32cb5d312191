import type { SealedRows } from '#platform/server/feature.ts';
import { joined, left, roleChanged, tokenEnded, tokenMade } from '../contract.ts';
import { listPresentRoles, listPresentTokens } from './store.ts';

/** Who holds which role, as the ledger tells. */
export const sealedRoles: SealedRows = {
  table: 'people_role',
  on: [joined, roleChanged, left],
  fold(due, { type, data }) {
    const personId = String(data['personId']);
    if (type === joined.name) for (const role of data['roles'] as string[]) due.set(`${personId} ${role}`, 'held');
    else if (type === left.name) {
      for (const key of due.keys()) if (key.startsWith(`${personId} `)) due.delete(key);
    } else if (data['given'] === true) due.set(`${personId} ${String(data['role'])}`, 'held');
    else due.delete(`${personId} ${String(data['role'])}`);
  },
  async rows(tx, page) {
    return (await listPresentRoles(tx, page)).map((row) => ({ id: row.id, key: `${row.person_id} ${row.role}`, value: 'held' }));
  },
};

/** API tokens: they end by hand, or with the person who made them. */
export const sealedTokens: SealedRows = {
  table: 'people_token',
  on: [tokenMade, tokenEnded, left],
  fold(due, { type, actor, data }) {
    if (type === tokenMade.name) due.set(String(data['tokenId']), valueOf({ maker: actor, permissions: data['permissions'] as string[] }));
    else if (type === tokenEnded.name) due.delete(String(data['tokenId']));
    else for (const [key, value] of due) if (value.startsWith(`${String(data['personId'])}: `)) due.delete(key);
  },
  async rows(tx, page) {
    return (await listPresentTokens(tx, page)).map((row) => ({
      id: row.id,
      key: row.id,
      value: valueOf({ maker: row.created_by, permissions: row.permissions }),
    }));
  },
};

function valueOf({ maker, permissions }: { maker: string; permissions: readonly string[] }): string {
  return `${maker}: ${permissions.toSorted().join(' ')}`;
}
