import type { PageEntry } from '#platform/web/shell/index.ts';

export const pages: readonly PageEntry[] = [
  { path: '/register', component: () => import('./RegisterPage.tsx').then((m) => m.RegisterPage), nav: { verb: 'register' }, needs: 'register:list' },
];
