import { Button, ButtonLink } from '../ui/Button.tsx';
import { ErrorNote, type Shown } from '../ui/ErrorNote.tsx';
import { Page } from '../ui/Page.tsx';
import { NotFound } from './NotFound.tsx';

type Thrown = { kind?: unknown; code?: unknown; message?: unknown; ref?: unknown };

/** Stands where a page threw. A failure of ours is shown in its words; anything else is a bug and is not. */
export function Broken({ error, reset }: { error: unknown; reset?: (() => void) | undefined }) {
  const { kind, code, message, ref } = (error ?? {}) as Thrown;
  if (code === 'platform.subject_missing' || code === 'platform.not_permitted') return <NotFound />;
  const known = typeof kind === 'string' && typeof code === 'string' && typeof message === 'string';
  const stale = typeof message === 'string' && /dynamically imported module|module script failed/i.test(message);
  const shown: Shown = known
    ? { kind: kind as Shown['kind'], code, message, ref: typeof ref === 'string' ? ref : undefined }
    : { kind: 'bug', code: 'internal', message: stale ? 'This page could not be loaded: the server may have been updated' : 'This page could not be shown' };
  return (
    <Page path={['Something went wrong']} title="This page did not work.">
      <ErrorNote
        error={shown}
        meaning="What is kept on the server is not touched by this."
        next={stale ? 'Load the page again.' : 'Try again, or go to Home.'}
      />
      <p className="actions broken-acts">
        <Button variant="filled" onClick={() => (stale || !reset ? location.reload() : reset())}>
          {stale || !reset ? 'Load again' : 'Try again'}
        </Button>
        <ButtonLink to="/">Go to Home</ButtonLink>
      </p>
    </Page>
  );
}
