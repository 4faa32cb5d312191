import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

const REASON = 'Found while reading it again';

test('an owner mends a secret on its sheet', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const owner = await hire(server, 'Una Lind', 'owner');
  await hire(server, 'Otto Berg', 'owner');
  await hire(server, 'Emil Ek', 'employee');
  const entering = { codeName: 'KESTREL', title: 'Firing schedul', tier: 2, ownerId: owner.id };
  const { secretId } = (await server.house.run(register.operations.enter.name, owner, entering)) as { secretId: string };
  await signIn(page, server, owner);
  await page.goto(`${server.url}/register/${secretId}`);
  const dialog = page.getByRole('dialog');
  const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const chosen = async (press: () => Promise<void>, one: ReturnType<typeof file>) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press()]);
    await chooser.setFiles(one);
  };

  await t.test('what the register says of it is revised, with a reason', async () => {
    await page.getByRole('button', { name: 'Revise' }).click();
    assert.equal(await dialog.getByLabel('Title').inputValue(), 'Firing schedul');
    await dialog.getByLabel('Kept in').fill('Norway');
    await dialog.getByLabel('Reason').fill(REASON);
    await dialog.getByRole('button', { name: 'Revise' }).click();
    await dialog.getByText('One of these is no country.', { exact: false }).waitFor();
    await dialog.getByLabel('Contributors').fill('x'.repeat(201));
    await dialog.getByRole('button', { name: 'Revise' }).click();
    await dialog.getByText('One name a line: at most 50, each of at most 200 characters').waitFor();
    await dialog.getByLabel('Contributors').fill('Ola Nordmann\nKari Nordmann');
    await dialog.getByLabel('The combination is the secret').check();
    await dialog.getByLabel('Kept in').fill('no, de');
    await dialog.getByLabel('Title').fill('Firing schedule');
    await dialog.getByLabel('Tier 3').check();
    await shoot(page, 'revise');
    await assertAccessible(page, 'revising');
    await dialog.getByRole('button', { name: 'Revise' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('p.of', { hasText: 'Firing schedule' }).waitFor();
    await page
      .getByRole('complementary')
      .getByText(
        `Revised a secret: its title, its tier, who made it, whether the combination is the secret and where it is kept, by Una Lind. Reason: “${REASON}”`,
      )
      .waitFor();
    await page.getByRole('complementary').getByText('What the sheet said from then on').first().click();
    await page.getByRole('complementary').getByText('NO, DE').waitFor();
    await page.getByRole('complementary').getByText('Ola Nordmann; Kari Nordmann').waitFor();
    await page.getByRole('main').getByText('Ola Nordmann; Kari Nordmann').first().waitFor();
    await page.getByText('The combination is the secret', { exact: true }).first().waitFor();
    await shoot(page, 'revised');
    await page.getByRole('button', { name: 'Revise' }).click();
    assert.equal(await dialog.getByLabel('Contributors').inputValue(), 'Ola Nordmann\nKari Nordmann');
    assert.equal(await dialog.getByLabel('The combination is the secret').isChecked(), true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });
  await t.test('an element is added', async () => {
    await page.getByRole('button', { name: 'Add an element' }).click();
    await page.getByLabel('Element', { exact: true }).fill('The hold');
    await page.getByLabel('Text of the element').fill('Hold it at nine hundred and eighty degrees for forty minutes.');
    await page.getByRole('button', { name: 'Add the element' }).click();
    await page.getByRole('heading', { name: 'The hold' }).waitFor();
  });
  await t.test('a file of a known name is a new version, or another document, as she says; the same bytes are nothing new', async () => {
    const drop = (one: ReturnType<typeof file>) => chosen(() => page.getByRole('button', { name: 'Choose files' }).click(), one);
    await drop(file('hold.txt', 'Hold it at nine hundred and eighty degrees.'));
    await page.getByText('Version 1', { exact: false }).first().waitFor();
    await drop(file('hold.txt', 'Hold it at nine hundred and eighty degrees.'));
    await page.getByText('These are the same bytes as “hold.txt”, version 1. Nothing was added.').waitFor();
    await shoot(page, 'kept-already');
    await assertAccessible(page, 'the same bytes again');
    await page.getByRole('button', { name: 'Close hold.txt' }).click();
    await drop(file('hold.txt', 'Hold it at nine hundred and ninety degrees.'));
    await dialog.getByText('“hold.txt” is kept already.').waitFor();
    await shoot(page, 'another-version');
    await assertAccessible(page, 'asking what a file is');
    await dialog.getByRole('button', { name: 'Version 2 of it' }).click();
    await page.getByRole('button', { name: 'Version 2', exact: true }).waitFor();
    await chosen(() => page.getByRole('button', { name: 'New version of hold.txt' }).click(), file('hold-new.txt', 'Hold it at a thousand degrees.'));
    await page.getByRole('button', { name: 'Version 3', exact: true }).click();
    await dialog.getByRole('button', { name: 'Download version 1' }).waitFor();
    await shoot(page, 'versions');
    await assertAccessible(page, 'versions');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('button', { name: /^Download / }).count(), 1, 'one document with three versions');
    await shoot(page, 'mended');
    await assertAccessible(page, 'the mended sheet');
  });
  await t.test('handed over it is the other owner’s, and hers no more', async () => {
    await page.getByRole('button', { name: 'Hand over' }).click();
    await dialog.getByRole('combobox', { name: 'New owner' }).click();
    await page.getByRole('option', { name: /Otto Berg/ }).waitFor();
    assert.equal(await page.getByRole('option', { name: /Emil Ek/ }).count(), 0, 'an employee cannot own');
    await page.getByRole('option', { name: /Otto Berg/ }).click();
    await dialog.getByText('Una Lind opens it no more', { exact: false }).waitFor();
    await dialog.getByLabel('Reason').fill('Leads the line from now on');
    await shoot(page, 'hand-over');
    await assertAccessible(page, 'handing over');
    await dialog.getByRole('button', { name: 'Hand over' }).click();
    await page.getByRole('heading', { name: 'There is nothing at this address.' }).waitFor();
  });
  await t.test('whose owner has left says so, and counsel gives it another', async () => {
    const otto = (await server.house.services.db.selectFrom('people_person').select('id').where('name', '=', 'Otto Berg').executeTakeFirstOrThrow()).id;
    const boss = await hire(server, 'Ada Holm', 'administrator');
    await server.house.run(people.operations.leave.name, { ...boss, strongAt: new Date() }, { personId: otto, reason: 'Moved to another company' });
    await signIn(page, server, await hire(server, 'Carla Conti', 'counsel'));
    const need = page.getByRole('link', { name: /^Nobody answers for/ });
    await page.goto(`${server.url}/`);
    await need.waitFor();
    await shoot(page, 'home-without-an-owner');
    await assertAccessible(page, 'Home, with a secret without an owner');
    await page.goto(`${server.url}/register?owner=none`);
    await page.getByRole('table').getByText('Has left').waitFor();
    await shoot(page, 'register-without-an-owner');
    await assertAccessible(page, 'the register, with a secret without an owner');
    await page.goto(`${server.url}/people/${otto}`);
    await page.getByRole('heading', { name: 'Otto Berg' }).waitFor();
    await page.goto(`${server.url}/`);
    await need.click();
    await page.getByText('Otto Berg has left: nobody answers for a secret').waitFor();
    await page.getByText('Nobody answers for it: its owner has left.').waitFor();
    await page.getByText('Otto Berg, who has left').waitFor();
    await shoot(page, 'owner-left');
    await assertAccessible(page, 'a sheet without an owner');
    await page.getByRole('button', { name: 'Give it an owner' }).click();
    await dialog.getByRole('combobox', { name: 'New owner' }).click();
    await page.getByRole('option', { name: /Una Lind/ }).click();
    await dialog.getByText('Otto Berg has left', { exact: false }).waitFor();
    await dialog.getByLabel('Reason').fill('Answers for it again');
    await shoot(page, 'give-it-an-owner');
    await dialog.getByRole('button', { name: 'Give it' }).click();
    await page.getByText('Nobody answers for it').waitFor({ state: 'hidden' });
    await page.getByText('Una Lind', { exact: true }).first().waitFor();
  });
});
