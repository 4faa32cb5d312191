import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { ed25519Signer, formatCheckpoint, parseCheckpoint, signNote } from '@underseal/ledger';
import { createRun } from '#apps/cli/testing.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';

const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 900 };

test('on a phone: the kit is whole, the menu closes and finds; and what the Ledger page downloads can be verified without it', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { page, server, data, complaints } = walk;
  page.setDefaultTimeout(10_000);
  const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

  await t.test('the recovery kit stands whole on a screen of 390', async () => {
    await page.setViewportSize(PHONE);
    await page.goto(`${server.url}/set-up#${readFileSync(path.join(data, 'setup-code'), 'utf8').trim()}`);
    await page.getByRole('textbox', { name: 'Company' }).fill('Halvorsen Ceramics');
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ines Tamarit');
    await page.getByRole('textbox', { name: /mail address/ }).fill('ines@halvorsen.example');
    for (const field of await page.locator('input[type=password]').all()) await field.fill('seven kilns glow at dusk');
    await page
      .locator('form')
      .getByRole('button', { name: /set up|go on|create/i })
      .click();
    const kit = page.locator('pre.kit-paper');
    await kit.waitFor();
    assert.ok(
      await page.evaluate<boolean>(`(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('.kit-paper'))`),
      'nothing of the kit is cut',
    );
    assert.equal(await overflow(), 0);
    const text = (await kit.textContent()) ?? '';
    for (const line of ['K1', 'K2', 'K3', 'K4'])
      assert.match(text, new RegExp(`\\n    ${line}   (?:[0-9A-Z]{5} ?){3}(?:\\n|$)`), 'each line of the key stays one line');
    assert.match(text, /\nnpx underseal restore BACKUP --kit FILE\nnpx underseal restore-key --kit FILE\n/);
    await assertAccessible(page, 'recovery kit');
    await shoot(page, 'phone-kit');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  await t.test('the menu closes by a button, and finds', async () => {
    await page.setViewportSize(PHONE);
    await page.goto(`${server.url}/`);
    const menu = page.getByRole('button', { name: 'Menu' });
    const places = page.getByRole('navigation', { name: 'Main' });
    await menu.click();
    await places.waitFor();
    await assertAccessible(page, 'menu on a phone');
    await page.screenshot({ path: path.join(process.env['SHOTS'] ?? data, 'phone-menu.png') });
    assert.equal(await places.getByText('Settings', { exact: true }).getAttribute('class'), 'label', 'a heading looks like one');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await places.waitFor({ state: 'hidden' });
    await menu.click();
    await page.getByRole('button', { name: 'Find or go to' }).click();
    await places.waitFor({ state: 'hidden' });
    await page.getByRole('combobox', { name: 'Find or go to' }).fill('heron');
    await page.getByText('Nothing found for “heron”').waitFor();
    await page.getByRole('combobox', { name: 'Find or go to' }).fill('Ledger');
    await page.screenshot({ path: path.join(process.env['SHOTS'] ?? data, 'phone-find.png') });
    await page.getByRole('option', { name: /Ledger/ }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.match(page.url(), /\/ledger$/);
    assert.equal(await overflow(), 0);
  });

  await t.test('the page of the API looks like the others, and leads back', async () => {
    for (const size of [PHONE, WIDE]) {
      await page.setViewportSize(size);
      await page.goto(`${server.url}/openapi`);
      await page.getByRole('heading', { name: 'The API.' }).waitFor();
      assert.equal(await page.evaluate<boolean>(`document.fonts.load('16px "Source Serif 4 Variable"').then((faces) => faces.length > 0)`), true);
      assert.match(await page.evaluate<string>(`getComputedStyle(document.querySelector('h1')).fontFamily`), /Source Serif 4/);
      assert.equal(await overflow(), 0);
      await page.getByText('/api/evidence.consistency').click();
      await assertAccessible(page, 'API');
    }
    await shoot(page, 'openapi');
    await page.getByRole('link', { name: 'Back to Underseal' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  });

  const save = async (name: string) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    const to = path.join(data, file.suggestedFilename());
    await file.saveAs(to);
    return to;
  };
  let checkpoint = '';
  await t.test('what the Ledger page downloads is verified without the server', async () => {
    await page.goto(`${server.url}/ledger`);
    checkpoint = await save('Download the checkpoint');
    await page.getByText('The signed note and the key that checks it').click();
    const key = ((await page.getByLabel('Key of the ledger').textContent()) ?? '').trim();
    await page.getByRole('table').getByRole('button').first().click();
    const proof = await save('Download the proof');
    // Without settings, server or session.
    const verify = createRun({ UNDERSEAL_URL: 'http://127.0.0.1:9' });
    const told = await verify('verify', proof, '--checkpoint', checkpoint, '--key', key);
    assert.equal(told.code, 0, told.out + told.err);
    assert.match(told.out, /leads? from it to the root[^]*It holds/);
    await page.keyboard.press('Escape');
  });

  await t.test('a checkpoint that was kept is held against the ledger, and a false one is told', async () => {
    await hirePerson(server.house.services, { name: 'Greta Holm', email: 'greta@halvorsen.example', roles: ['employee'] });
    await page.goto(`${server.url}/ledger`);
    const kept = checkpoint;
    const choose = async (file: string) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Compare with one that you kept' }).click()]);
      await chooser.setFiles(file);
    };
    await choose(kept);
    await page.getByText(/The first [\d,]+ entries are as they were when underseal-checkpoint-/).waitFor();
    await shoot(page, 'ledger-compared');
    await page.setViewportSize(PHONE);
    assert.equal(await overflow(), 0);
    await page.setViewportSize(WIDE);
    await assertAccessible(page, 'a kept checkpoint');
    const growth = await save('Download the proof of both');
    const told = await createRun({ UNDERSEAL_URL: 'http://127.0.0.1:9' })('verify', growth, '--checkpoint', kept);
    assert.match(told.out, /are the same in both: none was changed, taken out or put between/);
    const text = await readFile(kept, 'utf8');
    const { origin, size } = parseCheckpoint(text.slice(0, text.indexOf('\n\n') + 1));
    const changed = path.join(data, 'changed.txt');
    await writeFile(changed, text.replace(`\n${size}\n`, `\n${size + 1}\n`));
    await choose(changed);
    await page.getByText('changed.txt: The signature of the checkpoint does not hold: text or signature was changed.').waitFor();
    await writeFile(changed, 'a shopping list');
    await choose(changed);
    await page.getByText('changed.txt: It is no checkpoint, or not a whole one.').waitFor();
    // Signed by the ledger's own key, and of more entries than it has: somebody cut the ledger, or put an old one back.
    const signed = (of: number) =>
      signNote(formatCheckpoint({ origin, size: of, root: Buffer.alloc(32, 7) }), [ed25519Signer(sha256, server.house.services.keys.checkpointSigner(origin))]);
    await writeFile(changed, await signed(size + 100_000));
    await choose(changed);
    await page.getByText(/and the ledger has fewer now: entries were taken out, or an older backup was restored/).waitFor();
    await writeFile(changed, await signed(size));
    await choose(changed);
    await page.getByText(/What the ledger begins with now is not what it was when you kept the checkpoint/).waitFor();
    await shoot(page, 'ledger-not-compared');
  });

  await t.test('a dialog that lists what it does has nothing that looks like a control and is none', async () => {
    await hirePerson(server.house.services, { name: 'Bela Novak', email: 'bela@halvorsen.example', roles: ['employee'] });
    await page.goto(`${server.url}/people`);
    await page.getByRole('button', { name: 'Has left: Bela Novak' }).click();
    const list = page.locator('.does');
    await list.waitFor();
    assert.equal(await list.locator('svg').count(), 0);
    await shoot(page, 'list-of-acts');
    await assertAccessible(page, 'list of acts');
  });

  assert.deepEqual(complaints, []);
});
