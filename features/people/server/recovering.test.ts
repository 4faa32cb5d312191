import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, type PersonId } from '@underseal/contract';
import { startHouse, type TestHouse } from '#testing/house.ts';
import { stranger } from '#platform/server/actor.ts';
import { people } from '../contract.ts';
import { codeAt } from './factor.ts';
import { createAuthenticator } from './index.ts';
import { recover } from './recovering.ts';
import { announceSetUp } from './set-up.ts';

const PASSWORD = 'correct horse battery staple';
const NEXT = 'four tall herons at noon';
const ACCOUNT = { email: 'kari@halvorsen.example', password: PASSWORD };

/** One who set up and has an app, as many are for a while: the only one here. */
async function startWithKari() {
  const house = await startHouse();
  const send = client(people, house.sendAs(stranger('127.0.0.1')));
  const { code } = (await announceSetUp(house.services))!;
  const { personId, sessionToken } = await send.install({ ...ACCOUNT, code, organisation: 'Halvorsen', name: 'Kari' });
  const auth = createAuthenticator(house.services);
  const self = client(people, house.sendAs((await auth.byCookie(sessionToken, '127.0.0.1'))!));
  const { secret } = await self.beginFactor({ password: PASSWORD });
  await self.confirmFactor({ code: codeAt(secret, house.clock.now()) });
  house.clock.advance(60_000);
  return { house, send, auth, id: personId, token: sessionToken, code: () => codeAt(secret, house.clock.now()) };
}
const run = (house: TestHouse, input: Partial<Parameters<typeof recover>[1]> = {}) =>
  recover(
    { db: house.services.db, now: house.clock.now(), services: house.services },
    { email: ACCOUNT.email, password: NEXT, withoutApp: false, reason: 'Forgot it on holiday', ...input },
  );
async function lastOf(house: TestHouse, id: string) {
  await house.settle();
  const entries = await house.services.db
    .selectFrom('ledger_entry')
    .innerJoin('ledger_about', 'ledger_about.ordinal', 'ledger_entry.ordinal')
    .select('type')
    .where('subject', '=', id)
    .orderBy('index')
    .execute();
  return entries.at(-1)?.type;
}

test('who is alone here is let in again by who holds the machine, and it stands in the ledger', async () => {
  const { house, send, auth, id, token, code } = await startWithKari();
  assert.deepEqual(await run(house), { inDoubt: false, hadApp: true });
  assert.equal(await auth.byCookie(token, '127.0.0.1'), undefined, 'every session has ended');
  assert.equal(await lastOf(house, id), 'people.recovered');
  await assert.rejects(send.signIn(ACCOUNT), { code: 'people.credentials_wrong' });
  await assert.rejects(send.signIn({ ...ACCOUNT, password: NEXT }), { code: 'people.second_factor_needed' }, 'the app stays');
  const { sessionToken } = await send.signIn({ ...ACCOUNT, password: NEXT, code: code() });
  assert.ok((await auth.byCookie(sessionToken, '127.0.0.1'))!.permissions.has('people:invite'), 'nobody could confirm her');

  assert.deepEqual(await run(house, { password: PASSWORD, withoutApp: true }), { inDoubt: false, hadApp: true });
  assert.equal((await send.signIn(ACCOUNT)).strong, false, 'the lost phone is asked no more');
  assert.equal((await house.sweep()).frozen, 0, 'the ledger tells the same');
});

test('where somebody else could confirm her, everything stays closed until that is done', async () => {
  const { house, send, auth, id } = await startWithKari();
  const una = await house.hire('Una', ['owner']);
  assert.deepEqual(await run(house, { withoutApp: true }), { inDoubt: true, hadApp: true });
  const { sessionToken } = await send.signIn({ ...ACCOUNT, password: NEXT });
  const actor = async () => (await auth.byCookie(sessionToken, '127.0.0.1'))!;
  assert.equal((await actor()).permissions.size, 0);
  assert.equal((await house.sweep()).frozen, 0);
  assert.equal((await una.on(people).list({ search: 'Kari' })).items[0]!.confirmable, true);
  await una.on(people).attest({ personId: id as PersonId, reason: 'Met her at the gate' });
  assert.ok((await actor()).permissions.has('people:invite'));
  assert.equal((await house.sweep()).frozen, 0);
});

test('nobody is let in whom there is not, by a weak password, or with a row that was changed by hand', async () => {
  const { house } = await startWithKari();
  await assert.rejects(run(house, { email: 'ghost@halvorsen.example' }), { code: 'people.person_missing' });
  await assert.rejects(run(house, { password: 'KariHalvorsen1' }), { code: 'people.password_weak' });
  await house.services.db.updateTable('people_person').set({ name: 'Eve' }).execute();
  await assert.rejects(run(house), { code: 'people.person_missing' });
});
