import type { PageEntry } from '#platform/web/shell/index.ts';

export const pages: readonly PageEntry[] = [
  {
    path: '/check',
    component: () => import('./CheckPage.tsx').then((m) => m.CheckPage),
    nav: { verb: 'guard', label: 'Check a text', order: 1 },
    needs: 'guard:inspect',
  },
  {
    path: '/exits',
    component: () => import('./ExitsPage.tsx').then((m) => m.ExitsPage),
    nav: { verb: 'guard', label: 'Inspections', order: 2 },
    needs: 'guard:review',
  },
];
