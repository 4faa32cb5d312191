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

  await t.test('with both it is registered', async () => {
    await field(/^Text of element 1/).fill('The ramp follows the square root of the binder.');
    await submit.click();
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await page.getByRole('heading', { name: 'Ramp between stages' }).waitFor();
  });

  await t.test('the browser had no complaint', () => assert.deepEqual(complaints, []));
});
