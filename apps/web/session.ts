import { call, Failure } from '@underseal/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { people } from '#features/people/contract.ts';
import { nameRoles } from '#features/people/web/words.ts';
import { guard } from '#features/guard/contract.ts';
import { asCaseNumber } from '#features/guard/web/looks.ts';
import { useUploadQueue } from '#features/vault/web/UploadsProvider.tsx';
import { register } from '#features/register/contract.ts';
import { describeError, NoAnswer, send, useRead } from '#platform/web/operations.ts';
import { useLive } from '#platform/web/live.ts';
import type { RouterOptions, Session, SessionState } from '#platform/web/shell/index.ts';
import { useMay } from '#platform/web/shell/index.ts';
import { formatInstant, type FinderEntry } from '#platform/web/ui/index.ts';
import { ofPrograms, useMatchesThisWeek } from './home/this-week.ts';
import { pages } from './routes.tsx';

const isSignedOut = (error: unknown) => error instanceof Failure && error.kind === 'unauthenticated';

/** Who is at the screen. It is asked first whether anybody is: a stranger who asked who she is would be refused, and each refusal is counted. */
export function useSessionNow(): SessionState {
  const status = useRead(people.status, {}, { first: true });
  const me = useRead(people.me, {}, { enabled: status.data?.signedIn === true });
  const out = status.data?.signedIn === false || isSignedOut(me.error);
  useAskingAnew();
  const leaving = out && status.data?.installed === true;
  useLeaving(leaving, me.data !== undefined);
  const session = useMemo<Session | undefined>(
    () => me.data && { name: me.data.name, role: nameRoles(me.data.roles), organisation: me.data.organisation, permissions: permissionsOf(me.data) },
    [me.data],
  );
  if (leaving) return isBehindDoor(location.pathname) ? { is: 'loading' } : { is: 'out' };
  if (out && status.data) return { is: 'set-up' };
  if (out && !status.error) return { is: 'loading' };
  // A server that cannot be reached for a moment signs nobody out: each read says so by itself.
  if (!out && session) return { is: 'in', session };
  const error = status.error ?? me.error;
  if (error) return { is: 'failed', error: describeError(error), retry: () => void (status.error ? status : me).refetch() };
  return { is: 'loading' };
}

/** What anybody may who was confirmed, or never in doubt, is one of them: the own timeline is closed until then. */
function permissionsOf({ permissions, inDoubt }: { permissions: readonly string[]; inDoubt: boolean }): ReadonlySet<string> {
  return new Set(inDoubt ? permissions : [...permissions, 'confirmed']);
}

/** A session ends elsewhere too (an hour unused, an administrator): the first refusal of a read asks anew who is here. */
function useAskingAnew() {
  const queries = useQueryClient();
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'error' || !isSignedOut(event.action.error)) return;
        if (event.query.queryKey[0] !== people.me.name) void queries.invalidateQueries({ queryKey: [people.me.name] });
      }),
    [queries],
  );
}

/** To the door by a load of the page, so that nothing that was read stays in its memory for whoever signs in next. */
function useLeaving(out: boolean, wasIn: boolean) {
  useEffect(() => {
    const { pathname, search } = location;
    if (!out || !isBehindDoor(pathname)) return;
    const told = new URLSearchParams({ ...(pathname === '/' ? {} : { to: pathname + search }), ...(wasIn ? { ended: 'yes' } : {}) });
    location.replace(`/sign-in${told.size > 0 ? `?${told}` : ''}`);
  }, [out, wasIn]);
}
function isBehindDoor(pathname: string): boolean {
  return pages.some(({ frame = 'app', path }) => frame === 'app' && new RegExp(`^${path.replaceAll(/\$\w+/g, '[^/]+')}$`).test(pathname));
}

const MOST_FOUND = 8;

/** What the frame takes from features: figures beside the places, the finder's search, signing out. */
export const useShell: NonNullable<RouterOptions['useShell']> = () => {
  useLive(useRead(people.me, {}).isSuccess);
  const mayList = useMay('register:list');
  const { week: matches } = useMatchesThisWeek();
  const mayReview = useMay('guard:review');
  const uploads = useUploadQueue();
  const search = useCallback(
    async (text: string, signal: AbortSignal): Promise<readonly FinderEntry[]> => {
      const caseNumber = asCaseNumber(text);
      if (caseNumber && mayReview) {
        const { items } = await call(send, guard.find, { caseNumber }, { signal });
        return items.map((row) => ({ id: row.id, label: caseNumber, hint: formatInstant(row.at), to: `/exits?open=${row.id}`, group: 'Cases' }));
      }
      if (!mayList) return [];
      const { items } = await call(send, register.list, { search: text, limit: MOST_FOUND }, { signal });
      return items.map((row) => ({ id: row.id, label: row.codeName, hint: row.title, to: `/register/${row.id}`, group: 'Secrets' }));
    },
    [mayList, mayReview],
  );
  return { search, onSignOut: () => signOut(uploads.end), counts: matches?.whole ? { '/exits': ofPrograms(matches).rows.length } : {} };
};

/** The page is loaded anew, so that nothing that was read stays in its memory. */
function signOut(endUploads: () => void) {
  const leave = () => {
    // The browser would ask whether to stay for them; the session has ended, and they with it.
    endUploads();
    location.replace('/sign-in');
  };
  call(send, people.signOut, {}).then(leave, (error: unknown) => {
    if (isSignedOut(error)) leave();
    // Whoever goes away from the screen must not believe that the session has ended: this stops everything until it is read.
    // oxlint-disable-next-line no-alert
    else alert(`${error instanceof NoAnswer ? 'You may still be signed in' : 'You are still signed in'}. ${describeError(error).message}.`);
  });
}
