import type { z } from 'zod';
import { OPENING } from '#features/people/contract.ts';
import { allowancesOf, ALTERED } from '#features/people/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { Condition, type Explanation } from '../contract.ts';
import { explainEach } from './gate.ts';

interface Explained {
  readonly name: string;
  readonly explanation: z.output<typeof Explanation>;
}
/** What opening a secret asks for and holds for each of these persons: the gate and her roles, by as many statements for all as for one. */
export async function explainPersons({ services, tx, now }: Ctx, secretId: string, personIds: readonly string[]): Promise<(personId: string) => Explained> {
  const allowances = await allowancesOf(services, { tx, personIds, now });
  const gate = await explainEach(services, tx, { personIds, secretId, at: now });
  return (personId) => {
    const person = allowances.get(personId);
    const { held, know, open } = gate.get(personId)!;
    const isPermitted = OPENING.every((permission) => person?.permissions.has(permission));
    // Of whose row was changed by hand it is not known whether she works here, nor whether somebody confirmed her.
    const isHere = person?.isHere ?? false;
    const holds: Readonly<Record<Condition, boolean>> = {
      employed: isHere && held.has('employed'),
      confirmed: isHere && held.has('confirmed'),
      permitted: isPermitted,
      granted: held.has('granted'),
      owner: held.has('owner'),
      counsel: held.has('counsel'),
    };
    return {
      name: person?.name ?? ALTERED,
      explanation: {
        mayKnow: know && isHere,
        mayOpen: open && isPermitted,
        conditions: Condition.options.map((condition) => ({ condition, holds: holds[condition] })),
      },
    };
  };
}
