import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { people } from '#features/people/contract.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { createVaultBytes } from '#features/vault/server/index.ts';
import { bodyOf } from '../material.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

const PEOPLE = 205;
const ELEMENTS = 205;
const DOCUMENTS = 51;
const DAY_MS = 86_400_000;

test('what fits on no page is found all the same: people, sources of a secret, the register', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const { services, run } = server.house;
  for (let n = 0; n < PEOPLE; n++) {
    const name = `Anna ${String(n).padStart(3, '0')}`;
    await hirePerson(services, { name, email: `a${n}@halvorsen.example`, roles: [n % 2 === 0 ? 'owner' : 'employee'] });
  }
  const una = await hire(server, 'Una Lind', 'owner');
  await hire(server, 'Zoe Zander', 'employee');
  await hire(server, 'Zora Owner', 'owner');
  const gone = await hire(server, 'Zoltan Gone', 'owner');
  const boss = await hire(server, 'Ada Holm', 'administrator');
  await run(people.operations.leave.name, { ...boss, strongAt: new Date() }, { personId: gone.id, reason: 'Moved to another company' });
  const first = await enter('KESTREL', { elements: 100, reviewOn: dayIn(0) });
  // It was a day to come once.
  await services.db
    .updateTable('register_secret')
    .set({ review_on: dayIn(-3) as never })
    .where('id', '=', first)
    .execute();
  for (let n = 100; n < ELEMENTS; n++) await addElement(first, n);
  for (let n = 0; n < DOCUMENTS; n++) await store(first, n);
  await enter('HERON', { tier: 1, reviewOn: dayIn(400) });
  await server.house.settle();
  await signIn(page, server, una);
  const options = page.getByRole('option');

  await t.test('the two hundred and fifth person is found by her name, by keys alone, and let in', async () => {
    await page.goto(`${server.url}/register/${first}?tab=people`);
    const person = page.getByRole('combobox', { name: 'Person' }).or(page.getByRole('textbox', { name: 'Person' }));
    await person.focus();
    await page.getByRole('option', { name: 'There are others: type more of the name' }).waitFor();
    await shoot(page, 'person-first-page');
    await page.keyboard.type('zo');
    await page.getByText('2 people', { exact: true }).waitFor({ state: 'attached' });
    assert.deepEqual(
      (await options.allInnerTexts()).map((text) => text.split(' (')[0]),
      ['Zoe Zander', 'Zora Owner'],
      'and not who has left',
    );
    await assertAccessible(page, 'people found');
    await page.keyboard.type('ltan');
    await page.locator('.menu').getByText('Nobody by that name', { exact: false }).waitFor();
    await page.getByRole('status').getByText('Nobody by that name', { exact: false }).waitFor({ state: 'attached' });
    await shoot(page, 'person-nobody');
    await assertAccessible(page, 'nobody found');
    for (let n = 0; n < 'ltan'.length; n++) await page.keyboard.press('Backspace');
    await options.getByText('Zoe Zander').waitFor();
    await shoot(page, 'person-found');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await person.inputValue(), 'Zoe Zander (zoe.zander@halvorsen.example)');
    await page.getByLabel('Reason', { exact: true }).fill('Fires the separators in Dresden');
    await page.getByLabel('Until').fill('2099-11-30');
    await page.getByRole('button', { name: 'Grant access' }).click();
    await page.getByRole('listitem').getByText('Zoe Zander', { exact: true }).waitFor();
    // The field is ready for the next.
    await page.waitForFunction((field) => (field as unknown as { value: string }).value === '', await person.elementHandle());
  });
  await t.test('a search that is under way says so', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/api/people.list', async (route) => {
      await held;
      await route.continue();
    });
    await page
      .getByRole('textbox', { name: 'Person' })
      .or(page.getByRole('combobox', { name: 'Person' }))
      .fill('anna 20');
    await page.locator('.menu').getByText('Searching').waitFor();
    await page.getByRole('status').getByText('Searching', { exact: true }).waitFor({ state: 'attached' });
    goOn();
    await options.getByText('Anna 204').waitFor();
    await page.unroute('**/api/people.list');
  });
  await t.test('who may own is found among many, in the dialog and on the form; who may not is not', async () => {
    await page.goto(`${server.url}/register/${first}?tab=people`);
    await page.getByRole('button', { name: 'Hand over' }).click();
    const owner = page.getByRole('dialog').getByRole('combobox', { name: 'New owner' });
    await owner.fill('Zo');
    await options.getByText('Zora Owner').waitFor();
    assert.equal(await options.count(), 1, 'an employee cannot own, nor who has left');
    await shoot(page, 'new-owner-found');
    await assertAccessible(page, 'a new owner found');
    await options.getByText('Zora Owner').click();
    await page.getByRole('dialog').getByText('Zora Owner answers for it', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/register/new`);
    const field = page.getByRole('combobox', { name: 'Owner' });
    await page.locator('input[value^="Una Lind ("]').waitFor();
    await field.fill('Zora');
    await options.getByText('Zora Owner').click();
    assert.match(await field.inputValue(), /^Zora Owner /);
  });
  await t.test('of a secret with more sources than a page, each is known and all are judged', async () => {
    await page.goto(`${server.url}/register/${first}`);
    await page.getByText('Registered, encrypted, and can be recognised.').waitFor();
    await page.getByRole('cell', { name: 'Can be recognised', exact: true }).first().waitFor();
    assert.equal(await page.getByText('Being read').count(), 0);
    await page.getByRole('button', { name: 'Load more' }).click();
    const rows = page.getByRole('table', { name: 'Documents of this secret' }).getByRole('cell', { name: 'Can be recognised', exact: true });
    await rows.nth(DOCUMENTS - 1).waitFor();
    assert.equal(await page.getByText('Being read').count(), 0);
    await assertAccessible(page, 'a sheet of many sources');
    await addElement(first, ELEMENTS, 'Too short');
    await page.getByText('Can be recognised, but of 1 document or element not every passage, or none.').waitFor();
    await page.getByText('No passage can be recognised', { exact: true }).waitFor();
    await shoot(page, 'many-sources');
  });
  await t.test('the register has its views, each at an address, and each teaches where it is empty', async () => {
    const views = page.getByRole('navigation', { name: 'Saved views' });
    const rows = page.getByRole('table', { name: 'Secrets' }).getByRole('row');
    await page.goto(`${server.url}/register`);
    await rows.getByRole('link', { name: 'HERON' }).waitFor();
    await shoot(page, 'register-views');
    await assertAccessible(page, 'the register with its views');
    await views.getByRole('link', { name: 'Review due' }).click();
    await rows.getByRole('link', { name: 'HERON' }).waitFor({ state: 'detached' });
    await rows.getByRole('link', { name: 'KESTREL' }).waitFor();
    await page.getByRole('cell').getByText('Due', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?review=due');
    assert.equal(await views.locator('[aria-current=page]').innerText(), 'Review due');
    await shoot(page, 'register-review-due');
    await views.getByRole('link', { name: 'I own' }).click();
    await rows.getByRole('link', { name: 'HERON' }).waitFor();
    assert.equal(new URL(page.url()).search, '?owner=me');
    await page.goBack();
    await rows.getByRole('link', { name: 'HERON' }).waitFor({ state: 'detached' });
    await views.getByRole('link', { name: 'Tier 3' }).click();
    await page.getByText('No secret that you may know of is in tier 3.').waitFor();
    await shoot(page, 'register-no-tier-3');
    await assertAccessible(page, 'an empty view of the register');
    await signIn(page, server, await hire(server, 'Carla Conti', 'counsel'));
    await page.goto(`${server.url}/register?owner=me`);
    await page.getByText('You answer for no secret.').waitFor();
    await shoot(page, 'register-own-none');
  });
  await t.test('people are looked at by who is here and who has left', async () => {
    const views = page.getByRole('navigation', { name: 'Saved views' });
    await page.goto(`${server.url}/people`);
    await views.getByRole('link', { name: 'Left' }).click();
    await page.getByRole('cell', { name: 'Has left' }).waitFor();
    assert.equal(await page.getByRole('table', { name: 'People' }).getByRole('row').count(), 2, 'the head, and who has left');
    await shoot(page, 'people-left');
    await assertAccessible(page, 'who has left');
    await page.getByRole('searchbox').fill('zo');
    await page.waitForURL('**/people?state=left&q=zo');
    await views.getByRole('link', { name: 'Here' }).click();
    await page.getByText('Zoe Zander').waitFor();
    assert.equal(await page.getByText('Zoltan Gone').count(), 0);
    assert.equal(new URL(page.url()).search, '?state=here&q=zo');
  });
  assert.deepEqual(walk.complaints, []);

  async function enter(codeName: string, { elements = 0, ...more }: { elements?: number; tier?: number; reviewOn: string }) {
    const points = Array.from({ length: elements }, (_, n) => ({ heading: `Point ${n}`, text: textOf(n) }));
    const entry = { codeName, title: `About ${codeName}`, tier: 2, ownerId: una.id, elements: points, ...more };
    const { secretId } = (await run(register.operations.enter.name, una, entry)) as { secretId: string };
    return secretId;
  }
  async function addElement(secretId: string, n: number, text = textOf(n)) {
    const added = await run(register.operations.addElement.name, una, { secretId, heading: `Point ${n}`, text });
    return (added as { elementId: string }).elementId;
  }
  async function store(secretId: string, n: number) {
    const bytes = Buffer.from(`Of the document ${textOf(1000 + n)}`);
    const begun = await run(vault.operations.begin.name, una, { secretId, name: `document ${String(n).padStart(2, '0')}.txt`, bytes: bytes.length });
    const { uploadId, put } = begun as { uploadId: string; put: { ticket: string } };
    await createVaultBytes(services).put({ body: bodyOf(bytes), headers: {}, ticket: put.ticket, actor: una, again: async () => una });
    await run(vault.operations.finish.name, una, { uploadId, digest: createHash('sha256').update(bytes).digest('hex') });
  }
});

/** Words that no other number gives. */
function textOf(n: number): string {
  return createHash('sha512')
    .update(`text ${n}`)
    .digest('hex')
    .replaceAll(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)]!)
    .replaceAll(/.{7}/g, '$& ');
}
function dayIn(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}
