import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentOf, navOf } from './nav.ts';
import type { PageEntry } from './page-entry.ts';

const component = () => Promise.reject(new Error('not loaded here'));
const pages: PageEntry[] = [
  { path: '/settings', component, nav: { verb: 'settings' }, needs: 'settings:manage' },
  { path: '/exits', component, nav: { verb: 'guard', label: 'Exits', order: 40 } },
  { path: '/access', component, nav: { verb: 'guard', label: 'Access', order: 10 }, needs: ['access:read', 'access:grant'] },
  { path: '/register/$secretId', component, needs: 'register:read' },
  { path: '/register', component, nav: { verb: 'register' }, needs: 'register:read' },
  { path: '/', component, nav: { verb: 'home' } },
];

test('the rail goes by verb, whatever the order of features', () => {
  const rail = navOf(pages, new Set(['settings:manage', 'access:read', 'register:read']));
  assert.deepEqual(
    rail.map((group) => group.label),
    ['Home', 'Register', 'Guard', 'Settings'],
  );
  assert.deepEqual(rail[2]?.items, [
    { label: 'Access', to: '/access' },
    { label: 'Exits', to: '/exits' },
  ]);
  assert.equal(rail[2]?.to, undefined);
});

test('a person sees only what they may use; of several permissions any one is enough', () => {
  assert.deepEqual(
    navOf(pages, new Set()).map((group) => group.label),
    ['Home', 'Guard'],
  );
  const granted = navOf(pages, new Set(['access:grant']));
  assert.deepEqual(
    granted.find((group) => group.verb === 'guard')?.items.map((item) => item.label),
    ['Access', 'Exits'],
  );
});

test('a sheet lies in the place of its list, and home is only home', () => {
  const rail = navOf(pages, new Set(['register:read']));
  assert.equal(currentOf(rail, '/register/sec_1'), '/register');
  assert.equal(currentOf(rail, '/registered'), undefined);
  assert.equal(currentOf(rail, '/'), '/');
});
