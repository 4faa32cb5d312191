import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { access } from '#features/access/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { stranger } from '#platform/server/actor.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

test('who can open a secret is told with what holds each grant, and with what is missing and mends it', async () => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page } = walk;
  const owner = await hire(server, 'Una Lind', 'owner');
  const boss = { ...(await hire(server, 'Ada Holm', 'administrator')), strongAt: new Date() };
  const entering = { codeName: 'KESTREL', title: 'Firing schedule', tier: 2, ownerId: owner.id };
  const { secretId } = (await server.house.run(register.operations.enter.name, owner, entering)) as { secretId: string };
  const dialog = page.getByRole('dialog');
  await signIn(page, server, owner);
  const [emil, iris, signe] = [
    await hire(server, 'Emil Ek', 'employee'),
    await hire(server, 'Iris Aalto', 'auditor'),
    await hire(server, 'Signe Moe', 'employee'),
  ];
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const grant = ({ id: personId }: { id: string }) =>
    server.house.run(access.operations.grant.name, owner, { secretId, personId, reason: 'Works on the firing line', until });
  for (const person of [emil, iris, signe]) await grant(person);
  const { url } = (await server.house.run(people.operations.makeReset.name, boss, { personId: signe.id, reason: 'Forgot it on holiday' })) as { url: string };
  await server.house.run(people.operations.resetPassword.name, stranger('127.0.0.1'), { code: url.split('#')[1], password: 'four tall herons at noon' });
  await page.goto(`${server.url}/register/${secretId}?tab=people`);
  const line = (name: string) => page.locator('.who > li').filter({ hasText: name });
  await line('Emil Ek').waitFor();
  assert.equal(await page.getByText('Missing:').count(), 2);
  for (const label of ['Works here', 'Confirmed', 'Role', 'Grant'])
    await line('Emil Ek')
      .getByRole('listitem')
      .filter({ hasText: `Holds: ${label}` })
      .waitFor();
  await line('Una Lind').getByRole('listitem').filter({ hasText: 'Holds: Owner' }).waitFor();
  await line('Signe Moe').getByText('Nobody has confirmed her since her password was reset').waitFor();
  await line('Iris Aalto').getByText('Her role opens no documents').waitFor();
  await shoot(page, 'grants-with-conditions');
  await assertAccessible(page, 'grants with conditions');
  await line('Signe Moe').getByRole('link', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Confirm Signe Moe' }).click();
  await dialog.getByLabel('Reason').fill('Met her in the corridor');
  await dialog.getByRole('button', { name: /^Confirm/ }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.goto(`${server.url}/register/${secretId}?tab=people`);
  await line('Signe Moe').getByRole('listitem').filter({ hasText: 'Holds: Confirmed' }).waitFor();
});
