import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { register } from '#features/register/contract.ts';
import { ROLE_PERMISSIONS } from '#features/people/contract.ts';
import { startSession } from '#features/people/server/sessions.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import type { Actor } from '#platform/server/actor.ts';
import { SESSION_COOKIE } from '#platform/server/http/parts.ts';
import { ORIGINALS, trialsOf } from '../trial.ts';
import { startWalk } from './browser.ts';

const TITLES = {
  match: 'Match. Do not send this.',
  clear: 'Clear. Nothing registered was found.',
  'not-inspected': 'Not inspected. Do not send this.',
} as const;

test('documents of public origin, and what people make of them, in a browser', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const { services, run } = server.house;
  const id = await hirePerson(services, { name: 'Ravi Sundaram', email: 'ravi@halvorsen.example', roles: ['owner'] });
  const actor: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS.owner), address: '127.0.0.1' };
  const { secretId } = (await run(register.enter.name, actor, { codeName: 'KESTREL', title: 'Papers of state', tier: 3, ownerId: id })) as { secretId: string };
  const { sessionToken } = await services.db
    .transaction()
    .execute((tx) => startSession({ tx, now: services.clock.now(), services, actor }, { personId: id, kind: 'browser', strong: true }));
  await page.context().addCookies([{ name: SESSION_COOKIE, value: sessionToken, url: server.url, httpOnly: true, sameSite: 'Strict' }]);
  const choose = async (files: readonly { name: string; bytes: Buffer }[]) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles(files.map(({ name, bytes }) => ({ name, mimeType: 'application/octet-stream', buffer: bytes })));
  };

  await t.test('they are stored, and can be recognised', async () => {
    await page.goto(`${server.url}/register/${secretId}`);
    await choose(ORIGINALS);
    for (const { name } of ORIGINALS)
      await page
        .getByRole('row', { name: new RegExp(name) })
        .getByText('Can be recognised', { exact: true })
        .waitFor();
    await page.getByText('Registered, encrypted, and can be recognised.').waitFor();
  });

  for (const original of ORIGINALS) {
    for (const trial of trialsOf(original)) {
      await t.test(`${original.name}: ${trial.name} is ${trial.verdict}`, async () => {
        await page.goto(`${server.url}/check`);
        await choose([trial]);
        await page.getByRole('heading', { name: TITLES[trial.verdict] }).waitFor();
        if (trial.verdict === 'match') await page.getByRole('heading', { name: `“${original.name}” of KESTREL` }).waitFor();
        if (trial.verdict === 'not-inspected') assert.match(await page.locator('main').innerText(), /encrypted/);
      });
    }
  }
});
