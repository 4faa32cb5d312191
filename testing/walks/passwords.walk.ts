import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ROLE_PERMISSIONS } from '#features/people/contract.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import { startSession } from '#features/people/server/sessions.ts';
import type { Actor } from '#platform/server/actor.ts';
import { SESSION_COOKIE } from '#platform/server/http.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';

const OWN = 'seven kilns glow at dusk';
const HERS = ['four tall herons at noon', 'quiet otters swim at seven', 'nine lamps under the stairs'] as const;

test('passwords and invitations, in a browser: invite, withdraw, join, change, reset', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { page, server, data, complaints } = walk;
  page.setDefaultTimeout(60_000);
  const hers = await page
    .context()
    .browser()!
    .newPage({ viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
  hers.setDefaultTimeout(60_000);

  await t.test('set up', async () => {
    await page.goto(`${server.url}/set-up#${readFileSync(path.join(data, 'setup-code'), 'utf8').trim()}`);
    await page.getByRole('textbox', { name: 'Company' }).fill('Halvorsen Ceramics');
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ines Tamarit');
    await page.getByRole('textbox', { name: /mail address/ }).fill('ines@halvorsen.example');
    await page.locator('input[type=password]').fill(OWN);
    await page
      .locator('form')
      .getByRole('button', { name: /set up|go on|create/i })
      .click();
    await page.locator('pre.kit-paper').waitFor();
  });

  let link = '';
  await t.test('an invitation stands in the list until it is withdrawn, and its link opens nothing then', async () => {
    const first = await invite(page, server.url);
    await page.goto(`${server.url}/people`);
    await page.getByRole('heading', { name: 'Invited, not here yet' }).waitFor();
    await assertAccessible(page, 'people with an open invitation');
    await page.getByRole('columnheader', { name: 'Invited by' }).waitFor();
    await shoot(page, 'people-invited');
    await page.getByRole('button', { name: 'Withdraw the invitation of Wilma Brandt' }).click();
    await assertAccessible(page, 'withdraw');
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('heading', { name: 'Invited, not here yet' }).waitFor({ state: 'detached' });
    await hers.goto(first);
    await hers.getByRole('heading', { name: 'This invitation does not open.' }).waitFor();
    link = await invite(page, server.url);
  });

  await t.test('she joins, and changes her password by the present one', async () => {
    await hers.goto('about:blank');
    await hers.goto(link);
    await fill(hers, { Password: HERS[0], 'The same again': HERS[0] });
    await hers.getByRole('button', { name: 'Join Halvorsen Ceramics' }).click();
    await hers.getByRole('heading', { name: /You are in/ }).waitFor();
    await hers.goto(`${server.url}/my-sign-in`);
    await hers.getByRole('button', { name: 'Change the password' }).click();
    await assertAccessible(hers, 'change of the password');
    await shoot(hers, 'change-password');
    await fill(hers, { 'Present password': 'not the right one', 'New password': HERS[1], 'The new one again': HERS[1] });
    await hers.getByRole('button', { name: 'Change it' }).click();
    await hers.getByText('This is not your present password.').waitFor();
    await fill(hers, { 'Present password': HERS[0] });
    await hers.getByRole('button', { name: 'Change it' }).click();
    await hers.getByText('Your password is changed, and you are signed out everywhere else.').waitFor();
    await hers.getByRole('table').waitFor();
  });

  await t.test('an administrator who signed in a while ago proves who she is, and makes a link for a new password', async () => {
    const { services } = server.house;
    const { id } = await services.db.selectFrom('people_person').select('id').where('email', '=', 'ines@halvorsen.example').executeTakeFirstOrThrow();
    const actor: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS.administrator), address: '127.0.0.1' };
    const { sessionToken } = await services.db
      .transaction()
      .execute((tx) => startSession({ tx, now: new Date(Date.now() - 11 * 60_000), services, actor }, { personId: id, kind: 'browser', strong: false }));
    await page.context().addCookies([{ name: SESSION_COOKIE, value: sessionToken, url: server.url, httpOnly: true, sameSite: 'Strict' }]);
    await page.goto(`${server.url}/people`);
    assert.equal(await page.getByRole('button', { name: 'New password for Ines Tamarit' }).count(), 0, 'not for herself');
    await page.getByRole('button', { name: 'New password for Wilma Brandt' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Forgot it on holiday');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    await dialog.getByLabel('Your own password').fill('not the right one');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    await dialog.getByText('That did not match. Try again.').waitFor();
    await assertAccessible(page, 'proof');
    await shoot(page, 'reset-proof');
    await dialog.getByLabel('Your own password').fill(OWN);
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    await dialog.locator('code').waitFor();
    await assertAccessible(page, 'link for a new password');
    await shoot(page, 'reset-link');
    await dialog.getByText('Nobody here could confirm Wilma Brandt').waitFor();
    link = (await dialog.locator('code').textContent())!;
    assert.match(link, /\/reset#[\w-]{43}$/);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  await t.test('by it she chooses one, is signed out everywhere, and signs in with it; the link is spent', async () => {
    const here = link.replace(/^.*(?=\/reset#)/, server.url);
    await hers.goto('about:blank');
    await hers.goto(here);
    await hers.getByText('Wilma Brandt, this is for your account').waitFor();
    await assertAccessible(hers, 'choose a new password');
    await shoot(hers, 'reset');
    assert.ok(!hers.url().includes('#'), 'the code left the address bar');
    await fill(hers, { Password: HERS[2], 'The same again': HERS[2] });
    await hers.getByRole('button', { name: 'Set the password' }).click();
    await hers.getByRole('heading', { name: 'Your new password is set.' }).waitFor();
    await hers.goto(`${server.url}/my-sign-in`);
    await hers.getByRole('heading', { name: 'Sign in' }).first().waitFor();
    await hers.getByRole('textbox', { name: 'Mail address' }).fill('wilma@halvorsen.example');
    await hers.locator('input[type=password]').fill(HERS[2]);
    await hers.getByRole('button', { name: 'Sign in' }).click();
    await hers.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
    await hers.getByText('Everything else is closed until somebody other than the one who made it confirms').waitFor();
    await assertAccessible(hers, 'my sign-in in doubt');
    await shoot(hers, 'my-sign-in-in-doubt');
    await hers.goto(server.url);
    await hers.getByRole('heading', { name: 'A colleague has to confirm that it is you.' }).waitFor();
    await assertAccessible(hers, 'home in doubt');
    await shoot(hers, 'in-doubt');
    await hers.goto('about:blank');
    await hers.goto(here);
    await hers.getByRole('heading', { name: 'This link does not open.' }).waitFor();
  });

  await t.test('a third person confirms her, and her work is there again', async () => {
    const { services } = server.house;
    const id = await hirePerson(services, { name: 'Una Lind', email: 'una@halvorsen.example', roles: ['owner'] });
    const actor: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS.owner), address: '127.0.0.1' };
    const { sessionToken } = await services.db
      .transaction()
      .execute((tx) => startSession({ tx, now: new Date(), services, actor }, { personId: id, kind: 'browser', strong: false }));
    await page.goto(`${server.url}/people`);
    await page.getByRole('button', { name: 'Confirm Wilma Brandt' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('Met her at the gate');
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('it takes somebody else than the two who had the link').waitFor();
    await page.context().addCookies([{ name: SESSION_COOKIE, value: sessionToken, url: server.url, httpOnly: true, sameSite: 'Strict' }]);
    await page.goto(`${server.url}/people`);
    await page.getByRole('button', { name: 'Confirm Wilma Brandt' }).click();
    await assertAccessible(page, 'confirm');
    await shoot(page, 'attest');
    await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('Met her at the gate');
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('button', { name: 'Confirm Wilma Brandt' }).waitFor({ state: 'detached' });
    await hers.goto(`${server.url}/check`);
    await hers.getByRole('heading', { name: 'May this leave the company?' }).waitFor();
    assert.deepEqual(complaints, []);
  });
});

async function invite(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/people/invite`);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Wilma Brandt');
  await page.getByRole('textbox', { name: 'Mail address' }).fill('wilma@halvorsen.example');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.locator('.copyonce code').waitFor();
  return (await page.locator('.copyonce code').textContent())!.replace(/^.*(?=\/join#)/, url);
}
async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}
