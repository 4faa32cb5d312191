import type { InvitationId, PersonId } from '@underseal/contract';
import { toPage } from '#platform/server/paging.ts';
import type { Tx } from '#platform/server/db.ts';
import { prepared, type Ctx } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { invitationWithdrawn, invited, joined, people, peopleFailures, signedIn, type Role } from '../contract.ts';
import { deviceFor } from './devices.ts';
import { hashPassword } from './password.ts';
import { assertPasswordStrong } from './password-rule.ts';
import { addPassword, addPerson, permittedOf } from './persons.ts';
import { baseUrl, INVITATION_MS } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { assertProved, newToken, startSession, toBefore, tokenHashOf, type Writing } from './sessions.ts';
import {
  closeInvitation,
  findActiveByEmail,
  findActiveOf,
  findInvitation,
  findOrganisation,
  hasJoinedBy,
  insertInvitation,
  listInvitations,
  lockInvitation,
  lockInvitations,
  type InvitationRow,
} from './store.ts';

const missing = () => peopleFailures.invitationMissing('Cannot find this invitation: it was used, withdrawn, replaced or is too old; ask for a new one');

/** The code stands in the fragment of the link: browsers send it to no server, and no log sees it. */
export async function invite(ctx: Ctx<typeof people.invite>, { email, name, roles }: { email: string; name: string; roles: readonly Role[] }) {
  if (roles.some((role) => role !== 'employee')) assertProved(ctx);
  if (await findActiveByEmail(ctx.tx, email)) throw peopleFailures.emailTaken('Cannot invite: somebody here has this mail address');
  for (const invitationId of await endInvitations(ctx, { email })) ctx.record(invitationWithdrawn, { invitationId });
  const code = newToken();
  const given = [...new Set(roles)];
  const row = {
    id: ctx.services.newId('inv'),
    code_hash: tokenHashOf(code),
    email,
    name,
    roles: given,
    invited_by: ctx.actor.id,
    expires_at: new Date(ctx.now.getTime() + INVITATION_MS),
    ended_at: null,
  };
  await insertInvitation(ctx.tx, withSeal(ctx.services.keys, 'people_invitation', row));
  const invitationId = row.id as InvitationId;
  ctx.record(invited, { invitationId, roles: given });
  return { invitationId, url: `${baseUrl(ctx.services.config)}/join#${code}`, expiresAt: row.expires_at.toISOString() };
}

export async function invitation({ tx, now, services }: Ctx<typeof people.invitation>, { code }: { code: string }) {
  const { email, name, roles } = await requireInvitation(services, { tx, now, code });
  return { organisation: (await findOrganisation(tx)) ?? '', email, name, roles: roles as Role[] };
}

export const accept = prepared<typeof people.accept, { invitation: InvitationRow; hash: string }>({
  async prepare({ db, now, services }, { code, password }) {
    const found = await requireInvitation(services, { tx: db, now, code });
    assertPasswordStrong(password, { email: found.email, name: found.name, organisation: (await findOrganisation(db)) ?? '' });
    return { invitation: found, hash: await hashPassword(services.keys, password) };
  },
  async run(ctx, { kind }, { invitation: { id, name, email, roles: kept }, hash }) {
    await spend(ctx, id);
    // Its row may have been put back as it was before somebody used it.
    if (await hasJoinedBy(ctx.tx, id)) throw missing();
    const roles = kept as Role[];
    const personId = (await addPerson(ctx, { name, email, roles, invitationId: id })) as PersonId;
    const passwordId = await addPassword(ctx, { personId, hash });
    const { sessionId, ...session } = await startSession(ctx, { personId, kind, strong: false });
    ctx.record(joined, { personId, invitationId: id as InvitationId, roles, name, email });
    ctx.record(signedIn, { personId, sessionId, strong: false, address: ctx.actor.address });
    return { ...session, personId, ...deviceFor(kind, ctx, { personId, passwordId }) };
  },
});

/** Wrong, used, lapsed and forged ones are the same to who asks. */
async function requireInvitation(services: Services, { tx, now, code }: { tx: Tx; now: Date; code: string }): Promise<InvitationRow> {
  const row = await findInvitation(tx, tokenHashOf(code), now);
  if (!row || !holds(services, 'people_invitation', row)) throw missing();
  // Who made the link may have lost the role by which she made it.
  if (!(await permittedOf(services, { tx, personIds: [row.invited_by], now })).get(row.invited_by)?.has(people.invite.needs)) throw missing();
  return row;
}

export async function invitations({ tx, now, services }: Ctx<typeof people.invitations>, { cursor, limit }: { cursor?: string | undefined; limit: number }) {
  const rows = await listInvitations(tx, { now, before: toBefore(cursor), limit: limit + 1 });
  const { items, next } = toPage(rows, limit, { item: (row) => row, key: (row) => [row.expires_at.toISOString(), row.id] });
  const held = items.filter((row) => holds(services, 'people_invitation', row));
  const by = await findActiveOf(
    tx,
    held.map((row) => row.invited_by),
  );
  const names = new Map(by.map((person) => [person.id, person.name]));
  return { next, items: held.map((row) => toInvitation(row, names.get(row.invited_by) ?? '')) };
}
function toInvitation({ id, email, name, roles, invited_by, expires_at }: InvitationRow, invitedByName: string) {
  const [invitationId, invitedBy] = [id as InvitationId, invited_by as PersonId];
  return { id: invitationId, email, name, roles: roles as Role[], invitedBy, invitedByName, expiresAt: expires_at.toISOString() };
}

export async function withdrawInvitation(ctx: Ctx<typeof people.withdrawInvitation>, { invitationId }: { invitationId: InvitationId }) {
  await spend(ctx, invitationId);
  ctx.record(invitationWithdrawn, { invitationId });
  return {};
}

/** Ends one that is open; throws `invitation_missing`. */
async function spend({ tx, now, services }: Writing, id: string): Promise<void> {
  const row = await lockInvitation(tx, id, now);
  if (!row || !holds(services, 'people_invitation', row)) throw missing();
  await closeInvitation(tx, withSeal(services.keys, 'people_invitation', { ...row, ended_at: now }));
}
/** Ends all to an address, or all that somebody made, and answers which. */
export async function endInvitations({ tx, now, services }: Writing, which: { email: string } | { by: string }): Promise<InvitationId[]> {
  const ended = (await lockInvitations(tx, which)).filter((row) => holds(services, 'people_invitation', row));
  for (const row of ended) await closeInvitation(tx, withSeal(services.keys, 'people_invitation', { ...row, ended_at: now }));
  return ended.map((row) => row.id as InvitationId);
}
