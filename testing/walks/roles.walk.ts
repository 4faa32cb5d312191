import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { ROLE_PERMISSIONS, type Role } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { startSession } from '#features/people/server/sessions.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import type { Actor } from '#platform/server/actor.ts';
import { SESSION_COOKIE } from '#platform/server/http/parts.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
/** What everybody has of his own. */
const OWN = ['/my-timeline', '/my-sign-in'];
/** Where the frame leads each role. */
const PLACES: Readonly<Record<Role, readonly string[]>> = {
  administrator: ['/', '/people', '/tokens', ...OWN],
  counsel: ['/', '/register', '/check', '/exits', '/ledger', '/people', ...OWN],
  security: ['/', '/register', '/check', '/exits', '/people', '/tokens', ...OWN],
  owner: ['/', '/register', '/check', '/exits', '/people', ...OWN],
  employee: ['/', '/register', '/check', ...OWN],
  auditor: ['/', '/ledger', '/people', ...OWN],
};
const ABSENT = 'sec_00000000000000000000000000';

test('each role, wide and on a phone, light and dark: what is there opens, and what is hidden is not there', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const context = page.context();
  const { services, run } = server.house;
  const hire = async (name: string, role: Role) => {
    const id = await hirePerson(services, { name, email: `${role}@halvorsen.example`, roles: [role] });
    const actor: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS[role]), address: '127.0.0.1' };
    const { sessionToken } = await services.db
      .transaction()
      .execute((tx) => startSession({ tx, now: services.clock.now(), services, actor }, { personId: id, kind: 'browser', strong: true }));
    return { id, actor, sessionToken };
  };
  const owner = await hire('Ravi Sundaram', 'owner');
  const entering = { codeName: 'KESTREL', title: 'Firing schedule, separator line 2', tier: 3, ownerId: owner.id };
  const { secretId } = (await run(register.operations.enter.name, owner.actor, entering)) as { secretId: string };
  const names: Record<Role, string> = {
    administrator: 'Adam Berg',
    counsel: 'Carla Conti',
    security: 'Sam Okafor',
    owner: 'Una Lind',
    employee: 'Eve Marsh',
    auditor: 'Iris Holm',
  };
  for (const role of Object.keys(PLACES) as Role[]) {
    await t.test(role, async () => {
      const { sessionToken } = role === 'owner' ? owner : await hire(names[role], role);
      await signIn(context, server.url, sessionToken);
      for (const size of [WIDE, PHONE]) {
        await page.setViewportSize(size);
        for (const place of PLACES[role]) {
          const where = `${role} ${place} ${size.width}`;
          await open(page, `${server.url}${place}`);
          await assertFits(page, where);
          await assertAccessible(page, where);
          if (size === WIDE) await shoot(page, `${role}${place.replaceAll('/', '-')}`);
        }
      }
      await page.setViewportSize(WIDE);
      await open(page, server.url);
      assert.deepEqual(await placesOf(page), [...PLACES[role]].sort(), 'what the frame offers is what opens');
      if (!PLACES[role].includes('/register')) return;
      const told = async (id: string) => {
        await open(page, `${server.url}/register/${id}`);
        return (await page.locator('main').innerText()).replaceAll(id, 'ID');
      };
      if (role === 'owner' || role === 'counsel') assert.match(await told(secretId), /KESTREL/);
      else assert.equal(await told(secretId), await told(ABSENT), 'hidden and absent look alike');
    });
  }
});

async function signIn(context: BrowserContext, url: string, token: string) {
  await context.clearCookies();
  await context.addCookies([{ name: SESSION_COOKIE, value: token, url, httpOnly: true, sameSite: 'Strict' }]);
}
/** Opens a page and waits until it says what it is and asks for nothing more. */
async function open(page: Page, url: string) {
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-busy=true], .loading').first().waitFor({ state: 'detached' });
}
async function assertFits(page: Page, what: string) {
  const over = await page.evaluate<number>(`document.documentElement.scrollWidth - document.documentElement.clientWidth`);
  assert.ok(over <= 0, `${what}: the page is ${over} pixels wider than the screen`);
}
async function placesOf(page: Page): Promise<string[]> {
  const links = await page.locator('nav a[href^="/"]').all();
  const places = await Promise.all(links.map(async (link) => (await link.getAttribute('href'))!.replace(/\?.*/, '')));
  return [...new Set(places)].sort();
}
