import type { Tx } from '#platform/server/db.ts';
import type { Gate, Power, Question, Strength, Subject } from '#platform/server/gate.ts';
import { sealHolds } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import { conditionOf, strengthsOf, type Condition } from './rules.ts';
import { findKnown, findSubject, knownOf, listConditions, readPowers, type PowerRow } from './store.ts';

/** The gate: the rule in SQL finds rows, and the rule here decides by what is sealed of them, read from where they lie. Both must say yes. */
export function createGate({ keys, alarm }: Sealing): Gate {
  const strengthsBy: Seals['strengthsBy'] = (rows, to) => strengthsOf(heldBy({ keys, alarm }, rows, to));
  const gives: Gate['gives'] = async (tx, asked, { who, at }) => {
    const held = await findHeld({ keys, alarm }, tx, { asked: asked.map((one) => ({ ...one, who })), at });
    return new Map(asked.map(({ secretId }, i) => [secretId, strengthsOf(held[i]!)]));
  };
  /** Which secret a thing belongs to decides who may have it: a row that was moved to another secret is as if it were not there. */
  const isSound = ({ id, secret_id, seal }: { id: string; secret_id: string; seal: Buffer }) => {
    const sound = sealHolds(keys, 'gate_subject', { id, secret_id }, seal);
    if (!sound) alarm('access.seal_broken', { row: id, secret: secret_id });
    return sound;
  };
  return {
    gives,
    decide: (tx, question) => decide(tx, question, { strengthsBy, isSound }),
    async decideAll(tx, { who, secretIds, at }) {
      const rows = await findKnown(tx, { who, secretIds: [...new Set(secretIds)], at });
      const given = await gives(tx, rows, { who, at });
      return new Map(
        rows.flatMap(({ secretId, open, own }) => {
          const sealed = given.get(secretId)!;
          return sealed.know ? [[secretId, { know: true, open: open && sealed.open, own: own && sealed.own }] as const] : [];
        }),
      );
    },
    known: (actor, at, id) => knownOf({ who: actor.id, what: id, at }),
  };
}

export interface Explained {
  readonly held: ReadonlySet<string>;
  readonly know: boolean;
  readonly open: boolean;
}
/** What holds for each of these persons and one secret, and what it comes to: by the rule that decides, and by as many statements for all as for one. */
export async function explainEach(
  sealing: Sealing,
  tx: Tx,
  { personIds, secretId, at }: { personIds: readonly string[]; secretId: string; at: Date },
): Promise<Map<string, Explained>> {
  const rows = await listConditions(tx, { whos: [...new Set(personIds)], what: secretId, at });
  const sealed = await findHeld(sealing, tx, { asked: rows.map(({ who, powers }) => ({ who, secretId, powers })), at });
  return new Map(
    rows.map(({ who, held, know, open }, i) => {
      const given = strengthsOf(sealed[i]!);
      // What a row makes true is told by the row.
      const unsealed = held.filter((condition) => condition === 'employed' || condition === 'confirmed');
      return [who, { held: new Set([...unsealed, ...sealed[i]!]), know: know && given.know, open: open && given.open }];
    }),
  );
}

type Sealing = Pick<Services, 'keys' | 'alarm'>;
interface Asked {
  readonly who: string;
  readonly secretId: string;
  readonly powers: readonly Power[];
}
async function findHeld(sealing: Sealing, tx: Tx, { asked, at }: { asked: readonly Asked[]; at: Date }): Promise<Condition[][]> {
  const rows = await readPowers(
    tx,
    asked.flatMap(({ powers }) => powers),
    false,
  );
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return asked.map(({ who, secretId, powers }) => {
    const own = [...new Set(powers.map(keyOf))].flatMap((key) => byKey.get(key) ?? []);
    return heldBy(sealing, own, { who, secretId, at });
  });
}
/** The conditions that these rows make true; none, with an alarm, where one of them was changed by hand. */
function heldBy({ keys, alarm }: Sealing, rows: readonly PowerRow[], to: { who: string; secretId: string; at: Date }): Condition[] {
  const broken = rows.find(({ table, row, seal }) => !sealHolds(keys, table, row, seal));
  if (!broken) return rows.flatMap((row) => conditionOf(row, to) ?? []);
  alarm('access.seal_broken', {
    row: broken.row.id,
    ...(broken.row['secret_id'] ? { secret: broken.row['secret_id'] } : {}),
    ...(broken.row['person_id'] ? { person: broken.row['person_id'] } : {}),
  });
  return [];
}
function keyOf({ table, row }: Power): string {
  return `${table} ${row.id}`;
}

interface Seals {
  readonly strengthsBy: (rows: readonly PowerRow[], to: { who: string; secretId: string; at: Date }) => Readonly<Record<Strength, boolean>>;
  readonly isSound: (row: { id: string; secret_id: string; seal: Buffer }) => boolean;
}
async function decide(tx: Tx, { actor, id, at, hold }: Question, { strengthsBy, isSound }: Seals): Promise<Subject | undefined> {
  const { secret_id, seal, ...conditions } = await findSubject(tx, { who: actor.id, id, at });
  const secretId = secret_id !== null && seal && isSound({ id, secret_id, seal }) ? secret_id : undefined;
  if (actor.kind === 'system') return secretId === undefined ? undefined : { secretId, may: { know: true, open: true, own: true } };
  if (secretId === undefined || !conditions.know) return undefined;
  // Held, where it is to be held: what was changed meanwhile is seen as it is now.
  const given = strengthsBy(await readPowers(tx, conditions.powers, hold), { who: actor.id, secretId, at });
  if (!given.know) return undefined;
  return { secretId, may: { know: true, open: conditions.open && given.open, own: conditions.own && given.own } };
}
