import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, type PersonId } from '@underseal/contract';
import { startHouse } from '#testing/house.ts';
import { stranger } from '#platform/server/actor.ts';
import { people } from '../contract.ts';
import { createAuthenticator } from './index.ts';
import { ADDRESS_LIMIT, SESSIONS_MOST } from './rules.ts';

const MINUTE = 60_000;
const PASSWORD = 'correct horse battery staple';
const OTHER = 'four tall herons at noon';

const house = await startHouse();
const auth = createAuthenticator(house.services);
const admin = await house.hire('Astrid Admin', ['administrator']);

/** At an address, with what the browser there has kept. */
const at = (address: string, device?: string) => client(people, house.sendAs({ ...stranger(address), ...(device === undefined ? {} : { device }) }));
async function join(name: string) {
  const email = `${name.toLowerCase()}@halvorsen.example`;
  const { url } = await admin.on(people).invite({ email, name, roles: ['employee'] });
  const { personId, sessionToken, device } = await at('10.0.0.1').accept({ code: new URL(url).hash.slice(1), password: PASSWORD });
  return { id: personId, email, token: sessionToken, device: device! };
}
const codeOf = (attempt: Promise<unknown>) => attempt.then(() => 'ok').catch((error: { code: string }) => error.code);

test('who guesses at an account from the same address keeps nobody out of a browser where she signed in before', async () => {
  const { email, device } = await join('Lotta');
  const outcomes = { herself: [] as string[], elsewhere: [] as string[] };
  // Four wrong ones a second for a minute and a half, and she every two seconds.
  for (let tick = 0; tick < 360; tick++) {
    await codeOf(at('10.5.0.1').signIn({ email, password: `guess number ${tick} of many` }));
    house.clock.advance(250);
    if (tick % 8 !== 7 || tick < 12) continue;
    outcomes.herself.push(await codeOf(at('10.5.0.1', device).signIn({ email, password: PASSWORD })));
    outcomes.elsewhere.push(await codeOf(at('10.5.0.1').signIn({ email, password: PASSWORD })));
  }
  assert.ok(outcomes.herself.length > 40);
  assert.deepEqual([...new Set(outcomes.herself)], ['ok']);
  assert.ok(outcomes.elsewhere.includes('people.too_many_tries'), 'without the cookie one waits, as the guesser does');
  assert.equal(
    await codeOf(at('10.5.0.1').signIn({ email: (await join('Neighbour')).email, password: PASSWORD })),
    'ok',
    'nor does a colleague behind it wait',
  );
});

test('a device has tries of its own, is good for its person alone, and makes none forgotten', async () => {
  const [hers, his] = [await join('Dora'), await join('Didrik')];
  const guess = (device: string, email = hers.email) => codeOf(at('10.5.1.1', device).signIn({ email, password: 'guess after guess' }));
  for (let n = 0; n < 5; n++) assert.equal(await guess(hers.device), 'people.credentials_wrong');
  assert.equal(await guess(hers.device), 'people.too_many_tries');
  const { device: same } = await at('10.5.1.2').signIn({ email: hers.email, password: PASSWORD });
  assert.notEqual(same, hers.device, 'another browser is another device');
  assert.equal(await guess(hers.device), 'people.too_many_tries', 'whatever another browser did');
  house.clock.advance(15 * MINUTE);
  const again = await at('10.5.1.1', hers.device).signIn({ email: hers.email, password: PASSWORD });
  assert.equal(again.device, hers.device, 'one browser stays one device');

  // Of another, forged, cut, moved: each is none, and counts as one does who has none.
  const bad = [
    his.device,
    `${hers.device}x`,
    hers.device.replace(/^.{22}/, 'A'.repeat(22)),
    hers.device.slice(0, -1),
    '',
    '.',
    `${hers.device.slice(0, 22)}.${'A'.repeat(43)}`,
  ];
  const counted = [];
  for (const [n, device] of [...bad, undefined].entries())
    counted.push(await codeOf(at(`10.5.2.${n}`, device).signIn({ email: hers.email, password: 'guess after guess' })));
  assert.deepEqual(counted, [...Array<string>(5).fill('people.credentials_wrong'), ...Array<string>(3).fill('people.too_many_tries')]);
});

