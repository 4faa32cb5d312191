import type { SealedRows } from '#platform/server/feature.ts';
import {
  attested,
  factorAdded,
  installed,
  invitationWithdrawn,
  invited,
  joined,
  left,
  passwordChanged,
  passwordReset,
  recovered,
  resetMade,
  roleChanged,
  tokenEnded,
  tokenMade,
} from '../contract.ts';
import { listPresentInvitations, listAllPersons, listPresentResets, listPresentRoles, listPresentTokens } from './store.ts';

const [NO_FACTOR, SURE, IN_DOUBT, LEFT] = ['password', 'sure', 'in doubt', 'left'];

/** Who works here, which second factor is asked for, and whether somebody else has yet to say that it is she; who has left. */
export const sealedPersons: SealedRows = {
  table: 'people_person',
  on: [installed, joined, factorAdded, passwordReset, recovered, attested, left],
  fold(due, { type, data }) {
    const id = String(data['personId']);
    if (type === left.name) return void due.set(id, LEFT);
    const [factor, doubt] = due.get(id)?.split(', ') ?? [NO_FACTOR, SURE];
    if (type === factorAdded.name) due.set(id, `${String(data['credentialId'])}, ${doubt}`);
    else if (type === recovered.name) due.set(id, `${data['withoutApp'] === true ? NO_FACTOR : factor}, ${data['inDoubt'] === true ? IN_DOUBT : SURE}`);
    else if (type === passwordReset.name) due.set(id, `${factor}, ${IN_DOUBT}`);
    else due.set(id, `${factor}, ${SURE}`);
  },
  async rows(tx, page) {
    return (await listAllPersons(tx, page)).map(({ id, factor_id, in_doubt_since, active_to }) => ({
      id,
      key: id,
      value: active_to === null ? `${factor_id ?? NO_FACTOR}, ${in_doubt_since === null ? SURE : IN_DOUBT}` : LEFT,
    }));
  },
};

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

/** Invitations: they end when used, withdrawn or replaced, or with the person who made them; one that is too old keeps its row. */
export const sealedInvitations: SealedRows = {
  table: 'people_invitation',
  on: [invited, invitationWithdrawn, joined, left],
  fold(due, { type, actor, data }) {
    if (type === invited.name) due.set(String(data['invitationId']), valueOf({ maker: actor, permissions: data['roles'] as string[] }));
    else if (type !== left.name) due.delete(String(data['invitationId']));
    else for (const [key, value] of due) if (value.startsWith(`${String(data['personId'])}: `)) due.delete(key);
  },
  async rows(tx, page) {
    return (await listPresentInvitations(tx, page)).map((row) => ({
      id: row.id,
      key: row.id,
      value: valueOf({ maker: row.invited_by, permissions: row.roles }),
    }));
  },
};

/** Links for a new password: one a person, ended when used, when the password changes, and with who made it or whom it is for. */
export const sealedResets: SealedRows = {
  table: 'people_reset',
  on: [resetMade, passwordChanged, passwordReset, recovered, left],
  fold(due, { type, actor, data }) {
    const personId = String(data['personId']);
    if (type === resetMade.name) return void due.set(personId, actor);
    due.delete(personId);
    if (type === left.name) for (const [key, maker] of due) if (maker === personId) due.delete(key);
  },
  async rows(tx, page) {
    return (await listPresentResets(tx, page)).map((row) => ({ id: row.id, key: row.person_id, value: row.made_by }));
  },
};

function valueOf({ maker, permissions }: { maker: string; permissions: readonly string[] }): string {
  return `${maker}: ${permissions.toSorted().join(' ')}`;
}
