import type { ReactNode } from 'react';
import { SkipLink } from '../ui/SkipLink.tsx';
import { ThemeToggle } from '../ui/ThemeToggle.tsx';
import { Wordmark } from '../ui/Wordmark.tsx';
import './SignedOut.css';

/** The frame before the sign-in: sign in, set up, accept an invitation. `note` is one line at the right of the head. */
export function SignedOut({ note, children }: { note?: ReactNode; children: ReactNode }) {
  return (
    <div className="bare">
      <SkipLink />
      <header className="top">
        <Wordmark />
        <span className="small quiet">{note ?? <ThemeToggle />}</span>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Two narrow columns, as sign-in has them: the form, and what comes next or what to know. */
export function TwoForms({ first, second }: { first: ReactNode; second?: ReactNode }) {
  return (
    <div className="signin">
      <div>{first}</div>
      {second && <div>{second}</div>}
    </div>
  );
}

export function Or() {
  return <p className="or">or</p>;
}
