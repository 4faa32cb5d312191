import { useLocation, useRouter } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Sort } from './Table.tsx';

type Changes = Record<string, string | undefined>;

/** The address with some of its search changed; empty values go. */
export function withSearch(pathname: string, search: string, changes: Changes): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const text = params.toString();
  return text ? `${pathname}?${text}` : pathname;
}

function useAddress() {
  const router = useRouter();
  const pathname = useLocation({ select: (location) => location.pathname });
  const search = useLocation({ select: (location) => location.searchStr });
  const change = useCallback(
    (changes: Changes) => {
      const { pathname: path, searchStr } = router.state.location;
      router.history.replace(withSearch(path, searchStr, changes));
    },
    [router],
  );
  return { pathname, search, change };
}

/** One word of the address's search: `const [tab, setTab] = useUrl('tab', 'overview')`. */
export function useUrl(name: string, otherwise = ''): [value: string, set: (value: string) => void] {
  const { search, change } = useAddress();
  const value = new URLSearchParams(search).get(name) ?? otherwise;
  const set = useCallback((next: string) => change({ [name]: next === otherwise ? undefined : next }), [change, name, otherwise]);
  return [value, set];
}

/**
 * The state of a list lives in its address, so that Back, a bookmark and a colleague see the same.
 * `?q=` searches, `?sort=-changed` sorts down by `changed`, `?after=` is the cursor; any other word is a filter.
 */
export function useListUrl(standard: Sort) {
  const { pathname, search, change } = useAddress();
  return useMemo(() => {
    const params = new URLSearchParams(search);
    const written = params.get('sort');
    const sort: Sort = written ? { by: written.replace(/^-/, ''), down: written.startsWith('-') } : standard;
    const to = (changes: Changes) => withSearch(pathname, search, changes);
    return {
      q: params.get('q') ?? '',
      setQ: (text: string) => change({ q: text, after: undefined }),
      sort,
      sortTo: (next: Sort) => to({ sort: `${next.down ? '-' : ''}${next.by}`, after: undefined }),
      after: params.get('after') ?? undefined,
      afterTo: (cursor: string | null | undefined) => (cursor ? to({ after: cursor }) : undefined),
      firstTo: params.has('after') ? to({ after: undefined }) : undefined,
      filter: (name: string) => params.get(name) ?? '',
      setFilter: (name: string, value: string) => change({ [name]: value, after: undefined }),
      /** An address of the same list with other filters: for saved views. */
      to: (filters: Changes) => withSearch(pathname, '', filters),
    };
    // The standard order is written in the page as a literal: its parts count, not the object.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [pathname, search, change, standard.by, standard.down]);
}
