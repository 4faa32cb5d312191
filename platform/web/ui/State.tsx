import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';
import './State.css';

/** What a thing is like. `held` waits for a decision, `quiet` has ended and asks for nothing. */
export type StateKind = 'holds' | 'gap' | 'breach' | 'not-inspected' | 'declined' | 'missing' | 'due' | 'held' | 'quiet';

const looks: Record<StateKind, { icon: IconName; ink: string }> = {
  holds: { icon: 'ok', ink: 'c-ok' },
  gap: { icon: 'gap', ink: 'c-gap' },
  breach: { icon: 'breach', ink: 'c-breach' },
  'not-inspected': { icon: 'unread', ink: 'c-unread' },
  declined: { icon: 'declined', ink: '' },
  missing: { icon: 'miss', ink: 'c-gap' },
  due: { icon: 'clock', ink: '' },
  held: { icon: 'lock', ink: '' },
  quiet: { icon: 'tick', ink: '' },
};

export function StateIcon({ kind, className }: { kind: StateKind; className?: string | undefined }) {
  return <Icon name={looks[kind].icon} className={[looks[kind].ink, className].filter(Boolean).join(' ')} />;
}

/** An icon and a word in the ink of the state: never a colour alone, never a pill. */
export function State({ kind, children }: { kind: StateKind; children: ReactNode }) {
  return (
    <span className={`st ${looks[kind].ink}`}>
      <Icon name={looks[kind].icon} />
      {children}
    </span>
  );
}

/** The answer of a sheet, in words: "Protected, with 2 gaps." */
export function StateLine({ kind, children }: { kind: StateKind; children: ReactNode }) {
  return (
    <p className="state-line">
      <StateIcon kind={kind} />
      <span>{children}</span>
    </p>
  );
}
