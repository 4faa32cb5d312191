import type { PersonId } from '@underseal/contract';
import type { Ctx } from '#platform/server/feature.ts';
import { left, people, peopleFailures, roleChanged, type Role } from '../contract.ts';
import { endCredentials } from './factors.ts';
import { endInvitations } from './joining.ts';
import { endResets } from './passwords.ts';
import { administrators, changePerson, giveRole } from './persons.ts';
import { assertAdministratorRemains } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { closeToken, lockSessionsOf, lockTokensOf } from './session-store.ts';
import { assertProved, endOne, type Writing } from './sessions.ts';
import { closeRole, findRoles, holdActive, lockActive, lockRoles, type RoleRow } from './store.ts';

const personMissing = () => peopleFailures.personMissing('Cannot find this person among those who work here');

/**
 * An administrator may give herself any role, counsel's and owner's too: she could as well invite a second account. What keeps her honest is that
 * it never happens silently: the entry names her as who did it, and neither role opens a secret of which somebody else is owner.
 */
export async function changeRole(
  ctx: Ctx<typeof people.changeRole>,
  { personId, role, given, reason }: { personId: PersonId; role: Role; given: boolean; reason: string },
) {
  if (role !== 'employee') assertProved(ctx);
  await lockRoles(ctx.tx);
  if (!(await holdActive(ctx.tx, personId))) throw personMissing();
  const held = (await heldRoles(ctx, personId)).filter((row) => row.role === role);
  if (held.length > 0 === given)
    throw peopleFailures.roleUnchanged(given ? 'Cannot give this role: the person has it' : 'Cannot take this role: the person does not have it');
  if (given) await giveRole(ctx, { personId, role });
  else {
    if (role === 'administrator') assertAdministratorRemains(await administrators(ctx), personId);
    for (const row of held) await endRole(ctx, row);
  }
  ctx.record(roleChanged, { personId, role, given, reason });
  return {};
}

export async function leave(ctx: Ctx<typeof people.leave>, { personId, reason }: { personId: PersonId; reason: string }) {
  assertProved(ctx);
  await lockRoles(ctx.tx);
  assertAdministratorRemains(await administrators(ctx), personId);
  // First of all, so that whoever signs in at this moment waits, and is refused or found below.
  const person = await lockActive(ctx.tx, personId);
  if (!person) throw personMissing();
  // One whose seal is broken is let go as well.
  await changePerson(ctx, person, { active_to: ctx.now });
  for (const row of await heldRoles(ctx, personId)) await endRole(ctx, row);
  await endCredentials(ctx, personId);
  for (const row of await lockSessionsOf(ctx.tx, personId)) if (holds(ctx.services, 'people_session', row)) await endOne(ctx, row);
  for (const row of await lockTokensOf(ctx.tx, personId)) {
    if (holds(ctx.services, 'people_token', row)) await closeToken(ctx.tx, withSeal(ctx.services.keys, 'people_token', { ...row, ended_at: ctx.now }));
  }
  // A link that she made before she left could let her in again under another name.
  await endInvitations(ctx, { by: personId });
  await endResets(ctx, { by: personId });
  await endResets(ctx, { of: personId });
  ctx.record(left, { personId, reason });
  return {};
}

/** Rows with a broken seal are left as they are: sealing them anew would make them true. */
async function heldRoles({ tx, now, services }: Writing, personId: string): Promise<RoleRow[]> {
  return (await findRoles(tx, [personId], now)).filter((row) => holds(services, 'people_role', row));
}
async function endRole({ tx, now, services }: Writing, row: RoleRow): Promise<void> {
  await closeRole(tx, withSeal(services.keys, 'people_role', { ...row, valid_to: now }));
}
