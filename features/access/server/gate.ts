import { sql } from 'kysely';
import type { Tx } from '#platform/server/db.ts';
import type { Gate, Power, Question, Subject } from '#platform/server/gate.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { sealHolds } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import { findConditions, findSecretOf, knowsOf, lockPowers } from './store.ts';

/** The gate: one rule in SQL, and the seals of the rows it relied on. */
export function createGate({ keys, alarm }: { keys: KeyRing; alarm: Services['alarm'] }): Gate {
  const holds = (powers: readonly Power[]) => {
    const broken = powers.find((power) => !sealHolds(keys, power.table, power.row, Buffer.from(power.seal, 'hex')));
    if (broken)
      alarm('access.seal_broken', {
        row: broken.row.id,
        ...(broken.row['secret_id'] ? { secret: broken.row['secret_id'] } : {}),
        ...(broken.row['person_id'] ? { person: broken.row['person_id'] } : {}),
      });
    return !broken;
  };
  return {
    holds,
    decide: (tx, question) => decide(tx, question, holds),
    known: (actor, at) => sql`access_known(${actor.id}, ${at})`,
    knows: (actor, at, id) => knowsOf({ who: actor.id, what: id, at }),
  };
}

async function decide(tx: Tx, { actor, id, at, hold }: Question, holds: Gate['holds']): Promise<Subject | undefined> {
  const secretId = await findSecretOf(tx, id);
  if (actor.kind === 'system') return secretId === undefined ? undefined : { secretId, may: { know: true, open: true, own: true } };
  // Asked even where there is no such id: hidden and absent cost the same.
  const conditions = await findConditions(tx, { who: actor.id, what: secretId ?? '', at });
  if (secretId === undefined || !conditions?.know || !holds(conditions.powers)) return undefined;
  if (hold && !(await lockPowers(tx, conditions.powers))) return undefined;
  return { secretId, may: { know: conditions.know, open: conditions.open, own: conditions.own } };
}