test('a new password ends the devices of the old one; the browser where it was changed gets another', async () => {
  const { id, email, token, device } = await join('Renata');
  const self = client(people, house.sendAs((await auth.byCookie(token, '10.0.0.1'))!));
  const { device: renewed } = await self.changePassword({ present: PASSWORD, password: OTHER });
  for (let n = 0; n < 8; n++) await codeOf(at(`10.5.3.${n}`).signIn({ email, password: `guess number ${n} of many` }));
  const outcome = async (brought: string) => codeOf(at('10.5.4.1', brought).signIn({ email, password: OTHER }));
  assert.deepEqual([await outcome(device), await outcome(renewed!)], ['people.too_many_tries', 'ok']);
  const { url } = await admin.on(people).makeReset({ personId: id as PersonId, reason: 'Forgot it on holiday' });
  await at('10.5.4.1').resetPassword({ code: new URL(url).hash.slice(1), password: PASSWORD });
  for (let n = 0; n < 8; n++) await codeOf(at(`10.5.5.${n}`).signIn({ email, password: `guess number ${n} of many` }));
  assert.equal(await codeOf(at('10.5.4.2', renewed).signIn({ email, password: PASSWORD })), 'people.too_many_tries');
});

test('a program keeps no device, and a device alone opens nothing', async () => {
  const { email, device } = await join('Perla');
  assert.equal((await at('10.5.6.1').signIn({ email, password: PASSWORD, kind: 'command-line' })).device, undefined);
  assert.equal(await auth.byCookie(device, '10.5.6.1'), undefined);
  await assert.rejects(at('10.5.6.1', device).me({}), { code: 'platform.sign_in_needed' });
});

test('spraying: many accounts from one address or one network of IPv6 have to wait, also where a person is known', async () => {
  const spray = async (addressOf: (n: number) => string) => {
    const guess = (n: number) => codeOf(at(addressOf(n)).signIn({ email: `nobody${n}@halvorsen.example`, password: PASSWORD }));
    const outcomes = await Promise.all(Array.from({ length: ADDRESS_LIMIT.free }, (_, n) => guess(n)));
    return [[...new Set(outcomes)], await guess(ADDRESS_LIMIT.free)];
  };
  assert.deepEqual(await spray(() => '10.8.0.1'), [['people.credentials_wrong'], 'people.too_many_tries']);
  assert.deepEqual(await spray((n) => `2001:db8:0:1:${n}::${n}`), [['people.credentials_wrong'], 'people.too_many_tries']);
  assert.equal(await codeOf(at('2001:db8:0:2::1').signIn({ email: 'nobody@halvorsen.example', password: PASSWORD })), 'people.credentials_wrong');

  const { email, device } = await join('Sprita');
  await at('10.8.0.2').signIn({ email, password: PASSWORD });
  await spray(() => '10.8.0.2');
  assert.equal(await codeOf(at('10.8.0.2').signIn({ email, password: PASSWORD })), 'people.too_many_tries', 'her address is no way around it');
  assert.equal(await codeOf(at('10.8.0.2', device).signIn({ email, password: PASSWORD })), 'ok', 'her browser is not its business');
});

test('spraying: an office behind one address signs in all day, and its slips are forgotten one by one', async () => {
  const { email } = await join('Offica');
  for (let n = 0; n <= ADDRESS_LIMIT.free; n++) assert.equal(await codeOf(at('10.8.1.1').signIn({ email, password: PASSWORD })), 'ok', String(n));
  for (let n = 0; n <= ADDRESS_LIMIT.free; n++) {
    house.clock.advance(5 * MINUTE);
    assert.equal(await codeOf(at('10.8.1.1').signIn({ email: `slip${n}@halvorsen.example`, password: PASSWORD })), 'people.credentials_wrong', String(n));
  }
});

test('of more sessions than there may be, the one that was not used for longest ends, and it is recorded', async () => {
  const { id, email, token, device } = await join('Sessia');
  const tokens: string[] = [];
  for (let n = 1; n < SESSIONS_MOST; n++) {
    house.clock.advance(1000);
    tokens.push((await at('10.5.7.1', device).signIn({ email, password: PASSWORD })).sessionToken);
  }
  const alive = async (of: string) => (await auth.byCookie(of, '10.0.0.1')) !== undefined;
  house.clock.advance(2 * MINUTE);
  assert.ok(await alive(token), 'the oldest of them, but used just now');
  const results = await Promise.all([1, 2, 3].map(() => at('10.5.7.1', device).signIn({ email, password: PASSWORD })));
  assert.deepEqual(await Promise.all([token, ...tokens.slice(0, 4)].map(alive)), [true, false, false, false, true]);
  for (const { sessionToken } of results) assert.ok(await alive(sessionToken));
  await house.settle();
  const entries = await house.services.db
    .selectFrom('ledger_entry')
    .innerJoin('ledger_about', 'ledger_about.ordinal', 'ledger_entry.ordinal')
    .select('type')
    .where('subject', '=', id)
    .where('type', '=', 'people.signed_out')
    .execute();
  assert.equal(entries.length, 3);
});
