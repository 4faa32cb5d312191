import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { encryptedZip } from '@underseal/extract/testing';
import { LARGEST_CONTENT } from '#features/guard/contract.ts';
import { register } from '#features/register/contract.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.

On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor.';

test('files that are checked: each has its verdict, and the gravest is the answer of the page', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page, data, complaints } = walk;
  page.setDefaultTimeout(60_000);
  const main = page.locator('main');
  const ravi = await hire(server, 'Ravi Sundaram', 'owner');
  const { secretId } = (await server.house.run(register.operations.enter.name, ravi, {
    codeName: 'KESTREL',
    title: 'Firing schedule, separator line 2',
    tier: 3,
    ownerId: ravi.kind === 'person' ? ravi.id : '',
  })) as { secretId: string };
  await signIn(page, server, ravi);
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(data, name), content);
    return path.join(data, name);
  };
  const choose = async (files: string | string[]) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles(files);
  };
  const unrelated = file('unrelated.txt', UNRELATED);
  const huge = file('huge.bin', '');
  truncateSync(huge, LARGEST_CONTENT + 1);

  await t.test('a document is stored', async () => {
    await page.goto(`${server.url}/register/${secretId}`);
    await choose(file('schedule.txt', SECRET));
    await page.getByRole('cell', { name: 'Can be recognised', exact: true }).waitFor();
  });

  await t.test('a new file takes the place of the one before, also where it is not read', async () => {
    await page.goto(`${server.url}/check`);
    await choose(unrelated);
    await page.getByRole('heading', { name: 'Clear. Nothing registered was found.' }).waitFor();
    await page.getByText('unrelated.txt: ').waitFor();
    assert.equal(await page.getByText('Too short to tell').count(), 0);
    await choose(huge);
    await page.getByText('“huge.bin” is larger than 67 MB').waitFor();
    assert.doesNotMatch(await main.innerText(), /unrelated\.txt|Clear\./);
    await page.getByText('huge.bin: nothing of it was read').waitFor();
    assert.equal(await main.getByRole('heading', { level: 2 }).count(), 1);
  });

  await t.test('what is too short to be recognised is told so', async () => {
    await page.getByRole('textbox', { name: /text or file/i }).fill('Lunch is at noon.');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText('Too short to tell: texts below 32 letters and digits are not recognised.').waitFor();
    await page.getByRole('button', { name: 'Clear the field' }).click();
  });

  await t.test('an answer that comes late is not told of another file', async () => {
    const held = Promise.withResolvers<void>();
    await page.route('**/api/guard.inspect', async (route) => {
      await held.promise;
      await route.continue();
    });
    await choose(unrelated);
    await page.getByText('Reading and comparing').waitFor();
    await choose(huge);
    await page.getByText('“huge.bin” is larger than 67 MB').waitFor();
    const late = page.waitForResponse('**/api/guard.inspect');
    held.resolve();
    await (await late).finished();
    await page.unroute('**/api/guard.inspect');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    assert.doesNotMatch(await main.innerText(), /unrelated\.txt|Clear\./);
  });

  await t.test('of several files each has its verdict, the gravest on top', async () => {
    await choose([unrelated, file('locked.zip', encryptedZip()), file('mail.txt', `${UNRELATED}\n\n${SECRET}`)]);
    await page.getByRole('heading', { name: 'Match. Do not send these as they are.' }).waitFor();
    await page.getByText('Of 3 files: 1 match, 1 not inspected, 1 clear.').waitFor();
    const rows = page.getByRole('list', { name: 'Files that were checked' }).locator('summary');
    assert.deepEqual(
      (await rows.allInnerTexts()).map((row) => row.trim()),
      ['mail.txt: Match, KESTREL, “schedule.txt”', 'locked.zip: Not inspected, it is encrypted', 'unrelated.txt: Clear'],
    );
    await rows.first().click();
    await page.getByRole('heading', { name: '“schedule.txt” of KESTREL' }).waitFor();
    await shoot(page, 'check-several');
    await assertAccessible(page, 'check of several files');
  });

  await t.test('no more than fifty are checked, and the rest is told', async () => {
    await page.goto(`${server.url}/check`);
    await choose(Array.from({ length: 51 }, (_, i) => file(`lunch-${i + 1}.txt`, UNRELATED)));
    await page.getByText(/file \d+ of 51: lunch-\d+\.txt/).waitFor();
    await page.getByRole('heading', { name: 'Not all inspected. Do not send these as they are.' }).waitFor();
    await page.getByText('Of 51 files: 1 not inspected, 50 clear.').waitFor();
    await page.getByText('lunch-51.txt: Not inspected, it is one too many').waitFor();
  });

  await t.test('the browser had no complaint', () => assert.deepEqual(complaints, []));
});
