import type { InvitationId, PersonId } from '@underseal/contract';
import type { Tx } from '#platform/server/db.ts';
import { prepared, type Ctx } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { invited, joined, people, peopleFailures, signedIn, type Role } from '../contract.ts';
import { hashPassword } from './password.ts';
import { assertPasswordStrong } from './password-rule.ts';
import { addPassword, addPerson } from './persons.ts';
import { baseUrl, INVITATION_MS } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { newToken, startSession, tokenHashOf } from './sessions.ts';
import { endInvitations, findActiveByEmail, findInvitation, findOrganisation, insertInvitation, spendInvitation, type InvitationRow } from './store.ts';

const missing = () => peopleFailures.invitationMissing('Cannot find this invitation: it was used, replaced or is too old; ask for a new one');

/** The code stands in the fragment of the link: browsers send it to no server, and no log sees it. */
export async function invite(ctx: Ctx<typeof people.invite>, { email, name, roles }: { email: string; name: string; roles: readonly Role[] }) {
  if (await findActiveByEmail(ctx.tx, email)) throw peopleFailures.emailTaken('Cannot invite: somebody here has this mail address');
  await endInvitations(ctx.tx, { email }, ctx.now);
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
    if (!(await spendInvitation(ctx.tx, id, ctx.now))) throw missing();
    const roles = kept as Role[];
    const personId = (await addPerson(ctx, { name, email, roles })) as PersonId;
    await addPassword(ctx, { personId, hash });
    const { sessionId, ...session } = await startSession(ctx, { personId, kind, strong: false });
    ctx.record(joined, { personId, invitationId: id as InvitationId, roles, name, email });
    ctx.record(signedIn, { personId, sessionId, strong: false, address: ctx.actor.address });
    return { ...session, personId };
  },
});

/** Wrong, used, lapsed and forged ones are the same to who asks. */
async function requireInvitation(services: Services, { tx, now, code }: { tx: Tx; now: Date; code: string }): Promise<InvitationRow> {
  const row = await findInvitation(tx, tokenHashOf(code), now);
  if (!row || !holds(services, 'people_invitation', row)) throw missing();
  return row;
}
