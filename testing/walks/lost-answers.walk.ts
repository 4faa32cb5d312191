import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

test('what does not come back, or cannot be read, is told as it is', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page, data, complaints } = walk;
  page.setDefaultTimeout(60_000);
  const { services } = server.house;
  const ravi = await hire(server, 'Ravi Sundaram', 'owner');
  const main = page.locator('main');
  const kept = async () => {
    const { n } = await services.db
      .selectFrom('register_secret')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .executeTakeFirstOrThrow();
    return Number(n);
  };
  const secret = () => page.waitForURL(/\/register\/sec_/);
  await signIn(page, server, ravi);

  await t.test('the answer is lost after the work was done: the page says so, and pressing again does it once', async () => {
    await page.goto(`${server.url}/register/new`);
    await page.getByRole('textbox', { name: 'Code name' }).fill('KESTREL');
    await page.getByRole('textbox', { name: 'Title' }).fill('Firing schedule, separator line 2');
    await loseOneAnswer(page, register.operations.enter.name);
    const press = page.getByRole('button', { name: 'Register the secret' });
    await press.click();
    const told = main.getByRole('alert');
    await told.getByText('The server did not answer.').waitFor();
    assert.match(await told.innerText(), /It may have been done all the same\. Press again: what was done already is not done twice\./);
    assert.equal(await kept(), 1);
    assert.equal(await page.getByRole('textbox', { name: 'Title' }).inputValue(), 'Firing schedule, separator line 2', 'what was typed stays');
    await told.scrollIntoViewIfNeeded();
    await shoot(page, 'answer-lost');
    await assertAccessible(page, 'an answer that was lost');
    await press.click();
    await secret();
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    assert.equal(await kept(), 1);
  });

  await t.test('another input after a lost answer is another thing', async () => {
    await page.goto(`${server.url}/register/new`);
    await page.getByRole('textbox', { name: 'Code name' }).fill('OSPREY');
    await page.getByRole('textbox', { name: 'Title' }).fill('Binder');
    await loseOneAnswer(page, register.operations.enter.name);
    await page.getByRole('button', { name: 'Register the secret' }).click();
    await page.getByText('The server did not answer.').waitFor();
    await page.getByRole('textbox', { name: 'Code name' }).fill('HERON');
    await page.getByRole('button', { name: 'Register the secret' }).click();
    await secret();
    assert.equal(await kept(), 3);
  });

  await t.test('a read that is not answered changed nothing, and is asked for again', async () => {
    await page.route('**/api/register.list', (route) => route.abort());
    await page.goto(`${server.url}/register`);
    const told = main.getByRole('alert');
    await told.getByText('The server did not answer.').waitFor();
    assert.match(await told.innerText(), /Nothing was changed\. Look whether you are connected, then try again\./);
    await shoot(page, 'read-not-answered');
    await assertAccessible(page, 'a read that was not answered');
    await page.unroute('**/api/register.list');
    await told.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'HERON' }).waitFor();
  });

  await t.test('a refusal says what to do by its kind', async () => {
    await page.goto(`${server.url}/register/new`);
    await page.getByRole('textbox', { name: 'Code name' }).fill('HERON');
    await page.getByRole('textbox', { name: 'Title' }).fill('Another');
    await page.getByRole('button', { name: 'Register the secret' }).click();
    const told = main.getByRole('alert');
    await told.getByText('by this code name').waitFor();
    assert.match(await told.innerText(), /Nothing was changed\. It may be done already; else change what stands in the way\./);
    await shoot(page, 'refused-by-kind');
  });

  await t.test('what is told once and was lost is told of: a token that nobody saw', async () => {
    await signIn(page, server, await hire(server, 'Sam Okafor', 'security'));
    await page.goto(`${server.url}/tokens/new`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Mail gateway');
    await loseOneAnswer(page, people.operations.makeToken.name);
    const press = page.getByRole('button', { name: 'Make the token' });
    await press.click();
    await page.getByText('The server did not answer.').waitFor();
    await press.click();
    await page.getByText('The token was made, and nobody has seen it.').waitFor();
    await shoot(page, 'token-unseen');
    await assertAccessible(page, 'a token that nobody saw');
    await press.click();
    await page.getByRole('heading', { name: 'The token for Mail gateway.' }).waitFor();
  });

  await t.test('check: a folder is not read, and is told as not inspected', async () => {
    await signIn(page, server, ravi);
    const folder = path.join(data, 'drawings');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'plate.txt'), 'A plate.');
    await page.goto(`${server.url}/check`);
    const field = page.getByRole('textbox', { name: /text or file/i });
    await field.fill('Lunch is at noon.');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('heading', { name: 'Clear. Nothing registered was found.' }).waitFor();
    await drop(page, field, folder);
    await page.getByRole('heading', { name: 'Not inspected. Do not send this.' }).waitFor();
    await page.getByText('“drawings” could not be read here: it is a folder').waitFor();
    assert.equal(await page.getByRole('heading', { name: /^Clear/ }).count(), 0, 'what was answered before is of something else');
    await shoot(page, 'check-folder');
    await assertAccessible(page, 'check of a folder');
    await page.getByRole('button', { name: 'Clear the field' }).click();
    assert.equal(await page.getByText('could not be read here').count(), 0);
  });

  await t.test('a folder that is dropped among the documents of a secret is told of', async () => {
    await page.goto(`${server.url}/register`);
    await page.getByRole('link', { name: 'HERON' }).click();
    await page.getByText('Drop files here.').waitFor();
    await drop(page, page.locator('.drop'), path.join(data, 'drawings'));
    await page.getByRole('alert').getByText('“drawings” is a folder, of which nothing was taken').waitFor();
    await shoot(page, 'upload-folder');
    await assertAccessible(page, 'a folder among the documents');
    assert.equal(await main.getByRole('cell', { name: /drawings/ }).count(), 0);
  });

  await t.test('the browser had no complaint', () => assert.deepEqual(complaints, []));
});

/** The server does what it is asked once more, and its answer does not arrive. */
async function loseOneAnswer(page: Page, operation: string) {
  const whole = `**/api/${operation}`;
  await page.route(
    whole,
    async (route) => {
      const response = await route.fetch();
      assert.equal(response.status(), 200);
      await route.abort('connectionreset');
    },
    { times: 1 },
  );
}

/** Drops what lies at a path of this machine, as from a file manager. */
async function drop(page: Page, onto: ReturnType<Page['locator']>, at: string) {
  await onto.scrollIntoViewIfNeeded();
  const box = (await onto.boundingBox())!;
  const place = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 20) };
  const protocol = await page.context().newCDPSession(page);
  const dragged = { items: [], files: [at], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await protocol.send('Input.dispatchDragEvent', { type, ...place, data: dragged });
  await protocol.detach();
}
