import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import type { RouteComponent, RouterHistory } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Announcer } from '../ui/Announcer.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { KeptFocus } from '../ui/KeptFocus.tsx';
import { Loading } from '../ui/Loading.tsx';
import { AppShell } from './AppShell.tsx';
import type { AppShellProps } from './AppShell.tsx';
import { Broken } from './Broken.tsx';
import { NotFound } from './NotFound.tsx';
import { maySee } from './page-entry.ts';
import type { PageEntry } from './page-entry.ts';
import { useSessionState } from './session.ts';
import { SignedOut } from './SignedOut.tsx';

export type RouterOptions = {
  pages: readonly PageEntry[];
  /** Rail figures, the finder's search and signing out come from features; the app puts them in here. */
  useShell?: (() => Pick<AppShellProps, 'counts' | 'search' | 'onSignOut'>) | undefined;
  signInPath?: string | undefined;
  setupPath?: string | undefined;
  history?: RouterHistory | undefined;
};

/** Search is plain text both ways: a code such as "007" or "true" stays what it is. */
function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}
function stringifySearch(search: Record<string, unknown>): string {
  const text = new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]])),
  ).toString();
  return text ? `?${text}` : '';
}

/** Goes to where it was first told: while the next page loads, the address changes, and would be wrapped into itself again and again. */
function Go({ to }: { to: string }) {
  const router = useRouter();
  const [first] = useState(to);
  useEffect(() => router.history.replace(first), [router, first]);
  return null;
}

/** Sends strangers to the door, and keeps from everybody what they may not see. */
function Gate({ options, children }: { options: RouterOptions; children: ReactNode }) {
  const state = useSessionState();
  const here = useLocation({ select: (location) => location.href });
  const shell = (options.useShell ?? noShell)();
  switch (state.is) {
    case 'loading':
      return (
        <SignedOut>
          <Loading what="your session" />
        </SignedOut>
      );
    case 'failed':
      return (
        <SignedOut>
          <ErrorNote error={state.error} onRetry={state.retry} />
        </SignedOut>
      );
    case 'set-up':
      return <Go to={options.setupPath ?? '/set-up'} />;
    case 'out':
      return <Go to={`${options.signInPath ?? '/sign-in'}${here === '/' ? '' : `?to=${encodeURIComponent(here)}`}`} />;
    case 'in':
      return (
        <AppShell session={state.session} pages={options.pages} {...shell}>
          {children}
        </AppShell>
      );
  }
}

/** An address that no page has. It sends nobody on: a door that does not exist yet would send them in a circle. */
function Nowhere({ options }: { options: RouterOptions }) {
  const state = useSessionState();
  if (state.is === 'in') {
    return (
      <Gate options={options}>
        <NotFound />
      </Gate>
    );
  }
  return (
    <SignedOut>
      <NotFound />
    </SignedOut>
  );
}

function noShell() {
  return {};
}

function Allowed({ needs, children }: { needs: PageEntry['needs']; children: ReactNode }) {
  const state = useSessionState();
  return state.is === 'in' && maySee(needs, state.session.permissions) ? children : <NotFound />;
}

/** The router of all features' pages; each page is loaded when it is gone to, and fetched ahead when it is pointed at. */
export function createAppRouter(options: RouterOptions) {
  const root = createRootRoute({
    component: () => (
      <>
        <Announcer />
        <KeptFocus />
        <Outlet />
      </>
    ),
    notFoundComponent: () => <Nowhere options={options} />,
  });
  const app = createRoute({
    getParentRoute: () => root,
    id: 'app',
    component: () => (
      <Gate options={options}>
        <Outlet />
      </Gate>
    ),
  });
  const bare = createRoute({ getParentRoute: () => root, id: 'bare', component: Outlet });

  const routeOf = (page: PageEntry) => {
    const Lazy = lazyRouteComponent(() => page.component().then((Found) => ({ Show: () => <Found /> })), 'Show');
    const guarded = () => (
      <Allowed needs={page.needs}>
        <Lazy />
      </Allowed>
    );
    const inside = (page.frame ?? 'app') === 'app';
    const component: RouteComponent = inside || page.needs ? guarded : () => <Lazy />;
    if (Lazy.preload) component.preload = Lazy.preload;
    return createRoute({ getParentRoute: () => (inside ? app : bare), path: page.path, component });
  };
  const inApp = options.pages.filter((page) => (page.frame ?? 'app') === 'app').map(routeOf);
  const outside = options.pages.filter((page) => (page.frame ?? 'app') !== 'app').map(routeOf);

  return createRouter({
    routeTree: root.addChildren([app.addChildren(inApp), bare.addChildren(outside)]),
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: false,
    defaultPendingComponent: () => <Loading what="the page" />,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ({ error, reset }) => <Broken error={error} reset={reset} />,
    ...(options.history ? { history: options.history } : {}),
  });
}
