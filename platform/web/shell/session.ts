import { createContext, use } from 'react';
import type { Shown } from '../ui/ErrorNote.tsx';

export type Session = {
  name: string;
  /** In words: "IP counsel". */
  role: string;
  organisation: string;
  permissions: ReadonlySet<string>;
};

/** Where the visitor stands. `set-up` is a server that nobody has set up yet. */
export type SessionState =
  | { is: 'loading' }
  | { is: 'set-up' }
  | { is: 'out' }
  | { is: 'in'; session: Session }
  | { is: 'failed'; error: Shown; retry: () => void };

export const SessionContext = createContext<SessionState>({ is: 'loading' });

export function useSessionState(): SessionState {
  return use(SessionContext);
}

/** The person at the screen. Only inside pages of the app's frame, where there is one. */
export function useSession(): Session {
  const state = use(SessionContext);
  if (state.is !== 'in') throw new Error('Cannot read the session: nobody is signed in');
  return state.session;
}

/** May the person at the screen do this? The server decides again; this only keeps dead buttons off the page. */
export function useMay(permission: string): boolean {
  const state = use(SessionContext);
  return state.is === 'in' && state.session.permissions.has(permission);
}
