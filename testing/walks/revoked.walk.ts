import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { access } from '#features/access/contract.ts';
import { register } from '#features/register/contract.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

test('whose access ends while the sheet is open sees nothing any more, and leaves no attempts that she did not make', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const { services, run, sequencer } = server.house;
  const [owner, maja] = [await hire(server, 'Una Lind', 'owner'), await hire(server, 'Maja Lindqvist', 'employee')];
  const elements = [{ heading: 'Ramp', text: 'Nine degrees a minute.' }];
  const entering = { codeName: 'KESTREL', title: 'Firing schedule', tier: 3, ownerId: owner.id, elements };
  const { secretId } = (await run(register.operations.enter.name, owner, entering)) as { secretId: string };
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const granting = { secretId, personId: maja.id, reason: 'Works on the furnace', until };
  const { grantId } = (await run(access.operations.grant.name, owner, granting)) as { grantId: string };
  const refusals = async () => {
    await sequencer.settle();
    const rows = await services.db.selectFrom('ledger_entry').select('leaf').where('type', '=', 'door.refused').execute();
    return rows.filter(({ leaf }) => leaf.toString().includes(maja.id)).length;
  };

  await t.test('a grant shows the sheet, whose it is, and no tab without anything on it', async () => {
    await signIn(page, server, maja);
    await page.goto(`${server.url}/register/${secretId}`);
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await page.getByText('Una Lind', { exact: true }).first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'People', exact: true }).count(), 0);
  });
  await t.test('after the end the page is refused once, and then nothing is asked any more', async () => {
    await run(access.operations.revoke.name, owner, { grantId, reason: 'Project has ended' });
    await page.getByRole('heading', { name: 'There is nothing at this address.' }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    const asked: string[] = [];
    page.on('request', (request) => void (request.url().includes('/api/') && !request.url().endsWith('/live') && asked.push(request.url())));
    const before = await refusals();
    assert.equal(before, 1);
    // Something else that her page hears of: it renews what it shows, but asks for nothing that was refused.
    const other = (await run(register.operations.enter.name, owner, { ...entering, codeName: 'HERON' })) as { secretId: string };
    await run(access.operations.grant.name, owner, { ...granting, secretId: other.secretId, reason: 'Works on another furnace' });
    await page.waitForResponse((response) => response.url().endsWith('/api/people.me'), { timeout: 10_000 }).catch(() => undefined);
    assert.equal(await refusals(), before, asked.join(' '));
    await shoot(page, 'revoked');
    await assertAccessible(page, 'after the end');
  });
  await t.test('let in again, the page comes back by itself, and goes again with the grant', async () => {
    const before = await refusals();
    const again = (await run(access.operations.grant.name, owner, { ...granting, reason: 'The project goes on' })) as { grantId: string };
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    assert.equal(await refusals(), before);
    await run(access.operations.revoke.name, owner, { grantId: again.grantId, reason: 'Project has ended' });
    await page.getByRole('heading', { name: 'There is nothing at this address.' }).waitFor();
    // At least one: what the page was still asking for when the grant ended was refused as well.
    assert.ok((await refusals()) > before);
  });
  await t.test('the owner reads who was let in, until when, and why it ended', async () => {
    await signIn(page, server, owner);
    await page.goto(`${server.url}/register/${secretId}`);
    const timeline = page.getByRole('region', { name: 'Timeline' });
    await timeline
      .getByText(/Let Maja Lindqvist in until/)
      .first()
      .waitFor();
    await timeline
      .getByText(/Ended the access of Maja Lindqvist, by Una Lind\. Reason: “Project has ended”/)
      .first()
      .waitFor();
    await timeline
      .getByText(/Was refused( \d+ times)?: asked once more right after their access ended, as an open page does by itself, by Maja Lindqvist/)
      .first()
      .waitFor();
    const past = page.locator('details', { hasText: 'Who could open it before' });
    await past.locator('summary').click();
    assert.match(await past.innerText(), /Maja Lindqvist[\s\S]*Works on the furnace[\s\S]*ended: “Project has ended”/);
    await shoot(page, 'owner-after');
    await assertAccessible(page, 'the sheet after the end');
  });
  await t.test('her own timeline and the ledger name persons and secrets too', async () => {
    await page.goto(`${server.url}/my-timeline`);
    const line = page.getByText('Ended the access of Maja Lindqvist').first();
    await line.waitFor();
    assert.match(await line.innerText(), /^Ended the access of Maja Lindqvist\. KESTREL\. Reason: “Project has ended”$/);
    await assertAccessible(page, 'my timeline');
    await shoot(page, 'owner-timeline');
    await signIn(page, server, await hire(server, 'Carla Conti', 'counsel'));
    await sequencer.settle();
    await page.goto(`${server.url}/ledger`);
    const row = page.getByRole('row', { name: /Let Maja Lindqvist in until/ }).first();
    await row.getByRole('link', { name: 'Una Lind' }).waitFor();
    await assertAccessible(page, 'ledger');
    await shoot(page, 'counsel-ledger');
    await page.goto(`${server.url}/people/${maja.id}`);
    await page
      .getByText(/Was refused( \d+ times)?: asked once more right after their access ended/)
      .getByRole('link', { name: 'KESTREL' })
      .first()
      .waitFor();
    await assertAccessible(page, 'the timeline of a person');
    await shoot(page, 'person-timeline');
  });
});
