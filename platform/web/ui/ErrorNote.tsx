import { adviceOn, type Kind } from './advice.ts';
import { Button } from './Button.tsx';
import { Notice } from './Notice.tsx';

/** What a failed read or act carries. `ref` finds it in the server's log. */
export type Shown = { kind: Kind; code: string; message: string; ref?: string | undefined };

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
  const { meaning: means, next: then } = adviceOn(error, { meaning, next });
  return (
    <div role="alert">
      <Notice kind="breach" action={onRetry && <Button onClick={onRetry}>Try again</Button>}>
        <p>
          <b>{/[.!?]$/.test(error.message) ? error.message : `${error.message}.`}</b>
        </p>
        <p className="dense">
          {means} {then}
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
