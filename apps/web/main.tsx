import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { UploadsProvider } from '#features/vault/web/UploadsProvider.tsx';
import { SessionContext } from '#platform/web/shell/index.ts';
import { Theme } from '#platform/web/theme/Theme.tsx';
import { createRoutes } from './routes.tsx';
import { useShell, useSessionNow } from './session.ts';

const queries = new QueryClient({
  defaultOptions: {
    // A refusal is an answer: asking again gives the same. Releases are never asked twice by themselves.
    queries: { retry: false, refetchOnWindowFocus: false, staleTime: 5_000 },
    mutations: { retry: false },
  },
});
const router = createRoutes({ useShell });

function WithSession({ children }: { children: ReactNode }) {
  return <SessionContext value={useSessionNow()}>{children}</SessionContext>;
}

const root = document.getElementById('root');
if (!root) throw new Error('Cannot start: the page has no place for the app');
createRoot(root).render(
  <StrictMode>
    <Theme>
      <QueryClientProvider client={queries}>
        <WithSession>
          <UploadsProvider>
            <RouterProvider router={router} />
          </UploadsProvider>
        </WithSession>
      </QueryClientProvider>
    </Theme>
  </StrictMode>,
);
