import type { PageEntry } from '#platform/web/shell/index.ts';

export const pages: readonly PageEntry[] = [{ path: '/', component: () => import('./HomePage.tsx').then((m) => m.HomePage), nav: { verb: 'home' } }];
