import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { docxWith, encryptedZip, zipOf } from '@underseal/extract/testing';
import { assertAccessible, shoot, startWalk } from './browser.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.

On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor.';

test('the main job, in a browser: set up, register, upload, check', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { page, server, data, complaints } = walk;
  page.setDefaultTimeout(60_000);
  const code = readFileSync(path.join(data, 'setup-code'), 'utf8').trim();

  await t.test('set up by the link, keep the recovery kit', async () => {
    await page.goto(`${server.url}/set-up#${code}`);
    await page.getByRole('textbox', { name: 'Company' }).fill('Halvorsen Ceramics');
    await assertAccessible(page, 'set-up');
    await shoot(page, 'set-up');
    assert.ok(!page.url().includes(code), 'the code left the address bar');
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ines Tamarit');
    await page.getByRole('textbox', { name: /mail address/ }).fill('ines@halvorsen.example');
    for (const field of await page.locator('input[type=password]').all()) await field.fill('seven kilns glow at dusk');
    await page
      .locator('form')
      .getByRole('button', { name: /set up|go on|create/i })
      .click();
    await page.locator('pre.kit-paper').waitFor();
    await shoot(page, 'recovery-kit');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Go on' }).click();
  });

  await t.test('register a secret with an element', async () => {
    await page.goto(`${server.url}/register`);
    await page.getByText('Register a secret').first().waitFor();
    await shoot(page, 'register-empty');
    await assertAccessible(page, 'empty register');
    await page.getByRole('link', { name: 'Register a secret' }).first().click();
    await page.getByRole('textbox', { name: 'Code name' }).fill('KESTREL');
    await page.getByRole('textbox', { name: 'Title' }).fill('Firing schedule, separator line 2');
    await page.getByText('Tier 3').click();
    await page.getByRole('textbox', { name: /^Contributors/ }).fill(' Ola  Nordmann\n\nKari Nordmann, until 2019\n');
    await page.getByRole('textbox', { name: /^Element 1/ }).fill('Ramp between stages');
    await page
      .getByRole('textbox', { name: /^Text of element 1/ })
      .fill('The ramp between the stages follows the square root of the remaining binder, taken from the furnace balance each minute.');
    await assertAccessible(page, 'new secret');
    await shoot(page, 'new-secret');
    await page.getByRole('button', { name: 'Register the secret' }).click();
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await page.getByText('Ola Nordmann; Kari Nordmann, until 2019', { exact: true }).waitFor();
  });

  await t.test('upload a document: it is recognised', async () => {
    const file = path.join(data, 'firing schedule.txt');
    writeFileSync(file, SECRET);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles(file);
    await page.getByRole('cell', { name: /firing schedule\.txt/ }).waitFor();
    await page.getByRole('cell', { name: 'Can be recognised', exact: true }).waitFor();
    await page.getByText('Registered, encrypted, and can be recognised.').waitFor();
    await page.getByText('“firing schedule.txt” can now be recognised').waitFor();
    assert.equal(await page.getByText('Kept', { exact: true }).count(), 0, 'the table says it');
    await shoot(page, 'secret');
    await assertAccessible(page, 'secret sheet');
  });

  await t.test('open the text of an element, and download the document', async () => {
    await page.getByRole('button', { name: 'Open the text' }).click();
    await page.getByText('follows the square root').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Download/ }).click()]);
    assert.equal(readFileSync(await download.path(), 'utf8'), SECRET);
    assert.equal(download.suggestedFilename(), 'firing schedule.txt');
  });

  await t.test('check: two paragraphs in a mail, re-wrapped and in capitals', async () => {
    await page.goto(`${server.url}/check`);
    await page
      .getByRole('textbox', { name: /text or file/i })
      .fill(`${UNRELATED}\n\n${SECRET.toUpperCase().replaceAll(/(.{40,70}?) /g, '$1\n> ')}\n\n${UNRELATED}`);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('heading', { name: 'Match. Do not send this.' }).waitFor();
    await page.getByRole('heading', { name: '“firing schedule.txt” of KESTREL' }).getByRole('link', { name: 'KESTREL' }).waitFor();
    await page.getByText(`${SECRET.length} characters, as registered`).waitFor();
    await page.getByRole('button', { name: /side by side/ }).click();
    await page.locator('mark', { hasText: 'binder fraction demands' }).first().waitFor();
    // Marked is all that is equal, to the letter.
    const right = (await page.locator('.pairs .t.r .copied').first().innerText()).replaceAll(/\s+/g, ' ');
    assert.equal(right, SECRET.replaceAll(/\s+/g, ' ').replace(/\.$/, ''));
    await shoot(page, 'check');
    await assertAccessible(page, 'check');
  });

  await t.test('words that were changed in a copy are not marked as copied', async () => {
    await page.goto(`${server.url}/check`);
    await page.getByRole('textbox', { name: /text or file/i }).fill(`${UNRELATED}\n\n${SECRET.replace('shrinkage curve', 'weight curve')}`);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('button', { name: /side by side/ }).click();
    await page.locator('.match-pairs .other', { hasText: 'weight' }).waitFor();
    await page.locator('.match-pairs .other', { hasText: 'shrinkage' }).waitFor();
    await page.getByText('1 word differs').waitFor();
    for (const word of ['weight', 'shrinkage']) assert.equal(await page.locator('mark', { hasText: word }).count(), 0, word);
    await page.locator('.match-pairs').scrollIntoViewIfNeeded();
    await shoot(page, 'check-changed');
    await assertAccessible(page, 'changed words');
  });

  for (const [name, bytes, title] of [
    ['notes.zip', zipOf({ 'draft.docx': docxWith(SECRET) }), 'Match. Do not send this.'],
    ['lunch.txt', Buffer.from(UNRELATED), 'Clear. Nothing registered was found.'],
    ['locked.zip', encryptedZip(), 'Not inspected. Do not send this.'],
  ] as const) {
    await t.test(`check ${name}: ${title}`, async () => {
      await page.goto(`${server.url}/check`);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
      await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
      await page.getByRole('heading', { name: title }).waitFor();
    });
  }

  await t.test('the other pages stand', async () => {
    for (const place of ['/', '/exits', '/people', '/my-sign-in', '/register']) {
      await page.goto(`${server.url}${place}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await shoot(page, `page${place.replaceAll('/', '-')}`);
      await assertAccessible(page, place);
    }
  });

  await t.test('nothing was asked of anywhere else, and the browser had no complaint', () => assert.deepEqual(complaints, []));
});
