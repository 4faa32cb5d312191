import type { FailureKind } from '@underseal/contract';

/** How a read or an act failed; `network`: no answer came, `bug`: something broke. */
export type Kind = FailureKind | 'network' | 'bug';
export interface Advice {
  /** What it means for the reader's data. */
  readonly meaning: string;
  /** What to do; empty where the message says itself what stands in the way. */
  readonly next: string;
}
interface Refused {
  readonly kind: Kind;
  readonly code: string;
}

const UNCHANGED = 'Nothing was changed.';
const byKind: Readonly<Record<Kind, Advice>> = {
  invalid: { meaning: UNCHANGED, next: 'Correct it, then try again.' },
  unauthenticated: { meaning: UNCHANGED, next: 'Sign in again.' },
  denied: { meaning: UNCHANGED, next: 'If your work needs it, ask the owner of the secret, or an administrator.' },
  missing: { meaning: UNCHANGED, next: 'It may have ended, or is not open to you.' },
  conflict: { meaning: UNCHANGED, next: 'It may be done already; else change what stands in the way.' },
  too_large: { meaning: 'Nothing was kept.', next: 'Send less at once.' },
  limit: { meaning: UNCHANGED, next: 'Wait a little, then try again.' },
  unavailable: { meaning: UNCHANGED, next: 'If it stays, tell whoever runs the server.' },
  network: { meaning: 'It may have been done, and what was answered is lost.', next: 'Try again; where twice would matter, look first whether it was done.' },
  bug: { meaning: UNCHANGED, next: 'Try again.' },
};
/** Where the code says more than the kind. */
const byCode: Readonly<Record<string, Advice>> = {
  'platform.not_read': { meaning: UNCHANGED, next: 'Look whether you are connected, then try again.' },
  'platform.answer_lost': { meaning: 'It may have been done all the same.', next: 'Press again: what was done already is not done twice.' },
  'platform.already_done': {
    meaning: 'It was done the first time, and its answer was lost.',
    next: 'Look for it before you press again: that does it once more.',
  },
  // It may have gone between the work and its answer.
  'platform.database_away': { meaning: 'If you had something done just now, it may have been done.', next: 'Wait a moment, then press again.' },
};

/** What a failure means and what to do. What a page says of its own refusals holds where the server refused; where no answer came, it would be a guess. */
export function adviceOn({ kind, code }: Refused, own: Partial<Record<keyof Advice, string | undefined>> = {}): Advice {
  const known = byCode[code] ?? byKind[kind];
  if (kind === 'network') return known;
  return { meaning: own.meaning ?? known.meaning, next: own.next ?? known.next };
}
