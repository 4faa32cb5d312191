import type { PageEntry } from '#platform/web/shell/index.ts';

export const pages: readonly PageEntry[] = [
  { path: '/set-up', component: () => import('./SetUpPage.tsx').then((m) => m.SetUpPage), frame: 'signed-out' },
  { path: '/sign-in', component: () => import('./SignInPage.tsx').then((m) => m.SignInPage), frame: 'signed-out' },
  { path: '/reset', component: () => import('./ResetPage.tsx').then((m) => m.ResetPage), frame: 'signed-out' },
  { path: '/join', component: () => import('./JoinPage.tsx').then((m) => m.JoinPage), frame: 'signed-out' },
  {
    path: '/people',
    component: () => import('./PeoplePage.tsx').then((m) => m.PeoplePage),
    nav: { verb: 'settings', label: 'People', order: 1 },
    needs: 'people:list',
  },
  { path: '/people/invite', component: () => import('./InvitePage.tsx').then((m) => m.InvitePage), needs: 'people:invite', find: 'Invite somebody' },
  {
    path: '/tokens',
    component: () => import('./TokensPage.tsx').then((m) => m.TokensPage),
    nav: { verb: 'settings', label: 'Tokens', order: 2 },
    needs: 'people:token',
  },
  { path: '/tokens/new', component: () => import('./NewTokenPage.tsx').then((m) => m.NewTokenPage), needs: 'people:token', find: 'Make a token' },
  {
    path: '/my-sign-in',
    component: () => import('./MySignInPage.tsx').then((m) => m.MySignInPage),
    nav: { verb: 'settings', label: 'My sign-in', order: 3 },
    find: 'My sessions, password and second factor',
  },
];
