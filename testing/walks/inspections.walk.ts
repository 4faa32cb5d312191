import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { BrowserContext } from 'playwright-core';
import { emlWith, encryptedZip, pngOf, zipOf } from '@underseal/extract/testing';
import { guard } from '#features/guard/contract.ts';
import { people, ROLE_PERMISSIONS, type Role } from '#features/people/contract.ts';
import { startSession } from '#features/people/server/sessions.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import { register } from '#features/register/contract.ts';
import type { Actor } from '#platform/server/actor.ts';
import { SESSION_COOKIE } from '#platform/server/http/parts.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.

On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor.';

test('checks: what people asked for is told quietly, who asked is named, and a case number leads to its check', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page, complaints } = walk;
  page.setDefaultTimeout(60_000);
  const { services, run } = server.house;
  const hire = async (name: string, role: Role) => {
    const id = await hirePerson(services, { name, email: `${role}@halvorsen.example`, roles: [role] });
    const actor: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS[role]), address: '127.0.0.1', strongAt: services.clock.now() };
    const { sessionToken } = await services.db
      .transaction()
      .execute((tx) => startSession({ tx, now: services.clock.now(), services, actor }, { personId: id, kind: 'browser', strong: true }));
    return { id, actor, sessionToken };
  };
  const ravi = await hire('Ravi Sundaram', 'owner');
  const eve = await hire('Eve Marsh', 'employee');
  const sam = await hire('Sam Okafor', 'security');
  const { secretId } = (await run(register.operations.enter.name, ravi.actor, {
    codeName: 'KESTREL',
    title: 'Firing schedule, separator line 2',
    tier: 3,
    ownerId: ravi.id,
  })) as { secretId: string };
  const { tokenId } = (await run(people.operations.makeToken.name, sam.actor, { name: 'Mail gateway', permissions: ['guard:inspect'] })) as { tokenId: string };
  const main = page.locator('main');
  const check = async (text: string) => {
    await page.goto(`${server.url}/check`);
    await page.getByRole('textbox', { name: /text or file/i }).fill(text);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
  };
  const checkFile = async (name: string, buffer: Buffer) => {
    await page.goto(`${server.url}/check`);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer });
  };
  let caseNumber = '';

  await t.test('the owner stores a document', async () => {
    await signIn(page.context(), server.url, ravi.sessionToken);
    await page.goto(`${server.url}/register/${secretId}`);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles({ name: 'schedule.txt', mimeType: 'text/plain', buffer: Buffer.from(SECRET) });
    await page.getByRole('cell', { name: 'Can be recognised', exact: true }).waitFor();
  });

  await t.test('an employee is given a case number, and told whom to tell it', async () => {
    await signIn(page.context(), server.url, eve.sessionToken);
    await check(`${UNRELATED}\n\n${SECRET}`);
    await page.getByRole('heading', { name: 'Match. Do not send this.' }).waitFor();
    await page.getByText('Tell security or counsel the case number').waitFor();
    const told = await main.innerText();
    caseNumber = /C-[0-9A-Z]{8}/.exec(told)![0];
    assert.doesNotMatch(told, /owner of the secret/, 'she cannot know which secret it is');
    await shoot(page, 'check-employee');
    await assertAccessible(page, 'check by an employee');
  });

  await t.test('on Home a check that a person asked for is no alarm; one by a program is, and is named', async () => {
    await signIn(page.context(), server.url, ravi.sessionToken);
    await page.goto(server.url);
    await page.getByText('1 check found passages of secrets').waitFor();
    await page.getByText('Asked for by people').waitFor();
    assert.doesNotMatch(await main.innerText(), /way out|about to leave|matched this week/);
    await main.getByText('Eve Marsh').waitFor();
    await shoot(page, 'home-people');
    await assertAccessible(page, 'home after a check by a person');
    const program: Actor = { kind: 'token', id: tokenId, madeBy: sam.id, permissions: new Set(['guard:inspect']), address: '127.0.0.1' };
    await run(guard.operations.inspect.name, program, { text: SECRET });
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'A check by Mail gateway matched this week' }).waitFor();
    await page.getByText('1 of them asked for by programs').waitFor();
    await shoot(page, 'home-program');
    await assertAccessible(page, 'home after a check by a program');
  });

  await t.test('the sheet tells who asked, and each check opens', async () => {
    await page.goto(`${server.url}/register/${secretId}?tab=exposure`);
    await main.getByRole('cell', { name: /Eve Marsh/ }).waitFor();
    await main.getByRole('cell', { name: /Mail gateway/ }).waitFor();
    await shoot(page, 'exposure');
    await assertAccessible(page, 'exposure');
    await page.getByRole('link', { name: caseNumber }).click();
    const dialog = page.getByRole('dialog', { name: 'Match, asked for by Eve Marsh' });
    await dialog.getByText('schedule.txt').waitFor();
    await dialog.getByText(`Case ${caseNumber}`).waitFor();
    await shoot(page, 'inspection');
    await assertAccessible(page, 'an inspection');
    await dialog.getByRole('button', { name: 'Close' }).click();
    assert.equal(new URL(page.url()).search, '');
  });

  await t.test('a case number is found on Inspections and from anywhere', async () => {
    const field = page.getByRole('searchbox', { name: 'Search by case number' });
    await field.fill(caseNumber.toLowerCase());
    await page.getByRole('row', { name: /Mail gateway/ }).waitFor({ state: 'detached' });
    await page
      .getByRole('row', { name: new RegExp(caseNumber) })
      .getByRole('button')
      .click();
    await page.getByRole('dialog', { name: /Eve Marsh/ }).waitFor();
    await page.keyboard.press('Escape');
    await field.fill('C-00000000');
    await page.getByText('No check has the case number C-00000000.').waitFor();
    await field.fill('KESTREL');
    await page.getByText('This is no case number.').waitFor();
    await shoot(page, 'inspections-none');
    await assertAccessible(page, 'inspections, nothing found');
    await field.fill('');
    await page.getByRole('row', { name: /Mail gateway/ }).waitFor();
    await shoot(page, 'inspections');
    await assertAccessible(page, 'inspections');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find or go to' }).fill(caseNumber);
    await page.getByRole('option', { name: new RegExp(caseNumber) }).click();
    await page.getByRole('dialog', { name: /Eve Marsh/ }).waitFor();
  });

  await t.test('the registered file is told as such, and characters are those of the file', async () => {
    await checkFile('copy of it.txt', Buffer.from(SECRET));
    await page.getByText('This is the registered file, whole').waitFor();
    await page.getByText(`${SECRET.length} characters, read whole`).waitFor();
    assert.doesNotMatch(await main.innerText(), /passages?\b/);
    await shoot(page, 'check-whole');
    await assertAccessible(page, 'check of the registered file');
    await checkFile('locked.zip', encryptedZip());
    await page.getByText('nothing of it was read').waitFor();
    await shoot(page, 'check-locked');
  });

  await t.test('a drawing that holds no text is stored as what it is, and recognised where it is packed', async () => {
    const drawing = pngOf(1200, 900, 30_000);
    await page.goto(`${server.url}/register/${secretId}?tab=documents`);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /choose/i }).click()]);
    await chooser.setFiles({ name: 'furnace.png', mimeType: 'image/png', buffer: drawing });
    await page.getByRole('cell', { name: 'Only as a whole file', exact: true }).waitFor();
    await shoot(page, 'documents-drawing');
    await assertAccessible(page, 'documents with a drawing');
    const mail = emlWith({ text: UNRELATED, attachments: [{ name: 'photos.zip', data: zipOf({ 'IMG_0042.png': drawing }) }] });
    await checkFile('mail.eml', mail);
    await page.getByText('“photos.zip / IMG_0042.png” is the registered file, whole: “furnace.png” of KESTREL (tier').waitFor();
    await page.getByText('“photos.zip / IMG_0042.png” is the registered file itself, byte for byte.').waitFor();
    await shoot(page, 'check-packed');
    await assertAccessible(page, 'check of a packed drawing');
  });

  await t.test('side by side, on a phone each text is named', async () => {
    await check(`${UNRELATED}\n\n${SECRET}\n\n${UNRELATED}`);
    await page.getByRole('button', { name: /side by side/ }).click();
    await page.locator('.pairs mark').first().waitFor();
    await shoot(page, 'side-by-side');
    await assertAccessible(page, 'side by side');
    await page.setViewportSize({ width: 390, height: 1000 });
    const names = page.locator('.pairs .whose');
    assert.deepEqual(await Promise.all([names.nth(0).isVisible(), names.nth(1).isVisible()]), [true, true]);
    assert.match(await names.nth(1).innerText(), /KESTREL, schedule\.txt/i);
    await assertAccessible(page, 'side by side on a phone');
  });

  await t.test('while security looks on, a check of somebody else comes in by itself, on Inspections and on Home', async () => {
    for (const [where, row] of [
      ['/exits', main.getByRole('table', { name: 'Inspections, newest first' }).getByRole('row').nth(1)],
      ['/', main.getByRole('table', { name: 'The newest inspections' }).getByRole('row').nth(1)],
    ] as const) {
      await signIn(page.context(), server.url, sam.sessionToken);
      const [listening] = await Promise.all([page.waitForResponse((response) => response.url().endsWith('/api/live')), page.goto(`${server.url}${where}`)]);
      assert.equal(listening.status(), 200);
      await row.waitFor();
      assert.doesNotMatch(await row.innerText(), /Clear/);
      // A page that was loaded anew would not know this any more.
      await page.evaluate(() => Object.assign(globalThis, { sameLoad: true }));
      await run(guard.operations.inspect.name, eve.actor, { text: UNRELATED });
      await row.getByText('Clear').waitFor();
      assert.match(await row.innerText(), /Eve Marsh/);
      assert.equal(await page.evaluate(() => 'sameLoad' in globalThis), true);
      await run(guard.operations.inspect.name, eve.actor, { text: SECRET });
      await row.getByText('Match').waitFor();
    }
    await assertAccessible(page, 'home, after a check came in');
  });

  await t.test('a record that was changed by hand is told as such, with what is still sure', async () => {
    const { id } = await services.db
      .selectFrom('guard_inspection')
      .select('id')
      .where('verdict', '=', 'match')
      .orderBy('at')
      .limit(1)
      .executeTakeFirstOrThrow();
    await services.db.updateTable('guard_inspection').set({ actor_id: sam.id }).where('id', '=', id).execute();
    await signIn(page.context(), server.url, ravi.sessionToken);
    await page.goto(`${server.url}/exits?q=${caseNumber}`);
    await page
      .getByRole('row', { name: /Changed by hand/ })
      .getByText('Not known')
      .waitFor();
    await page
      .getByRole('row', { name: /Changed by hand/ })
      .getByRole('button')
      .click();
    const dialog = page.getByRole('dialog', { name: 'This record was changed by hand' });
    await dialog.getByText('schedule.txt').waitFor();
    await shoot(page, 'inspection-changed');
    await assertAccessible(page, 'an inspection that was changed by hand');
  });

  await t.test('the browser had no complaint', () => assert.deepEqual(complaints, []));
});

async function signIn(context: BrowserContext, url: string, token: string) {
  await context.clearCookies();
  await context.addCookies([{ name: SESSION_COOKIE, value: token, url, httpOnly: true, sameSite: 'Strict' }]);
}
