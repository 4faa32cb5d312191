import { useBlocker } from '@tanstack/react-router';
import type { RefObject } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';

/** Asks before a form with content is left: what was typed is kept nowhere else. `done` is set as soon as it was sent, before the page goes on by itself. */
export function LeaveGuard({ hasContent, done, what }: { hasContent: boolean; done: RefObject<boolean>; what: string }) {
  const isHeld = () => hasContent && !done.current;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isHeld() && current.pathname !== next.pathname,
    enableBeforeUnload: isHeld,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog
      open
      onClose={blocker.reset}
      title="Leave this form?"
      foot={
        <>
          <Button onClick={blocker.proceed}>Leave</Button>
          <Button variant="filled" onClick={blocker.reset}>
            Stay
          </Button>
        </>
      }
    >
      <p>{what} What you typed is lost if you leave.</p>
    </Dialog>
  );
}
