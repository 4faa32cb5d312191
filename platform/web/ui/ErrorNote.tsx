import { Button } from './Button.tsx';
import { Notice } from './Notice.tsx';

/** What a failed read or act carries. `ref` finds it in the server's log. */
export type Shown = { code: string; message: string; ref?: string | undefined };

const advice: Record<string, { meaning: string; next: string }> = {
  network: { meaning: 'It is not known whether the server got it.', next: 'Look whether it was done before you try again.' },
  unauthenticated: { meaning: 'Nothing was changed.', next: 'Sign in again; what you typed here stays.' },
  denied: { meaning: 'Nothing was changed.', next: 'Ask an administrator if you need this for your work.' },
  missing: { meaning: 'Nothing was changed.', next: 'It may have ended, or is not open to you.' },
  conflict: { meaning: 'Nothing was changed.', next: 'Load the page again: somebody may have been quicker.' },
  limit: { meaning: 'Nothing was changed.', next: 'Wait a minute, then try again.' },
  too_large: { meaning: 'Nothing was kept.', next: 'Send less at once.' },
  invalid: { meaning: 'Nothing was changed.', next: 'Mend what is marked, then try again.' },
};
/** Trying again helps where something broke, not where the server said no: that message says itself what stands in the way. */
const broken = { meaning: 'Nothing was changed.', next: 'Try again.' };
const refused = { meaning: 'Nothing was changed.', next: '' };

export type ErrorNoteProps = {
  error: Shown;
  /** What it means for the reader's data, when more is known than the code says. */
  meaning?: string | undefined;
  /** What to do next. */
  next?: string | undefined;
  onRetry?: (() => void) | undefined;
};

/** What happened, what it means for your data, what to do, and a reference. */
export function ErrorNote({ error, meaning, next, onRetry }: ErrorNoteProps) {
  const known = advice[error.code] ?? (error.code === 'platform.bug' ? broken : refused);
  return (
    <div role="alert">
      <Notice kind="breach" action={onRetry && <Button onClick={onRetry}>Try again</Button>}>
        <p>
          <b>{/[.!?]$/.test(error.message) ? error.message : `${error.message}.`}</b>
        </p>
        <p className="dense">
          {meaning ?? known.meaning} {next ?? known.next}
          {error.ref && (
            <>
              {' '}
              If it stays, give your administrator this reference: <span className="code">{error.ref}</span>.
            </>
          )}
        </p>
      </Notice>
    </div>
  );
}
