import type { PageEntry } from '#platform/web/shell/index.ts';

export const pages: readonly PageEntry[] = [
  {
    path: '/ledger',
    component: () => import('./LedgerPage.tsx').then((m) => m.LedgerPage),
    nav: { verb: 'prove', label: 'Ledger', order: 1 },
    needs: 'evidence:entries',
  },
  {
    path: '/my-timeline',
    component: () => import('./MyTimelinePage.tsx').then((m) => m.MyTimelinePage),
    nav: { verb: 'prove', label: 'My timeline', order: 2 },
    needs: 'confirmed',
  },
  { path: '/people/$personId', component: () => import('./PersonTimelinePage.tsx').then((m) => m.PersonTimelinePage), needs: 'evidence:entries' },
];
