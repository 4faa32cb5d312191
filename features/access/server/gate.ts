import type { Tx } from '#platform/server/db.ts';
import type { Gate, Question, Subject } from '#platform/server/gate.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { sealHolds } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import { conditionOf, NOTHING, strengthsOf } from './rules.ts';
import { findConditions, findSubject, knownOf, knowsOf, lockPowers } from './store.ts';

/** The gate: the rule in SQL finds rows, and the rule here decides by what is sealed of them. Both must say yes. */
export function createGate({ keys, alarm }: { keys: KeyRing; alarm: Services['alarm'] }): Gate {
  const gives: Gate['gives'] = (powers, to) => {
    const broken = powers.find((power) => !sealHolds(keys, power.table, power.row, Buffer.from(power.seal, 'hex')));
    if (broken)
      alarm('access.seal_broken', {
        row: broken.row.id,
        ...(broken.row['secret_id'] ? { secret: broken.row['secret_id'] } : {}),
        ...(broken.row['person_id'] ? { person: broken.row['person_id'] } : {}),
      });
    return broken ? NOTHING : strengthsOf(powers.flatMap((power) => conditionOf(power, to) ?? []));
  };
  /** Which secret a thing belongs to decides who may have it: a row that was moved to another secret is as if it were not there. */
  const isSound = ({ id, secret_id, seal }: { id: string; secret_id: string; seal: Buffer }) => {
    const sound = sealHolds(keys, 'gate_subject', { id, secret_id }, seal);
    if (!sound) alarm('access.seal_broken', { row: id, secret: secret_id });
    return sound;
  };
  return {
    gives,
    decide: (tx, question) => decide(tx, question, { gives, isSound }),
    known: (actor, at, id) => knownOf({ who: actor.id, what: id, at }),
    knows: (actor, at, id) => knowsOf({ who: actor.id, what: id, at }),
  };
}

interface Seals {
  readonly gives: Gate['gives'];
  readonly isSound: (row: { id: string; secret_id: string; seal: Buffer }) => boolean;
}
async function decide(tx: Tx, { actor, id, at, hold }: Question, { gives, isSound }: Seals): Promise<Subject | undefined> {
  const row = await findSubject(tx, id);
  const secretId = row && isSound(row) ? row.secret_id : undefined;
  if (actor.kind === 'system') return secretId === undefined ? undefined : { secretId, may: { know: true, open: true, own: true } };
  // Asked even where there is no such id: hidden and absent cost the same.
  const conditions = await findConditions(tx, { who: actor.id, what: secretId ?? '', at });
  if (secretId === undefined || !conditions?.know) return undefined;
  const given = gives(conditions.powers, { who: actor.id, secretId, at });
  if (!given.know) return undefined;
  if (hold && !(await lockPowers(tx, conditions.powers, hold))) return undefined;
  return { secretId, may: { know: true, open: conditions.open && given.open, own: conditions.own && given.own } };
}
