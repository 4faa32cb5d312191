import type { Tx } from '#platform/server/db.ts';
import type { Services } from '#platform/server/services.ts';
import type { Role } from '../contract.ts';
import { rolesOf } from './persons.ts';
import { permissionsOf } from './rules.ts';
import { holds } from './sealed.ts';
import { findNamedTokens, findPersons, findRolesEver } from './store.ts';

/** What others say of a person whose row is not as this program wrote it: her name may be somebody else's. */
export const ALTERED = 'Somebody whose row was changed by hand';

/** Names of persons and programs, by rows whose seals hold; ids that are nobody's are left out. */
export async function listNames(services: Services, tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const [persons, tokens] = [await findPersons(tx, { ids }), await findNamedTokens(tx, ids)];
  return new Map([
    ...persons.map((row) => [row.id, holds(services, 'people_person', row) ? row.name : ALTERED] as const),
    ...tokens.map((row) => [row.id, holds(services, 'people_token', row) ? row.name : ALTERED] as const),
  ]);
}

export interface Standing {
  readonly name: string;
  readonly leftAt: Date | null;
  /** `altered`: rows that tell of it were changed by hand or are not there, so that nothing is known. */
  readonly state: 'here' | 'left' | 'no-role' | 'altered';
}
export interface Allowance {
  readonly name: string;
  readonly isHere: boolean;
  readonly permissions: ReadonlySet<string>;
}
/** What each of these persons is called, and what her roles allow, by rows whose seals hold: nothing where she has left, or where hers was changed by hand. */
export async function allowancesOf(
  services: Services,
  { tx, personIds, now }: { tx: Tx; personIds: readonly string[]; now: Date },
): Promise<Map<string, Allowance>> {
  const persons = await findPersons(tx, { ids: personIds });
  const roles = await rolesOf(services, { tx, personIds, now });
  return new Map(
    persons.map((person): [string, Allowance] => {
      const isWhole = holds(services, 'people_person', person);
      const isHere = isWhole && person.active_to === null;
      return [person.id, { name: isWhole ? person.name : ALTERED, isHere, permissions: permissionsOf(isHere ? (roles.get(person.id) ?? []) : []) }];
    }),
  );
}

interface Asked {
  readonly tx: Tx;
  readonly personIds: readonly string[];
  /** One of these is asked for. */
  readonly roles: readonly Role[];
  readonly now: Date;
  /** Until commit nobody leaves and no role is taken: who does so waits, or is seen. */
  readonly hold?: boolean;
}
/** Whether each of these persons works here with one of these roles, by rows whose seals hold. */
export async function standingsOf(services: Services, { tx, personIds, roles, now, hold = false }: Asked): Promise<Map<string, Standing>> {
  const persons = await findPersons(tx, { ids: personIds, hold });
  const held = Map.groupBy(await findRolesEver(tx, { personIds, roles, hold }), (row) => row.person_id);
  return new Map(
    persons.map((person): [string, Standing] => {
      if (!holds(services, 'people_person', person)) return [person.id, { name: ALTERED, leftAt: null, state: 'altered' }];
      const { name, active_to: leftAt } = person;
      if (leftAt !== null) return [person.id, { name, leftAt, state: 'left' }];
      const rows = held.get(person.id) ?? [];
      const isWhole = rows.every((row) => holds(services, 'people_role', row));
      const isHeld = rows.some(({ valid_from, valid_to }) => valid_from <= now && (valid_to === null || valid_to > now));
      return [person.id, { name, leftAt, state: !isWhole || rows.length === 0 ? 'altered' : isHeld ? 'here' : 'no-role' }];
    }),
  );
}
