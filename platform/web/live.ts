import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

/** Renews what is on the page when something was recorded about a thing that its reader may know of. Listens once somebody is signed in. */
export function useLive(signedIn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!signedIn) return;
    const source = new EventSource('/api/live');
    let waiting: ReturnType<typeof setTimeout> | undefined;
    source.addEventListener('message', () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void queries.invalidateQueries();
      }, 400);
    });
    return () => {
      source.close();
      clearTimeout(waiting);
    };
  }, [queries, signedIn]);
}
