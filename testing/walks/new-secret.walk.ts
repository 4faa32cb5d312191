import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

test('the form of a new secret takes nothing that it would leave out, and says at each field what is wrong', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page, complaints } = walk;
  page.setDefaultTimeout(60_000);
  await signIn(page, server, await hire(server, 'Ravi Sundaram', 'owner'));
  const field = (name: string | RegExp) => page.getByRole('textbox', { name });
  const submit = page.getByRole('button', { name: 'Register the secret' });

  await t.test('the text of an element without a heading is not thrown away', async () => {
    await page.goto(`${server.url}/register/new`);
    await field('Code name').fill('KESTREL');
    await field('Title').fill('Firing schedule');
    await field(/^Text of element 1/).fill('The ramp follows the square root of the binder.');
    await submit.click();
    await page.getByText('Give this element a heading').waitFor();
    await page.locator('[aria-invalid=true]:focus').waitFor();
    await shoot(page, 'new-secret-refused');
    await assertAccessible(page, 'a new secret, an element without a heading');
    await field(/^Text of element 1/).fill('');
    await field(/^Element 1/).fill('Ramp between stages');
    await submit.click();
    await page.getByText('Give the text of this element').waitFor();
  });

  await t.test('countries that are none, and days that cannot be, are refused at their field', async () => {
    await field(/^Text of element 1/).fill('The ramp follows the square root of the binder.');
    await field(/^Kept in/).fill('XX, QQ');
    await submit.click();
    await page.getByText('One of these is no country.').waitFor();
    await field(/^Kept in/).fill('DE, EU');
    await page.getByLabel(/^Held since/).fill('2999-01-01');
    await page.getByLabel(/^Next review/).fill('2001-01-01');
    await submit.click();
    await page.getByText('It lies ahead: a secret is held since a day that has come.').waitFor();
    await page.getByText('It has gone by: the next review is today or later.').waitFor();
    assert.equal(await page.getByRole('alert').filter({ hasText: 'Cannot' }).count(), 0, 'it is said at the field alone');
    await shoot(page, 'new-secret-dates');
    await assertAccessible(page, 'a new secret, dates that cannot be');
    await page.getByLabel(/^Held since/).fill('2020-01-01');
    await page.getByLabel(/^Next review/).fill('2998-01-01');
  });

  await t.test('who goes elsewhere is asked first', async () => {
    await page.getByRole('link', { name: 'Home', exact: true }).click();
    const asking = page.getByRole('dialog', { name: 'Leave this form?' });
    await asking.getByText('What you typed is lost if you leave.').waitFor();
    await shoot(page, 'new-secret-leave');
    await assertAccessible(page, 'leaving a form with content');
    await asking.getByRole('button', { name: 'Stay' }).click();
    await asking.waitFor({ state: 'detached' });
    assert.equal(await field('Title').inputValue(), 'Firing schedule');
  });

  await t.test('with both it is registered', async () => {
    await field(/^Text of element 1/).fill('The ramp follows the square root of the binder.');
    await submit.click();
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await page.getByRole('heading', { name: 'Ramp between stages' }).waitFor();
  });

  await t.test('where the session ended elsewhere the door says so', async () => {
    await page.goto(`${server.url}/check`);
    await page.getByRole('textbox', { name: /text or file/i }).fill('Lunch is at noon.');
    await server.house.services.db.updateTable('people_session').set({ ended_at: new Date() }).execute();
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByText('Your session has ended, here or in another window.').waitFor();
    await shoot(page, 'session-ended');
    await assertAccessible(page, 'the door after a session that ended');
  });

  await t.test('the browser had no complaint', () => assert.deepEqual(complaints, []));
});
