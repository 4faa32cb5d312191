import type { SealedRows } from '#platform/server/feature.ts';
import { entered, ownerChanged, revised } from '../contract.ts';
import { listPresentOwners, listRegistrars, listTiers } from './store.ts';

/** The tier of each secret, as the ledger tells: by it the gate of exits decides. */
export const sealedSecrets: SealedRows = {
  table: 'register_secret',
  on: [entered, revised],
  fold(due, { data }) {
    due.set(String(data['secretId']), String(data['tier']));
  },
  async rows(tx, page) {
    return (await listTiers(tx, page)).map(({ id, tier }) => ({ id, key: id, value: String(tier) }));
  },
};

/** Who answers for each secret, as the ledger tells. */
export const sealedOwners: SealedRows = {
  table: 'register_owner',
  on: [entered, ownerChanged],
  fold(due, { type, data }) {
    due.set(String(data['secretId']), String(type === entered.name ? data['ownerId'] : data['to']));
  },
  async rows(tx, page) {
    return (await listPresentOwners(tx, page)).map((row) => ({ id: row.id, key: row.secret_id, value: row.person_id }));
  },
};

/** Programs that may store the documents of what they entered. */
export const sealedRegistrars: SealedRows = {
  table: 'register_registrar',
  on: [entered],
  fold(due, { actor, data }) {
    if (actor.startsWith('tok_')) due.set(`${actor} ${String(data['secretId'])}`, 'may store');
  },
  async rows(tx, page) {
    return (await listRegistrars(tx, page)).map((row) => ({ id: row.id, key: `${row.token_id} ${row.secret_id}`, value: 'may store' }));
  },
};
