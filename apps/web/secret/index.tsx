import type { PageEntry } from '#platform/web/shell/index.ts';

// Pages that put several features together stand here, above them all.
export const pages: readonly PageEntry[] = [
  { path: '/register/new', component: () => import('./NewSecretPage.tsx').then((m) => m.NewSecretPage), needs: 'register:enter', find: 'Register a secret' },
  { path: '/register/$secretId', component: () => import('./SecretPage.tsx').then((m) => m.SecretPage), needs: 'register:list' },
];
