import type { ReactNode } from 'react';
import { Link, type Cond } from '#platform/web/ui/index.ts';
import type { Condition } from '../contract.ts';

interface Told {
  readonly condition: Condition;
  readonly holds: boolean;
}
interface Words {
  readonly holds: string;
  readonly missing: string;
  readonly mends: ReactNode;
}

const ALTERED = 'What lets her in was changed by hand in the database, and opens nothing until an operator has seen to it.';
const WORDS: Readonly<Record<Exclude<Condition, 'counsel'>, Words>> = {
  employed: {
    holds: 'Works here',
    missing: 'Not known to work here',
    mends: 'Works here no more, or what is kept of her was changed by hand in the database: an operator has to see to that.',
  },
  confirmed: {
    holds: 'Confirmed',
    missing: 'Not confirmed',
    mends: (
      <>
        Nobody has confirmed her since her password was reset: under <Link to="/people">People</Link>.
      </>
    ),
  },
  permitted: {
    holds: 'Role',
    missing: 'Role opens nothing',
    mends: (
      <>
        Her role opens no documents: an administrator gives her another, under <Link to="/people">People</Link>.
      </>
    ),
  },
  granted: { holds: 'Grant', missing: 'Grant not sound', mends: ALTERED },
  owner: { holds: 'Owner', missing: 'Ownership not sound', mends: ALTERED },
};

type Way = 'granted' | 'owner';
/** What opening asks of everybody, and that by which this person is let in. */
function asked(conditions: readonly Told[], by: Way) {
  return (['employed', 'confirmed', 'permitted', by] as const).map((condition) => ({
    ...WORDS[condition],
    condition,
    isHeld: conditions.some((told) => told.condition === condition && told.holds),
  }));
}
export function condsOf(conditions: readonly Told[], by: Way): readonly Cond[] {
  return asked(conditions, by).map(({ holds, missing, isHeld }) => ({ label: isHeld ? holds : missing, holds: isHeld }));
}
/** What mends what is missing; of who is not known to work here the rest is not known either. */
export function mendsOf(conditions: readonly Told[], by: Way): ReactNode {
  const missing = asked(conditions, by).filter(({ isHeld }) => !isHeld);
  const told = missing[0]?.condition === 'employed' ? missing.slice(0, 1) : missing;
  return told.length > 0 && told.map(({ condition, mends }) => <p key={condition}>{mends}</p>);
}
