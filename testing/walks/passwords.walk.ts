import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ROLE_PERMISSIONS } from '#features/people/contract.ts';
import { codeAt } from '#features/people/server/factor.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import { startSession } from '#features/people/server/sessions.ts';
import type { Actor } from '#platform/server/actor.ts';
import { DEVICE_COOKIE, SESSION_COOKIE } from '#platform/server/http/parts.ts';
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
    await fill(page, { Password: OWN, 'The same again': `${OWN}.` });
    await page.getByText('You will be administrator, counsel and owner').waitFor();
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByText('The two are not the same.').waitFor();
    await assertAccessible(page, 'set up');
    await shoot(page, 'set-up');
    await fill(page, { 'The same again': OWN });
    await page
      .locator('form')
      .getByRole('button', { name: /set up|go on|create/i })
      .click();
    await page.locator('pre.kit-paper').waitFor();
    assert.ok(!existsSync(path.join(data, 'setup-code')), 'the code was used, and does not stay');
  });

  await t.test('a second factor that is left for later is not called done', async () => {
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('An authenticator app on your phone shows six digits').waitFor();
    await assertAccessible(page, 'second factor at set-up');
    await shoot(page, 'set-up-factor');
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByText('Not added yet. It waits for you under My sign-in.').waitFor();
    assert.deepEqual(await page.getByRole('list', { name: 'Progress' }).getByRole('listitem').allTextContents(), [
      'Done: Company and administrator',
      'Done: Recovery kit',
      'Second factor',
      'First secret',
    ]);
    await shoot(page, 'set-up-later');
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
    await page.goto(`${server.url}/people/invite`);
    // An employee's place gives no power: the server asks for no proof, and neither does the page.
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Kari Berg');
    await page.getByRole('textbox', { name: 'Mail address' }).fill('kari@halvorsen.example');
    await page.getByRole('checkbox', { name: 'Employee' }).check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByRole('button', { name: 'Invite another' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Otto Lind');
    await page.getByRole('textbox', { name: 'Mail address' }).fill('otto@halvorsen.example');
    await page.getByRole('checkbox', { name: 'Counsel' }).check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByLabel('Your own password').waitFor();
    await assertAccessible(page, 'proof at an invitation');
    await shoot(page, 'invite-proof');
    await page.goto(`${server.url}/tokens/new`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Mail gateway');
    await page.getByText('guard:inspect').waitFor();
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByLabel('Your own password').waitFor();
    await assertAccessible(page, 'proof at a token');
    await shoot(page, 'token-proof');
    await page.goto(`${server.url}/people`);
    assert.equal(await page.getByRole('button', { name: 'New password for Ines Tamarit' }).count(), 0, 'not for herself');
    for (const [button, verb] of [
      ['Roles of Wilma Brandt', 'Change'],
      ['Has left: Wilma Brandt', 'End it now'],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      const asking = page.getByRole('dialog');
      if (verb === 'Change') await asking.getByRole('checkbox', { name: 'Owner' }).check();
      await asking.getByRole('textbox', { name: 'Reason' }).fill('Works elsewhere now');
      await asking.getByRole('button', { name: new RegExp(`^${verb}`) }).click();
      await asking.getByLabel('Your own password').waitFor();
      await assertAccessible(page, `proof: ${verb}`);
      await shoot(page, `proof-${verb === 'Change' ? 'roles' : 'left'}`);
      await asking.getByRole('button', { name: 'Cancel' }).click();
      await asking.waitFor({ state: 'detached' });
    }
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
    await page.goto(`${server.url}/tokens/new`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Mail gateway');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.locator('.copyonce code').waitFor();
    await page.goto(`${server.url}/tokens`);
    await page.getByText('Check texts and files guard:inspect').waitFor();
    await assertAccessible(page, 'tokens');
    await shoot(page, 'tokens');
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
    await hers.getByText('Everything else is closed until somebody other than who did that confirms').waitFor();
    await assertAccessible(hers, 'my sign-in in doubt');
    await shoot(hers, 'my-sign-in-in-doubt');
    await hers.goto(server.url);
    await hers.getByRole('heading', { name: 'A colleague has to confirm that it is you.' }).waitFor();
    assert.equal(await hers.getByRole('link', { name: 'My timeline' }).count(), 0, 'it is closed as well');
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
    await page.getByText('New password, to be confirmed').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Confirm Wilma Brandt' }).count(), 0, 'not offered to who made the link');
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
  });

  await t.test('whoever guesses at her account, from her own address, does not keep her out of her browser', async () => {
    const device = (await hers.context().cookies()).find(({ name }) => name === DEVICE_COOKIE)!;
    assert.deepEqual([device.httpOnly, device.sameSite, device.expires > Date.now() / 1000 + 300 * 86_400], [true, 'Strict', true]);
    assert.ok(!String(await hers.evaluate('document.cookie')).includes('underseal'), 'no script sees it');
    const outside = async (password: string) => {
      const body = JSON.stringify({ email: 'wilma@halvorsen.example', password });
      return (await fetch(`${server.url}/api/people.signIn`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status;
    };
    const answers = [];
    for (let n = 0; n < 12; n++) answers.push(await outside(`guess number ${n} of many`));
    assert.equal(answers.at(-1), 429);
    assert.equal(await outside(HERS[2]), 429, 'elsewhere even the right one waits');
    await hers.context().clearCookies({ name: SESSION_COOKIE });
    await signIn(hers, server.url);
    await hers.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  });

  await t.test('an app is replaced by its own code as well as the password, and the page says what to do without the phone', async () => {
    await hers.getByRole('button', { name: 'Add an app' }).click();
    await fill(hers, { 'Your password': HERS[2] });
    await hers.getByRole('button', { name: 'Show the picture' }).click();
    const secret = (await hers.locator('.factor-secret').textContent())!.replaceAll(' ', '');
    await hers.getByRole('textbox', { name: 'Digit 1' }).pressSequentially(codeAt(secret, new Date()), { delay: 20 });
    await hers.getByRole('button', { name: 'Replace the app' }).click();
    await hers.getByText('Type them, so that it can be replaced.').waitFor();
    await assertAccessible(hers, 'replace the app');
    await shoot(hers, 'replace-app');
    await fill(hers, { 'Your password': HERS[2] });
    await hers.getByRole('button', { name: 'Show the picture' }).click();
    await hers.getByText('Type the six digits that your present app shows.').waitFor();
    await hers.context().clearCookies({ name: SESSION_COOKIE });
    const refused: string[] = [];
    hers.on('response', (response) => void (response.status() >= 400 && refused.push(`${response.status()} ${response.url()}`)));
    await hers.goto(`${server.url}/sign-in`);
    await hers.getByText('Lost your password? Ask an administrator for a link.').waitFor();
    await assertAccessible(hers, 'sign in');
    assert.deepEqual(refused, [], 'whoever opens the door is refused nothing');
    await shoot(hers, 'sign-in');
    await signIn(hers, server.url);
    await hers.getByText('Lost the phone? Whoever runs the server can let you in again.').waitFor();
    await hers.locator('[aria-label="Digit 1"]:focus').waitFor();
    await assertAccessible(hers, 'sign in, second factor');
    await shoot(hers, 'sign-in-factor');
    assert.deepEqual(complaints, []);
  });
});

async function invite(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/people/invite`);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Wilma Brandt');
  await page.getByRole('textbox', { name: 'Mail address' }).fill('wilma@halvorsen.example');
  await page.getByRole('checkbox', { name: 'Employee' }).check();
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.locator('.copyonce code').waitFor();
  return (await page.locator('.copyonce code').textContent())!.replace(/^.*(?=\/join#)/, url);
}
async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/my-sign-in`);
  await page.getByRole('textbox', { name: 'Mail address' }).fill('wilma@halvorsen.example');
  await page.locator('input[type=password]').fill(HERS[2]);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
}
