import type { Role } from '../contract.ts';
import { peopleFailures, ROLE_PERMISSIONS, Role as RoleSchema } from '../contract.ts';
import { permissionsOf } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import type { Writing } from './sessions.ts';
import { findActiveOf, findHolders, findRoles, insertCredential, insertPerson, insertRole, keepPerson, type PersonRow } from './store.ts';
import type { Tx } from '#platform/server/db.ts';
import type { Services } from '#platform/server/services.ts';

interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  /** Null for who sets up. */
  readonly invitationId: string | null;
}

/** Throws `email_taken`. */
export async function addPerson(making: Writing, { name, email, roles, invitationId }: NewPerson): Promise<string> {
  const id = making.services.newId('per');
  const none = { active_to: null, factor_id: null, in_doubt_since: null, in_doubt_by: null, invitation_id: invitationId };
  const row = withSeal(making.services.keys, 'people_person', { id, name, email, active_from: making.now, ...none });
  if (!(await insertPerson(making.tx, row))) throw peopleFailures.emailTaken('Cannot add this person: somebody here has this mail address');
  for (const role of new Set(roles)) await giveRole(making, { personId: id, role });
  return id;
}
/** Changes what is sealed of a person whose row is locked; a row with a broken seal is never sealed anew. */
export async function changePerson({ tx, services }: Writing, person: PersonRow, change: Partial<PersonRow>): Promise<void> {
  const next = { ...person, ...change };
  await keepPerson(tx, holds(services, 'people_person', person) ? withSeal(services.keys, 'people_person', next) : next);
}
export async function giveRole({ tx, now, services }: Writing, { personId, role }: { personId: string; role: Role }): Promise<void> {
  await insertRole(tx, withSeal(services.keys, 'people_role', { id: services.newId('rol'), person_id: personId, role, valid_from: now, valid_to: null }));
}
/** Answers its id. */
export async function addPassword({ tx, now, services }: Writing, { personId, hash }: { personId: string; hash: string }): Promise<string> {
  const row = { id: services.newId('crd'), person_id: personId, kind: 'password', held: Buffer.from(hash), created_at: now, active_from: now, active_to: null };
  await insertCredential(tx, withSeal(services.keys, 'people_credential', row));
  return row.id;
}

/** Roles in force by seals that hold, of each of these persons. */
export async function rolesOf(services: Services, { tx, personIds, now }: { tx: Tx; personIds: readonly string[]; now: Date }): Promise<Map<string, Role[]>> {
  const rows = (await findRoles(tx, personIds, now)).filter((row) => holds(services, 'people_role', row));
  return new Map([...Map.groupBy(rows, (row) => row.person_id)].map(([id, held]) => [id, [...new Set(held.map((row) => row.role as Role))]]));
}
/** What each of these persons may ask for; one who has left may nothing, whatever rows say. */
export async function permittedOf(
  services: Services,
  { tx, personIds, now }: { tx: Tx; personIds: readonly string[]; now: Date },
): Promise<Map<string, Set<string>>> {
  const active = (await findActiveOf(tx, personIds)).filter((row) => holds(services, 'people_person', row));
  const roles = await rolesOf(services, { tx, personIds: active.map((row) => row.id), now });
  return new Map([...roles].map(([id, held]) => [id, permissionsOf(held)]));
}
export async function administrators({ tx, now, services }: Writing): Promise<string[]> {
  return (await findHolders(tx, ['administrator'], now)).filter((row) => holds(services, 'people_role', row)).map((row) => row.person_id);
}
/** Whether anybody but these may ask for this. */
export async function somebodyElseMay({ tx, now, services }: Writing, permission: string, except: readonly string[]): Promise<boolean> {
  const roles = RoleSchema.options.filter((role) => ROLE_PERMISSIONS[role].includes(permission));
  return (await findHolders(tx, roles, now)).some((row) => !except.includes(row.person_id) && holds(services, 'people_role', row));
}
