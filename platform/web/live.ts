import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { renewAll } from './operations.ts';

/** Changes come in groups: what one act records is read again once. */
const GATHER_MS = 400;
/** At least so long between two renewals: where programs have much inspected, changes come without end, and a page has a share of the server's time. */
const PACE_MS = 2_000;
/** How long to leave it when the server would not let this page listen, for example since too many do. */
const REFUSED_MS = 30_000;

/** Renews what is on the page when something was recorded about a thing that its reader may know of. Listens once somebody is signed in. */
export function useLive(signedIn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!signedIn) return;
    let source: EventSource | undefined;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let opened = false;
    let renewedAt = -Infinity;
    const told = new Set<string>();
    const renew = () => {
      const rest = renewedAt + PACE_MS - performance.now();
      waiting ??= setTimeout(
        () => {
          waiting = undefined;
          renewedAt = performance.now();
          const ids = [...told];
          told.clear();
          void renewAll(queries, ids);
        },
        Math.max(GATHER_MS, rest),
      );
    };
    const hear = ({ data }: MessageEvent<string>) => {
      told.add((JSON.parse(data) as { id: string }).id);
      renew();
    };
    const listen = () => {
      source = new EventSource('/api/live');
      source.addEventListener('message', hear);
      // The server could not tell everything, or this page did not hear it: what there is now is asked for.
      source.addEventListener('reset', renew);
      source.addEventListener('open', () => {
        if (opened) renew();
        opened = true;
      });
      source.addEventListener('error', () => {
        if (source?.readyState !== EventSource.CLOSED) return;
        // Refused, and not for a moment only: where the session has ended, reading says so and the page goes to the door.
        renew();
        again = setTimeout(listen, REFUSED_MS);
      });
    };
    listen();
    return () => {
      source?.close();
      clearTimeout(waiting);
      clearTimeout(again);
    };
  }, [queries, signedIn]);
}
