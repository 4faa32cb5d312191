import type { ReactNode } from 'react';
import { State, type StateKind } from '#platform/web/ui/index.ts';

/** A word that is seen from afar, and what it means. */
export function Finding({ kind, words, children }: { kind: StateKind; words: string; children: ReactNode }) {
  return (
    <p>
      <State kind={kind}>{words}</State>
      <br />
      {children}
    </p>
  );
}
