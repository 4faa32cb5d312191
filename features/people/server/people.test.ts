import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, type PersonId } from '@underseal/contract';
import { sql } from 'kysely';
import pg from 'pg';
import { withSeal } from './sealed.ts';
import { startHouse, type TestHouse, type TestPerson } from '#testing/house.ts';
import { stranger, type Actor } from '#platform/server/actor.ts';
import { sealHolds } from '#platform/server/seals.ts';
import { people, type Role } from '../contract.ts';
import { codeAt } from './factor.ts';
import { createAuthenticator } from './index.ts';
import { announceSetUp } from './set-up.ts';
import { hirePerson } from './testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PASSWORD = 'correct horse battery staple';

const house = await startHouse();
const auth = createAuthenticator(house.services);
const admin = await house.hire('Astrid Admin', ['administrator']);
/** May make tokens, and has what to give them. */
const guardian = await house.hire('Gunn Guardian', ['security']);
let strangers = 0;
/** A stranger at an address of his own, so that tests do not share limits. */
const nobody = (address = `10.0.${strangers >> 8}.${strangers++ & 255}`) => client(people, house.sendAs(stranger(address)));
const as = (actor: Actor) => client(people, house.sendAs(actor));

/** Somebody who came by an invitation and is signed in. */
async function join(name: string, roles: readonly Role[]) {
  const email = `${name.toLowerCase()}@halvorsen.example`;
  const { url } = await admin.on(people).invite({ email, name, roles: [...roles] });
  const { personId, sessionToken } = await nobody().accept({ code: codeOf(url), password: PASSWORD });
  return { id: personId, email, token: sessionToken, self: as((await auth.byCookie(sessionToken, '10.9.9.9'))!) };
}
/** As `join`, with a one-time code app; `code` shows what the app shows. */
async function joinWithApp(name: string, roles: readonly Role[]) {
  const person = await join(name, roles);
  const { secret } = await person.self.beginFactor({ password: PASSWORD });
  await person.self.confirmFactor({ code: codeAt(secret, house.clock.now()) });
  house.clock.advance(MINUTE);
  return { ...person, secret, code: () => codeAt(secret, house.clock.now()) };
}
function codeOf(url: string): string {
  return new URL(url).hash.slice(1);
}
async function recorded(of: TestHouse, subject: string): Promise<string[]> {
  await of.settle();
  const { rows } = await sql<{
    type: string;
  }>`select type from ledger_about join ledger_entry using (ordinal) where subject = ${subject} and type like 'people.%' order by index`.execute(
    of.services.db,
  );
  return rows.map((row) => row.type);
}
/** What an intruder with the database's own rights does. */
async function tamper(text: string, values: unknown[]) {
  const intruder = new pg.Client(house.owner);
  await intruder.connect();
  const { rowCount } = await intruder.query(text, values);
  await intruder.end();
  assert.ok(rowCount, 'nothing was tampered with');
}
const outcomes = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code: string }).code)).sort();

test('set-up: by the one-time code, once, whoever else tries at the same time', async () => {
  const fresh = await startHouse();
  const send = client(people, fresh.sendAs(stranger('127.0.0.1')));
  const input = { organisation: 'Halvorsen Maling', name: 'Kari Nordmann', email: 'Kari@Halvorsen.example', password: PASSWORD, kind: 'command-line' as const };
  assert.deepEqual(await send.status({}), { installed: false, signedIn: false });
  await assert.rejects(send.install({ ...input, code: 'there-was-never-a-code' }), { code: 'people.code_wrong' });
  const old = await announceSetUp(fresh.services);
  const now = await announceSetUp(fresh.services);
  await assert.rejects(send.install({ ...input, code: old!.code }), { code: 'people.code_wrong' });
  await assert.rejects(send.install({ ...input, code: now!.code, password: 'KariNordmann2026' }), { code: 'people.password_weak' });

  const results = await Promise.allSettled([1, 2, 3].map((n) => send.install({ ...input, email: `kari${n}@halvorsen.example`, code: now!.code })));
  const winner = results.find((result) => result.status === 'fulfilled')!.value;

  assert.deepEqual(outcomes(results), ['ok', 'people.already_installed', 'people.already_installed'].sort());
  assert.match(winner.recoveryKit, /UNDERSEAL RECOVERY KIT\n\nOrganisation {2}Halvorsen Maling\n[^]*K4 /);
  const actor = (await createAuthenticator(fresh.services).byBearer(winner.sessionToken, '127.0.0.1'))!;
  const me = await client(people, fresh.sendAs(actor)).me({});
  assert.deepEqual(me.roles.toSorted(), ['administrator', 'counsel', 'owner']);
  assert.deepEqual([me.organisation, me.secondFactor, me.session.strong], ['Halvorsen Maling', false, false]);
  assert.deepEqual(await send.status({}), { installed: true, signedIn: false });
  assert.equal(await announceSetUp(fresh.services), undefined);
  await assert.rejects(send.install({ ...input, code: now!.code }), { code: 'people.already_installed' });
  assert.deepEqual(await recorded(fresh, winner.personId), ['people.installed', ...Array<string>(3).fill('people.role_changed'), 'people.signed_in']);
});

test('set-up: a wrong code six times spends the right one, and so does half an hour', async () => {
  const fresh = await startHouse();
  const send = client(people, fresh.sendAs(stranger('127.0.0.1')));
  const input = { organisation: 'Halvorsen', name: 'Kari Nordmann', email: 'kari@halvorsen.example', password: PASSWORD };
  const first = await announceSetUp(fresh.services);
  for (let i = 0; i < 6; i++) await assert.rejects(send.install({ ...input, code: `wrong-code-${i}` }), { code: 'people.code_wrong' });
  await assert.rejects(send.install({ ...input, code: first!.code }), { code: 'people.code_wrong' });

  const second = await announceSetUp(fresh.services);
  fresh.clock.advance(30 * MINUTE);
  await assert.rejects(send.install({ ...input, code: second!.code }), { code: 'people.code_wrong' });

  const third = await announceSetUp(fresh.services);
  await sqlAs(fresh, `update people_setup set code_hash = sha256('forged-by-hand')`);
  await assert.rejects(send.install({ ...input, code: 'forged-by-hand' }), { code: 'people.code_wrong' });
  const fourth = await announceSetUp(fresh.services);
  assert.notEqual(third!.code, fourth!.code);
  await send.install({ ...input, code: fourth!.code });

  // Who removes the marks that it was set up, by hand, cannot set up a second time: the ledger tells of the first.
  await sqlAs(fresh, 'delete from people_organisation');
  await sqlAs(
    fresh,
    'create view nobody as select * from people_person where false; alter table people_person rename to people_hidden; alter view nobody rename to people_person',
  );
  assert.equal(await announceSetUp(fresh.services), undefined);
  await assert.rejects(send.install({ ...input, email: 'eve@halvorsen.example', code: fourth!.code }), { code: 'people.already_installed' });
});

test('an invitation tells whom it is for, and lets one in once', async () => {
  const { url, invitationId } = await admin.on(people).invite({ email: 'Berit@Halvorsen.example', name: 'Berit', roles: ['employee', 'employee'] });
  const code = codeOf(url);
  assert.match(url, /^http:\/\/127\.0\.0\.1:4380\/join#[\w-]{43}$/);
  assert.deepEqual(await nobody().invitation({ code }), { organisation: 'Halvorsen', email: 'berit@halvorsen.example', name: 'Berit', roles: ['employee'] });
  await assert.rejects(nobody().accept({ code, password: 'BeritHalvorsen1' }), { code: 'people.password_weak' });

  const results = await Promise.allSettled([1, 2].map(() => nobody().accept({ code, password: PASSWORD })));
  const { personId } = results.find((result) => result.status === 'fulfilled')!.value;

  assert.deepEqual(outcomes(results), ['ok', 'people.invitation_missing']);
  await assert.rejects(nobody().invitation({ code }), { code: 'people.invitation_missing' });
  await assert.rejects(admin.on(people).invite({ email: 'berit@halvorsen.example', name: 'Berit', roles: ['employee'] }), { code: 'people.email_taken' });
  assert.deepEqual(await recorded(house, invitationId), ['people.invited', 'people.joined']);
  assert.deepEqual(await recorded(house, personId), ['people.joined', 'people.signed_in']);
  assert.doesNotMatch(house.logged(), new RegExp(code));
});

test('an invitation ends after seven days, by a newer one, and when somebody edits it', async () => {
  const invite = async (roles: Role[]) => codeOf((await admin.on(people).invite({ email: 'dag@halvorsen.example', name: 'Dag', roles })).url);
  const lapsed = await invite(['employee']);
  house.clock.advance(7 * DAY);
  await assert.rejects(nobody().accept({ code: lapsed, password: PASSWORD }), { code: 'people.invitation_missing' });

  const replaced = await invite(['employee']);
  const edited = await invite(['employee']);
  await assert.rejects(nobody().accept({ code: replaced, password: PASSWORD }), { code: 'people.invitation_missing' });
  await tamper(`update people_invitation set roles = '{administrator}' where email = $1 and ended_at is null`, ['dag@halvorsen.example']);
  await assert.rejects(nobody().accept({ code: edited, password: PASSWORD }), { code: 'people.invitation_missing' });
  await assert.rejects(nobody().invitation({ code: edited }), { code: 'people.invitation_missing' });
  assert.match(house.logged(), /"alarm":"people\.seal_broken"/);
});

test('open invitations are listed by pages and withdrawn; used, withdrawn, lapsed and never made are one answer', async () => {
  const host = await join('Hedda', ['administrator']);
  const invite = (n: number) => host.self.invite({ email: `guest${n}@halvorsen.example`, name: `Guest ${n}`, roles: ['employee'] });
  const made = [await invite(0), await invite(1), await invite(2)];
  house.clock.advance(1000);
  const newest = await invite(3);
  const first = await host.self.invitations({ limit: 1 });
  const by = { invitedBy: host.id, invitedByName: 'Hedda' };
  assert.deepEqual(first.items, [
    { id: newest.invitationId, email: 'guest3@halvorsen.example', name: 'Guest 3', roles: ['employee'], ...by, expiresAt: newest.expiresAt },
  ]);
  const rest = await host.self.invitations({ limit: 200, cursor: first.next! });
  const open = async () => (await host.self.invitations({ limit: 200 })).items.map((item) => item.id);
  assert.deepEqual([newest.invitationId, ...rest.items.map((item) => item.id)], await open());
  for (const { invitationId } of made) assert.ok((await open()).includes(invitationId));

  await host.self.withdrawInvitation({ invitationId: made[0]!.invitationId });
  await nobody().accept({ code: codeOf(made[1]!.url), password: PASSWORD });
  for (const { invitationId } of made.slice(0, 2)) assert.ok(!(await open()).includes(invitationId));
  await assert.rejects(host.self.withdrawInvitation({ invitationId: made[0]!.invitationId }), { code: 'people.invitation_missing' });
  await assert.rejects(host.self.withdrawInvitation({ invitationId: made[1]!.invitationId }), { code: 'people.invitation_missing' });
  assert.deepEqual(await recorded(house, made[0]!.invitationId), ['people.invited', 'people.invitation_withdrawn']);

  house.clock.advance(7 * DAY);
  const told = async (code: string) => {
    const tries = [() => nobody().invitation({ code }), () => nobody().accept({ code, password: PASSWORD })];
    return Promise.all(tries.map((attempt) => attempt().catch((error: Error & { code: string }) => [error.code, error.message])));
  };
  const answers = await Promise.all([...made.map((one) => codeOf(one.url)), 'n'.repeat(43)].map(told));
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  assert.match(JSON.stringify(answers[0]), /people\.invitation_missing.*used, withdrawn, replaced or is too old/);
});

test('an invitation ends with the role by which it was made, and one that was ended is not opened again by hand', async () => {
  const host = await join('Helga', ['administrator']);
  const { url } = await host.self.invite({ email: 'late@halvorsen.example', name: 'Late', roles: ['administrator'] });
  await admin.on(people).changeRole({ personId: host.id, role: 'administrator', given: false, reason: 'Has other work now' });
  await assert.rejects(nobody().accept({ code: codeOf(url), password: PASSWORD }), { code: 'people.invitation_missing' });
  await assert.rejects(nobody().invitation({ code: codeOf(url) }), { code: 'people.invitation_missing' });

  const other = await admin.on(people).invite({ email: 'never@halvorsen.example', name: 'Never', roles: ['employee'] });
  const { rows } = await sql<{ seal: Buffer }>`select seal from people_invitation where id = ${other.invitationId}`.execute(house.services.db);
  await admin.on(people).withdrawInvitation({ invitationId: other.invitationId });
  await tamper('update people_invitation set ended_at = null where id = $1', [other.invitationId]);
  await assert.rejects(nobody().accept({ code: codeOf(other.url), password: PASSWORD }), { code: 'people.invitation_missing' });
  // With its old seal too, so that only the ledger can tell.
  await tamper('update people_invitation set seal = $2 where id = $1', [other.invitationId, rows[0]!.seal]);
  const { frozen } = await house.sweep();
  assert.ok(frozen >= 1);
  await assert.rejects(nobody().accept({ code: codeOf(other.url), password: PASSWORD }), { code: 'people.invitation_missing' });
  assert.match(house.logged(), /"alarm":"platform\.row_not_in_ledger","table":"people_invitation"/);
});

test('a cursor that no list gave is invalid, never a bug', async () => {
  const everything = await join('Cursine', ['administrator', 'security']);
  const at = house.clock.now().toISOString();
  const id = house.services.newId('ses');
  const bad = [
    null,
    1,
    {},
    [],
    [at],
    [at, 1],
    [at, id, 1],
    ['never', id],
    ['2026-02-31T00:00:00.000Z', id],
    [at, `${id.slice(0, -1)}\u0000`],
    [at, '\ud800'],
    '\u0000',
    'per_x',
  ];
  const cursors = ['', 'x', '\u0000', '%', 'bm8', 'ÿ', ...bad.map((each) => Buffer.from(JSON.stringify(each)).toString('base64url'))];
  const { self } = everything;
  for (const cursor of cursors) {
    for (const list of [self.sessions, self.invitations, self.tokens, self.list]) {
      await assert.rejects(list({ cursor }), { kind: 'invalid', code: 'platform.cursor_wrong' }, `${Buffer.from(cursor, 'base64url').toString()}`);
    }
  }
  for (const list of [self.sessions, self.invitations, self.tokens]) {
    for (const when of ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00.000Z'])
      await list({ cursor: Buffer.from(JSON.stringify([when, id])).toString('base64url') });
  }
});

test('signing in: an unknown address, a wrong password and one without password cost the same statements and say the same', async () => {
  const { email } = await join('Frida', ['employee']);
  const cost = async (input: { email: string; password: string }) => {
    await house.settle();
    const before = house.statements();
    const error = await nobody()
      .signIn(input)
      .catch((caught: { code: string; message: string }) => caught);
    return [house.statements() - before, (error as { code: string }).code, (error as { message: string }).message];
  };
  const unknown = await cost({ email: 'ghost@halvorsen.example', password: PASSWORD });

  assert.equal(unknown[1], 'people.credentials_wrong');
  assert.deepEqual(await cost({ email, password: 'not the right password' }), unknown);
  assert.deepEqual(await cost({ email: 'astrid.admin@halvorsen.example', password: PASSWORD }), unknown);
  const { sessionToken, strong } = await nobody().signIn({ email: ` ${email.toUpperCase()} `, password: PASSWORD });
  assert.equal(strong, false);
  assert.equal((await auth.byCookie(sessionToken, '10.1.1.1'))?.kind, 'person');
});

test('guessing: many at once get only the free tries, the wait grows, and the honest person gets in from where she is known', async () => {
  const { email } = await join('Gro', ['employee']);
  await nobody('10.7.0.1').signIn({ email, password: PASSWORD });
  const guess = (n: number) => nobody().signIn({ email, password: `guess number ${n} of many` });

  const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => guess(n)));
  assert.deepEqual(outcomes(results), [...Array<string>(5).fill('people.credentials_wrong'), ...Array<string>(7).fill('people.too_many_tries')]);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.too_many_tries' });
  await nobody('10.7.0.1').signIn({ email, password: PASSWORD });

  for (let n = 0; n < 12; n++) {
    house.clock.advance(15 * MINUTE);
    await assert.rejects(guess(n), { code: 'people.credentials_wrong' });
    await assert.rejects(guess(n), { code: 'people.too_many_tries' });
  }
  house.clock.advance(15 * MINUTE);
  await nobody().signIn({ email, password: PASSWORD });
  await assert.rejects(guess(1), { code: 'people.credentials_wrong' });
});

test('second factor: asked only after the right password, wrong is wrong, and a code works once', async () => {
  const { email, code, id } = await joinWithApp('Hanne', ['employee']);
  await assert.rejects(nobody().signIn({ email, password: 'not the right password' }), { code: 'people.credentials_wrong' });
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.second_factor_needed' });
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code: code() === '000000' ? '000001' : '000000' }), { code: 'people.credentials_wrong' });

  const shown = code();
  const { strong } = await nobody().signIn({ email, password: PASSWORD, code: shown });
  assert.equal(strong, true);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code: shown }), { code: 'people.credentials_wrong' });
  house.clock.advance(30_000);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code: shown }), { code: 'people.credentials_wrong' });
  await nobody().signIn({ email, password: PASSWORD, code: code() });
  assert.deepEqual(await recorded(house, id), [
    'people.joined',
    'people.signed_in',
    'people.factor_begun',
    'people.factor_added',
    'people.signed_in',
    'people.signed_in',
  ]);
});

test('second factor: of eight who bring one code at once, exactly one gets in', async () => {
  const { email, code } = await joinWithApp('Ida', ['employee']);
  await nobody('10.7.1.1').signIn({ email, password: PASSWORD, code: code() });
  house.clock.advance(MINUTE);
  const shown = code();
  // Five from afar and three from where she is known: the limits let all of them try.
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => nobody(n < 5 ? `10.7.2.${n}` : '10.7.1.1').signIn({ email, password: PASSWORD, code: shown })),
  );

  assert.deepEqual(outcomes(results), ['ok', ...Array<string>(7).fill('people.credentials_wrong')]);
});

test('second factor: adding asks the password, replacing asks a code, and a code of the new app starts it', async () => {
  const person = await join('Jorunn', ['employee']);
  await assert.rejects(person.self.prove({ code: '123456' }), { code: 'people.factor_missing' });
  await assert.rejects(person.self.confirmFactor({ code: '123456' }), { code: 'people.factor_missing' });
  await assert.rejects(person.self.beginFactor({ password: 'not the right password' }), { code: 'people.credentials_wrong' });
  const { secret: abandoned } = await person.self.beginFactor({ password: PASSWORD });
  const { secret, uri } = await person.self.beginFactor({ password: PASSWORD });
  assert.match(uri, /^otpauth:\/\/totp\/Underseal%20Halvorsen:jorunn%40halvorsen\.example\?/);
  await assert.rejects(person.self.confirmFactor({ code: codeAt(abandoned, house.clock.now()) }), { code: 'people.code_wrong' });
  // Not confirmed yet: the password alone still does.
  await nobody().signIn({ email: person.email, password: PASSWORD });
  const first = codeAt(secret, house.clock.now());
  await person.self.confirmFactor({ code: first });
  assert.equal((await person.self.me({})).secondFactor, true);
  await assert.rejects(person.self.prove({ code: first }), { code: 'people.code_wrong' });

  house.clock.advance(10 * MINUTE);
  const later = as((await auth.byCookie(person.token, '10.1.1.1'))!);
  assert.equal((await later.me({})).session.strong, false);
  await assert.rejects(later.beginFactor({ password: PASSWORD }), { code: 'people.second_factor_needed' });
  await later.prove({ code: codeAt(secret, house.clock.now()) });
  const strong = as((await auth.byCookie(person.token, '10.1.1.1'))!);
  assert.equal((await strong.me({})).session.strong, true);
  await assert.rejects(strong.beginFactor({ password: PASSWORD }), { code: 'people.second_factor_needed' }, 'however fresh the session');
  const used = codeAt(secret, house.clock.now());
  await assert.rejects(strong.beginFactor({ password: PASSWORD, code: used }), { code: 'people.code_wrong' }, 'a code is good once');
  house.clock.advance(MINUTE);
  const code = codeAt(secret, house.clock.now());
  await assert.rejects(strong.beginFactor({ password: 'not the right password', code }), { code: 'people.credentials_wrong' }, 'nor does the code do alone');
  const { secret: replaced } = await strong.beginFactor({ password: PASSWORD, code });
  await strong.confirmFactor({ code: codeAt(replaced, house.clock.now()) });
  house.clock.advance(MINUTE);
  await assert.rejects(nobody().signIn({ email: person.email, password: PASSWORD, code: codeAt(secret, house.clock.now()) }), {
    code: 'people.credentials_wrong',
  });
  await nobody().signIn({ email: person.email, password: PASSWORD, code: codeAt(replaced, house.clock.now()) });
});

test('second factor: guesses of a code in an open session are counted too', async () => {
  const { self } = await joinWithApp('Kjersti', ['employee']);
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => self.prove({ code: `00000${n}` })));
  assert.equal(outcomes(results).filter((outcome) => outcome === 'people.too_many_tries').length, 3);
});

test('second factor: a right password in between makes no guess at a code forgotten', async () => {
  const { token } = await joinWithApp('Kjellaug', ['employee']);
  const self = as((await auth.byCookie(token, '10.1.1.1'))!);
  const passwords = [PASSWORD, 'four tall herons at noon', 'seven kettles under a lamp', 'nine lamps under the stairs'];
  const refusals: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 3; n++) refusals.push((await self.prove({ code: `00000${n}` }).catch((error: { code: string }) => error.code)) as string);
    await self.changePassword({ present: passwords[round]!, password: passwords[round + 1]! });
  }
  assert.deepEqual(refusals, [...Array(5).fill('people.code_wrong'), ...Array(4).fill('people.too_many_tries')]);
  house.clock.advance(11 * MINUTE);
  const later = as((await auth.byCookie(token, '10.1.1.1'))!);
  await assert.rejects(later.changePassword({ present: passwords[3]!, password: PASSWORD }), { code: 'people.second_factor_needed' });
});

test('proving anew: by the password without an app, by the code with one, and it counts for ten minutes', async () => {
  const plain = await join('Prudence', ['employee']);
  const actor = async (token: string) => (await auth.byCookie(token, '10.1.1.1'))!;
  assert.deepEqual((await actor(plain.token)).strongAt, house.clock.now());
  house.clock.advance(11 * MINUTE);
  await assert.rejects(plain.self.prove({ password: 'not the right password' }), { code: 'people.credentials_wrong' });
  await assert.rejects(plain.self.prove({}), { code: 'people.factor_missing' });
  assert.deepEqual((await actor(plain.token)).strongAt, new Date(house.clock.now().getTime() - 11 * MINUTE), 'a refusal proves nothing');
  await plain.self.prove({ password: PASSWORD });
  const proven = await actor(plain.token);
  assert.deepEqual([proven.strongAt, proven.session?.strong], [house.clock.now(), false], 'a password is no second factor');
  assert.equal((await recorded(house, plain.id)).at(-1), 'people.proved');

  const careful = await joinWithApp('Petronella', ['employee']);
  await assert.rejects(careful.self.prove({ password: PASSWORD }), { code: 'people.second_factor_needed' });
  const shown = careful.code();
  await careful.self.prove({ code: shown });
  assert.deepEqual((await actor(careful.token)).strongAt, house.clock.now());
  await assert.rejects(careful.self.prove({ code: shown }), { code: 'people.code_wrong' }, 'a code proves once');
  await tamper(`update people_session set proved_at = proved_at + interval '1 day' where person_id = $1`, [plain.id]);
  assert.equal(await auth.byCookie(plain.token, '10.1.1.1'), undefined, 'a proof is not written by hand');
});

test('what lets people in or gives power asks for a fresh proof; an employee’s place does not', async () => {
  const boss = await join('Proofina', ['administrator', 'security']);
  const { id } = await join('Subjecta', ['employee']);
  const reason = 'Works elsewhere for a while';
  const self = async () => as((await auth.byCookie(boss.token, '10.1.1.1'))!);
  const acts = (by: typeof boss.self) => [
    () => by.changeRole({ personId: id, role: 'owner', given: true, reason }),
    () => by.changeRole({ personId: id, role: 'owner', given: false, reason }),
    () => by.invite({ email: 'accomplice@halvorsen.example', name: 'Accomplice', roles: ['employee', 'counsel'] }),
    () => by.makeToken({ name: 'Proof gate', permissions: ['guard:inspect'] }),
    () => by.leave({ personId: id, reason }),
  ];
  house.clock.advance(11 * MINUTE);
  for (const act of acts(await self())) await assert.rejects(act, { code: 'people.proof_needed', kind: 'denied' });
  await (await self()).invite({ email: 'newcomer@halvorsen.example', name: 'Newcomer', roles: ['employee'] });
  await (await self()).changeRole({ personId: id, role: 'employee', given: false, reason });
  await boss.self.prove({ password: PASSWORD });
  for (const act of acts(await self())) await act();
});

test('a password changes by the present one, and all other sessions end', async () => {
  const { id, email, token, code } = await joinWithApp('Tyra', ['employee']);
  const self = as((await auth.byCookie(token, '10.1.1.1'))!);
  const next = 'four tall herons at noon';
  await assert.rejects(self.changePassword({ present: 'not the right password', password: next }), { code: 'people.credentials_wrong' });
  await assert.rejects(self.changePassword({ present: PASSWORD, password: PASSWORD }), { code: 'people.password_weak' });
  await assert.rejects(self.changePassword({ present: PASSWORD, password: 'TyraHalvorsen1' }), { code: 'people.password_weak' });
  const other = await nobody().signIn({ email, password: PASSWORD, kind: 'command-line', code: code() });

  const results = await Promise.allSettled([next, 'seven kettles under a lamp'].map((password) => self.changePassword({ present: PASSWORD, password })));
  assert.deepEqual(outcomes(results), ['ok', 'people.credentials_wrong'], 'of two at once one');
  const now = results[0]!.status === 'fulfilled' ? next : 'seven kettles under a lamp';
  assert.ok(await auth.byCookie(token, '10.1.1.1'), 'the own session stays');
  assert.equal(await auth.byBearer(other.sessionToken, '10.1.1.1'), undefined);
  house.clock.advance(MINUTE);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code: code() }), { code: 'people.credentials_wrong' });
  await assert.rejects(nobody().signIn({ email, password: now }), { code: 'people.second_factor_needed' });
  await nobody().signIn({ email, password: now, code: code() });
  assert.deepEqual((await recorded(house, id)).slice(-3), ['people.signed_in', 'people.password_changed', 'people.signed_in']);
});

test('guesses of the present password in an open session are counted', async () => {
  const { self } = await join('Torunn', ['employee']);
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => self.changePassword({ present: `guess ${n}`, password: 'four tall herons at noon' })),
  );
  assert.equal(outcomes(results).filter((outcome) => outcome === 'people.too_many_tries').length, 3);
});

test('who signs in with the old password while it is changed gets no session that outlives the change', async () => {
  const { email, self } = await join('Unni', ['employee']);
  const results = await Promise.allSettled([
    self.changePassword({ present: PASSWORD, password: 'four tall herons at noon' }),
    ...Array.from({ length: 4 }, () => nobody().signIn({ email, password: PASSWORD })),
  ]);
  assert.equal(results[0]!.status, 'fulfilled');
  for (const result of results.slice(1)) {
    if (result.status === 'fulfilled') assert.equal(await auth.byCookie((result.value as { sessionToken: string }).sessionToken, '10.1.1.1'), undefined);
  }
});

test('a reset link: by an administrator who proved herself, for another, once; the second factor stays and sessions end', async () => {
  const boss = await join('Runa', ['administrator']);
  const { id, email, token, code: shown } = await joinWithApp('Vigdis', ['employee']);
  const reason = 'Forgot it on holiday';
  const next = 'four tall herons at noon';
  const make = (by = boss.self) => by.makeReset({ personId: id, reason });
  house.clock.advance(11 * MINUTE);
  await assert.rejects(make(as((await auth.byCookie(boss.token, '10.1.1.1'))!)), { code: 'people.proof_needed' });
  await boss.self.prove({ password: PASSWORD });
  const self = as((await auth.byCookie(boss.token, '10.1.1.1'))!);
  await assert.rejects(self.makeReset({ personId: boss.id, reason }), { code: 'people.own_reset' });
  await assert.rejects(self.makeReset({ personId: house.services.newId('per') as PersonId, reason }), { code: 'people.person_missing' });

  const replaced = codeOf((await make(self)).url);
  const { url, expiresAt } = await make(self);
  assert.match(url, /^http:\/\/127\.0\.0\.1:4380\/reset#[\w-]{43}$/);
  assert.equal(expiresAt, new Date(house.clock.now().getTime() + HOUR).toISOString());
  const code = codeOf(url);
  const { rows } = await sql<{ text: string }>`select string_agg(r::text, '') as text from people_reset r`.execute(house.services.db);
  assert.ok(!rows[0]!.text.includes(code) && !rows[0]!.text.includes(Buffer.from(code).toString('hex')), 'only its hash is kept');
  await assert.rejects(nobody().resetPassword({ code: replaced, password: next }), { code: 'people.reset_missing' });
  assert.deepEqual(await nobody().reset({ code }), { organisation: 'Halvorsen', email, name: 'Vigdis' });
  await assert.rejects(nobody().resetPassword({ code, password: 'VigdisHalvorsen' }), { code: 'people.password_weak' });
  assert.ok(await auth.byCookie(token, '10.1.1.1'), 'until it is used nothing changes');

  const results = await Promise.allSettled([1, 2].map(() => nobody().resetPassword({ code, password: next })));
  assert.deepEqual(outcomes(results), ['ok', 'people.reset_missing']);
  assert.deepEqual(results.find((result) => result.status === 'fulfilled')!.value, {}, 'it opens no session');
  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  await assert.rejects(nobody().signIn({ email, password: next }), { code: 'people.second_factor_needed' });
  await nobody().signIn({ email, password: next, code: shown() });
  assert.deepEqual((await recorded(house, id)).slice(-4), ['people.reset_made', 'people.reset_made', 'people.password_reset', 'people.signed_in']);
  assert.doesNotMatch(house.logged(), new RegExp(code));
});

test('who has a password by a link has nothing of hers until a third person confirms her', async () => {
  const boss = await join('Ragnfridis', ['administrator']);
  const guard = await join('Gerhildis', ['security']);
  const { id, email } = await join('Vildegerd', ['owner', 'employee']);
  const reason = 'Rang her up, it was she';
  await assert.rejects(guard.self.attest({ personId: id as PersonId, reason }), { code: 'people.not_in_doubt' });
  const { url } = await boss.self.makeReset({ personId: id as PersonId, reason: 'Forgot it on holiday' });
  await nobody().resetPassword({ code: codeOf(url), password: 'four tall herons at noon' });
  const { sessionToken } = await nobody().signIn({ email, password: 'four tall herons at noon' });
  const actor = async () => (await auth.byCookie(sessionToken, '10.1.1.1'))!;
  const me = async () => as(await actor()).me({});
  assert.deepEqual([(await actor()).permissions.size, (await me()).inDoubt, (await me()).permissions], [0, true, []]);
  assert.equal((await admin.on(people).list({ search: 'Vildegerd' })).items[0]!.inDoubt, true);
  // Neither what she did is shown to whoever has her link, nor does an app of his stay with her.
  await assert.rejects(
    house
      .sendAs(await actor())('evidence.mine', {})
      .then(({ body }) => Promise.reject((body as { error: object }).error)),
    { code: 'evidence.in_doubt' },
  );
  await assert.rejects(as(await actor()).beginFactor({ password: 'four tall herons at noon' }), { code: 'people.in_doubt' });
  const before = await house.services.db.selectFrom('people_person').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  const confirmable = async (by: typeof boss) => (await by.self.list({ search: 'Vildegerd' })).items[0]!.confirmable;
  assert.deepEqual([await confirmable(boss), await confirmable(guard)], [false, true], 'not offered to who made the link');
  await assert.rejects(boss.self.attest({ personId: id as PersonId, reason }), { code: 'people.second_person_needed' });
  await assert.rejects(as(await actor()).attest({ personId: id as PersonId, reason }), { code: 'platform.not_permitted' });
  const herself = as({ ...(await actor()), permissions: new Set(['people:attest']) });
  await assert.rejects(herself.attest({ personId: id as PersonId, reason }), { code: 'people.second_person_needed' });
  await tamper('update people_person set in_doubt_since = null, in_doubt_by = null where id = $1', [id]);
  assert.equal(await auth.byCookie(sessionToken, '10.1.1.1'), undefined, 'the doubt is sealed');
  await tamper('update people_person set in_doubt_since = $2, in_doubt_by = $3 where id = $1', [id, before.in_doubt_since, before.in_doubt_by]);

  const results = await Promise.allSettled([1, 2].map(() => guard.self.attest({ personId: id as PersonId, reason })));
  assert.deepEqual(outcomes(results), ['ok', 'people.not_in_doubt']);
  assert.ok((await actor()).permissions.has('register:enter'));
  assert.equal((await me()).inDoubt, false);
  assert.deepEqual((await recorded(house, id)).slice(-4), ['people.reset_made', 'people.password_reset', 'people.signed_in', 'people.attested']);
  assert.deepEqual((await house.sweep()).whole, true);
  assert.ok(await auth.byCookie(sessionToken, '10.1.1.1'), 'the ledger tells the same');
});

test('a second factor whose row is taken away is asked for all the same', async () => {
  const { id, email, token } = await joinWithApp('Ylvali', ['employee']);
  await tamper(`delete from people_credential where person_id = $1 and kind = 'totp'`, [id]);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  await assert.rejects(as((await auth.byCookie(token, '10.1.1.1'))!).prove({ password: PASSWORD }), { code: 'people.credentials_wrong' });
  // Nor does the row of the person from before there was one help for longer than until the next sweep.
  const row = await house.services.db.selectFrom('people_person').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const { seal } = withSeal(house.services.keys, 'people_person', { ...row, factor_id: null });
  await tamper('update people_person set factor_id = null, seal = $2 where id = $1', [id, seal]);
  await house.sweep();
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  assert.match(house.logged(), new RegExp(`"alarm":"platform\\.row_not_in_ledger","table":"people_person","id":"${id}"`));
});

test('an app that was replaced does not come back with the old rows, credential and person', async () => {
  const { id, email, token, secret: lost, code: shown } = await joinWithApp('Oddny', ['employee']);
  const self = as((await auth.byCookie(token, '10.1.1.1'))!);
  const { db } = house.services;
  const person = () => db.selectFrom('people_person').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const before = await person();
  const { secret } = await self.beginFactor({ password: PASSWORD, code: shown() });
  const credential = await db.selectFrom('people_credential').selectAll().where('id', '=', before.factor_id!).executeTakeFirstOrThrow();
  await self.confirmFactor({ code: codeAt(secret, house.clock.now()) });
  const after = await person();
  assert.notEqual(after.factor_id, before.factor_id);
  assert.equal((await house.sweep()).frozen, 0, 'an honest change');
  house.clock.advance(MINUTE);
  const code = codeAt(lost, house.clock.now());
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code }), { code: 'people.credentials_wrong' });

  await tamper('delete from people_credential where id = $1', [after.factor_id]);
  await tamper('update people_credential set active_to = null, seal = $2 where id = $1', [credential.id, credential.seal]);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code }), { code: 'people.credentials_wrong' }, 'the row of the person names the new one');
  await tamper('update people_person set factor_id = $2, seal = $3 where id = $1', [id, before.factor_id, before.seal]);
  assert.equal((await house.sweep()).frozen, 1);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD, code: codeAt(lost, house.clock.now()) }), { code: 'people.credentials_wrong' });
});

test('who is in doubt is not the administrator who remains', async () => {
  const fresh = await startHouse();
  const [ann, bo] = [await fresh.hire('Ann', ['administrator']), await fresh.hire('Bo', ['administrator', 'security'])];
  const proved = client(people, fresh.sendAs({ ...ann.actor, strongAt: fresh.clock.now() }));
  const make = () => proved.makeReset({ personId: bo.id as PersonId, reason: 'Forgot it on holiday' });
  assert.equal((await make()).confirmable, false, 'permitted, and says that there is nobody');
  const una = await fresh.hire('Una', ['owner']);
  const { url, confirmable } = await make();
  assert.equal(confirmable, true);
  await client(people, fresh.sendAs(stranger('10.0.0.1'))).resetPassword({ code: codeOf(url), password: 'four tall herons at noon' });
  await assert.rejects(ann.on(people).leave({ personId: ann.id as PersonId, reason: 'Goes home for good' }), { code: 'people.last_administrator' });
  await una.on(people).attest({ personId: bo.id as PersonId, reason: 'Rang him up, it was he' });
  await ann.on(people).leave({ personId: ann.id as PersonId, reason: 'Goes home for good' });
});

test('what somebody had who left opens nothing when it is put back with its good seals', async () => {
  const { id, email, token } = await join('Torgunn', ['security']);
  const { token: program } = await as((await auth.byCookie(token, '10.1.1.1'))!).makeToken({ name: 'Torgunn gate', permissions: ['guard:inspect'] });
  const { db } = house.services;
  const session = await db.selectFrom('people_session').selectAll().where('person_id', '=', id).executeTakeFirstOrThrow();
  const password = await db.selectFrom('people_credential').selectAll().where('person_id', '=', id).executeTakeFirstOrThrow();
  const kept = await db.selectFrom('people_token').selectAll().where('created_by', '=', id).executeTakeFirstOrThrow();
  await admin.on(people).leave({ personId: id, reason: 'Works for somebody else now' });
  await tamper('update people_session set ended_at = null, seal = $2 where id = $1', [session.id, session.seal]);
  await tamper('update people_credential set active_to = null, seal = $2 where id = $1', [password.id, password.seal]);
  await tamper('update people_token set ended_at = null, seal = $2 where id = $1', [kept.id, kept.seal]);
  const isShut = async () => {
    assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
    assert.equal(await auth.byBearer(program, '10.1.1.1'), undefined);
    await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  };
  await isShut();
  await tamper('update people_person set active_to = null where id = $1', [id]);
  await isShut();
  await tamper('update people_person set active_to = now() where id = $1', [id]);
});

test('an invitation lets nobody in a second time when its row is put back', async () => {
  const { url, invitationId } = await admin.on(people).invite({ email: 'gyda@halvorsen.example', name: 'Gyda', roles: ['administrator'] });
  const { seal } = await house.services.db.selectFrom('people_invitation').select('seal').where('id', '=', invitationId).executeTakeFirstOrThrow();
  const { personId } = await nobody().accept({ code: codeOf(url), password: PASSWORD });
  await admin.on(people).leave({ personId, reason: 'Works for somebody else now' });
  await tamper('update people_invitation set ended_at = null, seal = $2 where id = $1', [invitationId, seal]);
  assert.equal((await nobody().invitation({ code: codeOf(url) })).name, 'Gyda', 'its seal cannot tell');
  await assert.rejects(nobody().accept({ code: codeOf(url), password: PASSWORD }), { code: 'people.invitation_missing' });
  await tamper('update people_invitation set ended_at = now() where id = $1', [invitationId]);
});

test('a reset link ends after an hour, with its maker, with a change of the password, and when it is edited', async () => {
  const boss = await join('Rikke', ['administrator']);
  const { id, self } = await join('Wilma', ['employee']);
  const password = 'four tall herons at noon';
  const make = async (by = boss.self) => codeOf((await by.makeReset({ personId: id, reason: 'Forgot it on holiday' })).url);
  const dead = async (code: string) => {
    await assert.rejects(nobody().reset({ code }), { code: 'people.reset_missing' });
    await assert.rejects(nobody().resetPassword({ code, password }), { code: 'people.reset_missing' });
  };
  await dead('n'.repeat(43));
  const edited = await make();
  const other = await join('Xandra', ['administrator']);
  await tamper('update people_reset set person_id = $2 where person_id = $1 and ended_at is null', [id, other.id]);
  await dead(edited);
  const outdated = await make();
  await self.changePassword({ present: PASSWORD, password: 'seven kettles under a lamp' });
  await dead(outdated);
  const lapsed = await make();
  house.clock.advance(HOUR);
  await dead(lapsed);
  const { sessionToken } = await nobody().signIn({ email: boss.email, password: PASSWORD });
  const made = await make(as((await auth.byCookie(sessionToken, '10.1.1.1'))!));
  await admin.on(people).changeRole({ personId: boss.id, role: 'administrator', given: false, reason: 'Has other work now' });
  await dead(made);
  await admin.on(people).changeRole({ personId: boss.id, role: 'administrator', given: true, reason: 'Is back again' });
  assert.equal((await nobody().reset({ code: made })).name, 'Wilma');
  await admin.on(people).leave({ personId: boss.id, reason: 'Works for somebody else now' });
  await dead(made);
});

test('signing in takes over no session that was brought along, and gives another each time', async () => {
  const { email, token } = await join('Yrsa', ['employee']);
  const planted = 'p'.repeat(43);
  assert.equal(await auth.byCookie(planted, '10.1.1.1'), undefined);
  const first = await nobody().signIn({ email, password: PASSWORD });
  const second = await as((await auth.byCookie(first.sessionToken, '10.1.1.1'))!).signIn({ email, password: PASSWORD });
  assert.equal(new Set([token, planted, first.sessionToken, second.sessionToken]).size, 4);
  assert.equal(await auth.byCookie(planted, '10.1.1.1'), undefined);
});

test('a clock that jumps prolongs no session, forward or back, and makes nobody wait for a time that is not yet', async () => {
  const fresh = await startHouse();
  const own = createAuthenticator(fresh.services);
  const send = client(people, fresh.sendAs(stranger('127.0.0.1')));
  const { code } = (await announceSetUp(fresh.services))!;
  const account = { email: 'kari@halvorsen.example', password: PASSWORD };
  const { sessionToken } = await send.install({ ...account, code, organisation: 'Halvorsen', name: 'Kari' });
  const lives = async () => (await own.byCookie(sessionToken, '127.0.0.1')) !== undefined;
  const start = fresh.clock.now().getTime();
  fresh.clock.advance(40 * MINUTE);
  assert.ok(await lives());
  fresh.clock.advance(-30_000);
  assert.ok(await lives(), 'a clock that is set right a little ends nothing');
  fresh.clock.set(new Date(start + 5 * MINUTE));
  assert.equal(await lives(), false, 'put back behind its last use');
  fresh.clock.set(new Date(start - DAY));
  assert.equal(await lives(), false, 'put back behind its start');
  fresh.clock.set(new Date(start + 41 * MINUTE));
  assert.ok(await lives());
  fresh.clock.set(new Date(start + 13 * HOUR));
  assert.equal(await lives(), false);

  // Guesses while the clock was a year ahead.
  fresh.clock.advance(365 * DAY);
  for (let n = 0; n < 12; n++) await send.signIn({ ...account, password: `guess number ${n} of many` }).catch(() => undefined);
  await assert.rejects(send.signIn(account), { code: 'people.too_many_tries' });
  fresh.clock.set(new Date(start + 14 * HOUR));
  await send.signIn(account);
});

test('a session lapses when idle, at its end, and when it is ended; the kinds do not pass for each other', async () => {
  const { email, token, self } = await join('Liv', ['employee']);
  const shell = await nobody().signIn({ email, password: PASSWORD, kind: 'command-line' });
  assert.equal(await auth.byBearer(token, '10.1.1.1'), undefined);
  assert.equal(await auth.byCookie(shell.sessionToken, '10.1.1.1'), undefined);
  assert.equal(await auth.byCookie('x'.repeat(43), '10.1.1.1'), undefined);
  assert.equal(await auth.byCookie(`${token}\u0000`, '10.1.1.1'), undefined);

  house.clock.advance(59 * MINUTE);
  assert.ok(await auth.byCookie(token, '10.1.1.1'));
  house.clock.advance(59 * MINUTE);
  assert.ok(await auth.byCookie(token, '10.1.1.1'), 'use prolongs');
  assert.equal(await auth.byBearer(shell.sessionToken, '10.1.1.1'), undefined, 'an hour is over');
  house.clock.advance(HOUR);
  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined, 'idle');
  await assert.rejects(self.me({}), { code: 'people.session_missing' });

  const { sessionToken } = await nobody().signIn({ email, password: PASSWORD });
  for (let half = 0; half < 23; half++) {
    house.clock.advance(30 * MINUTE);
    assert.ok(await auth.byCookie(sessionToken, '10.1.1.1'));
  }
  house.clock.advance(30 * MINUTE);
  assert.equal(await auth.byCookie(sessionToken, '10.1.1.1'), undefined, 'twelve hours are over');
});

test('people end their own sessions and nobody else’s', async () => {
  const { id, email, token, self } = await join('Maren', ['employee']);
  const other = await join('Nora', ['employee']);
  house.clock.advance(1000);
  const second = await nobody().signIn({ email, password: PASSWORD });
  const { items } = await self.sessions({});
  assert.deepEqual(
    items.map((session) => session.current),
    [false, true],
  );
  const page = await self.sessions({ limit: 1 });
  assert.deepEqual((await self.sessions({ limit: 1, cursor: page.next! })).items, [items[1]]);
  await assert.rejects(self.sessions({ cursor: 'bm8' }), { code: 'platform.cursor_wrong' });

  await assert.rejects(other.self.endSession({ sessionId: items[0]!.id }), { code: 'people.session_missing' });
  await self.endSession({ sessionId: items[0]!.id });
  await assert.rejects(self.endSession({ sessionId: items[0]!.id }), { code: 'people.session_missing' });
  assert.equal(await auth.byCookie(second.sessionToken, '10.1.1.1'), undefined);
  await self.signOut({});
  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
  assert.deepEqual((await recorded(house, id)).slice(-2), ['people.signed_out', 'people.signed_out']);
});

test('a token is its program until it lapses or is ended, and may do what it was made for', async () => {
  const { token, tokenId } = await guardian.on(people).makeToken({ name: 'Mail gateway', permissions: ['guard:inspect'], days: 30 });
  const { token: other } = await guardian.on(people).makeToken({ name: 'Build', permissions: ['register:list'] });
  const actor = await auth.byBearer(token, '10.1.1.1');
  assert.deepEqual(
    { ...actor, permissions: [...actor!.permissions] },
    { kind: 'token', id: tokenId, madeBy: guardian.id, permissions: ['guard:inspect'], address: '10.1.1.1' },
  );
  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
  await assert.rejects(as(actor!).me({}), { code: 'platform.not_permitted' });
  await assert.rejects(as(actor!).makeToken({ name: 'Itself', permissions: ['guard:inspect'] }), { code: 'platform.not_permitted' });

  const usedAt = async () => (await guardian.on(people).tokens({})).items.find((item) => item.id === tokenId)?.usedAt;
  const first = await usedAt();
  house.clock.advance(59_000);
  await auth.byBearer(token, '10.1.1.1');
  assert.equal(await usedAt(), first);
  house.clock.advance(1000);
  await auth.byBearer(token, '10.1.1.1');
  assert.equal(await usedAt(), house.clock.now().toISOString());

  await guardian.on(people).endToken({ tokenId });
  assert.equal(await auth.byBearer(token, '10.1.1.1'), undefined);
  await assert.rejects(guardian.on(people).endToken({ tokenId }), { code: 'people.token_missing' });
  assert.ok(await auth.byBearer(other, '10.1.1.1'));
  house.clock.advance(90 * DAY);
  assert.equal(await auth.byBearer(other, '10.1.1.1'), undefined);
  assert.deepEqual(await recorded(house, tokenId), ['people.token_made', 'people.token_ended']);
});

test('a token never may more than its maker: not when it is made, and not after the maker lost a role', async () => {
  const maker = await join('Vildegard', ['security', 'owner']);
  const wide = { name: 'Wide', permissions: ['guard:inspect', 'vault:store', 'evidence:entries'] as const };
  const refused = await maker.self.makeToken({ ...wide, permissions: [...wide.permissions] }).catch((error: unknown) => error);
  assert.deepEqual(
    [(refused as { code: string }).code, (refused as { details: string[] }).details],
    ['people.token_beyond_maker', ['evidence:entries']],
    'says which, and makes nothing',
  );
  assert.ok(!(await maker.self.tokens({})).items.some((item) => item.name === 'Wide'));
  await assert.rejects(admin.on(people).makeToken({ name: 'Admin', permissions: ['guard:inspect'] }), { code: 'people.token_beyond_maker' });

  const { token, tokenId } = await maker.self.makeToken({ name: 'Right', permissions: ['guard:inspect', 'vault:store'] });
  const may = async () => [...((await auth.byBearer(token, '10.1.1.1'))?.permissions ?? ['nobody'])];
  const listed = async () => (await guardian.on(people).tokens({})).items.find((item) => item.id === tokenId)!;
  assert.deepEqual(await may(), ['guard:inspect', 'vault:store']);
  const change = (role: Role, given: boolean) => admin.on(people).changeRole({ personId: maker.id, role, given, reason: 'Works elsewhere for a while' });
  await change('owner', false);
  assert.deepEqual(await may(), ['guard:inspect']);
  assert.deepEqual([(await listed()).permissions, (await listed()).inForce], [['guard:inspect', 'vault:store'], ['guard:inspect']]);
  assert.equal((await listed()).madeBy, maker.id);

  await change('owner', true);
  await change('security', false);
  assert.deepEqual(await may(), ['guard:inspect', 'vault:store'], 'the other role has both');
  await change('owner', false);
  assert.deepEqual(await may(), ['nobody'], 'without any role');
  assert.deepEqual((await listed()).inForce, []);
});

test('a token whose maker was let go by hand, or got a role by hand, gives nothing', async () => {
  const maker = await join('Wenche', ['security']);
  const { token } = await maker.self.makeToken({ name: 'Gate', permissions: ['guard:inspect'] });
  await tamper('update people_role set role = $2 where person_id = $1', [maker.id, 'counsel']);
  assert.equal(await auth.byBearer(token, '10.1.1.1'), undefined);
  const gone = await join('Ylva', ['security']);
  const { token: hers } = await gone.self.makeToken({ name: 'Other gate', permissions: ['guard:inspect'] });
  assert.ok(await auth.byBearer(hers, '10.1.1.1'));
  await tamper('update people_person set active_to = now() where id = $1', [gone.id]);
  assert.equal(await auth.byBearer(hers, '10.1.1.1'), undefined);
});

test('roles count from the next request on, and the reason is recorded', async () => {
  const { id, token } = await join('Olga', ['employee']);
  const permits = async (permission: string) => (await auth.byCookie(token, '10.1.1.1'))!.permissions.has(permission);
  assert.equal(await permits('people:invite'), false);
  await admin.on(people).changeRole({ personId: id, role: 'administrator', given: true, reason: 'Stands in for Astrid' });
  assert.equal(await permits('people:invite'), true);
  await assert.rejects(admin.on(people).changeRole({ personId: id, role: 'administrator', given: true, reason: 'Stands in for Astrid' }), {
    code: 'people.role_unchanged',
  });
  await admin.on(people).changeRole({ personId: id, role: 'administrator', given: false, reason: 'Astrid is back' });
  assert.equal(await permits('people:invite'), false);
  assert.deepEqual((await recorded(house, id)).slice(-2), ['people.role_changed', 'people.role_changed']);
  await assert.rejects(
    admin.on(people).changeRole({ personId: house.services.newId('per') as PersonId, role: 'owner', given: true, reason: 'Nobody at all' }),
    { code: 'people.person_missing' },
  );
});

test('the last administrator stays, also when two go at once', async () => {
  const fresh = await startHouse();
  const [ann, bo] = [await fresh.hire('Ann', ['administrator']), await fresh.hire('Bo', ['administrator'])];
  const take = (by: TestPerson, from: TestPerson) =>
    by.on(people).changeRole({ personId: from.id as PersonId, role: 'administrator', given: false, reason: 'One is enough' });

  // Both have begun before either may look at the roles.
  const gatekeeper = new pg.Client(fresh.owner);
  await gatekeeper.connect();
  await gatekeeper.query('begin; lock table people_role in access exclusive mode');
  const both = Promise.allSettled([take(ann, bo), take(bo, ann)]);
  while (
    (await gatekeeper.query('select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())'))
      .rowCount! < 2
  );
  await gatekeeper.query('commit');
  await gatekeeper.end();

  assert.deepEqual(outcomes(await both), ['ok', 'people.last_administrator']);
  await fresh.hire('Cleo', ['employee']);
  const [last] = (await ann.on(people).list({})).items.filter((person) => person.roles.includes('administrator'));
  await assert.rejects(ann.on(people).changeRole({ personId: last!.id, role: 'administrator', given: false, reason: 'None is needed' }), {
    code: 'people.last_administrator',
  });
  await assert.rejects(ann.on(people).leave({ personId: last!.id, reason: 'Everybody goes home' }), { code: 'people.last_administrator' });
});

test('who leaves loses sessions, tokens, roles, password and invitations at once, and can come back anew', async () => {
  const { id, email, token, self } = await join('Petra', ['administrator']);
  const { token: program } = await self.makeToken({ name: 'Hers', permissions: ['platform:operate'] });
  const { url } = await self.invite({ email: 'petra.again@halvorsen.example', name: 'Petra', roles: ['administrator'] });
  await admin.on(people).leave({ personId: id, reason: 'Works for somebody else now' });

  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
  assert.equal(await auth.byBearer(program, '10.1.1.1'), undefined);
  await assert.rejects(nobody().accept({ code: codeOf(url), password: PASSWORD }), { code: 'people.invitation_missing' });
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  await assert.rejects(admin.on(people).leave({ personId: id, reason: 'Works for somebody else now' }), { code: 'people.person_missing' });
  await assert.rejects(admin.on(people).changeRole({ personId: id, role: 'owner', given: true, reason: 'Gone already' }), { code: 'people.person_missing' });
  const { items } = await admin.on(people).list({ search: 'Petra' });
  assert.deepEqual(
    items.map(({ active, roles }) => ({ active, roles })),
    [{ active: false, roles: [] }],
  );
  assert.equal((await recorded(house, id)).at(-1), 'people.left');

  // Nobody comes back by editing the row: what opened the door was sealed as ended.
  await tamper('update people_person set active_to = null where id = $1', [id]);
  assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined);
  await assert.rejects(nobody().signIn({ email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  await tamper('update people_person set active_to = now() where id = $1', [id]);
  const again = await join('Petra', ['employee']);
  assert.notEqual(again.id, id);
});

test('a role written straight into the database gives nothing, and operators hear of it', async () => {
  const { id, token } = await join('Quirina', ['employee']);
  const { id: role } = await house.services.db.selectFrom('people_role').select('id').where('person_id', '=', id).executeTakeFirstOrThrow();
  const permissions = async () => [...(await auth.byCookie(token, '10.1.1.1'))!.permissions];
  const before = await permissions();
  const forged = house.services.newId('rol');
  await tamper(`insert into people_role select $1, person_id, 'counsel', valid_from, null, seal from people_role where id = $2`, [forged, role]);
  assert.deepEqual(await permissions(), before);
  assert.match(house.logged(), new RegExp(`"alarm":"people\\.seal_broken","table":"people_role","id":"${forged}"`));

  await tamper(`update people_role set role = 'administrator' where id = $1`, [role]);
  assert.deepEqual(await permissions(), []);
  const seal = async () => (await house.services.db.selectFrom('people_role').select('seal').where('id', '=', role).executeTakeFirstOrThrow()).seal;
  const broken = await seal();
  await assert.rejects(admin.on(people).changeRole({ personId: id, role: 'administrator', given: false, reason: 'Should not be there' }), {
    code: 'people.role_unchanged',
  });
  assert.deepEqual(await seal(), broken, 'taking it must not seal it anew');
});

test('a person who was written or changed by hand is nobody, and operators hear of it', async () => {
  const { id, email, token } = await join('Zita', ['administrator', 'security']);
  const { token: program } = await as((await auth.byCookie(token, '10.1.1.1'))!).makeToken({ name: 'Z gate', permissions: ['guard:inspect'] });
  const rest = await house.services.db.selectFrom('people_person').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const changes: [string, unknown][] = [
    ['name', 'Astrid Admin'],
    ['email', 'astrid@halvorsen.example'],
    ['active_from', new Date(0)],
    ['seal', rest.seal.subarray(1)],
  ];
  for (const [column, value] of changes) {
    await tamper(`update people_person set ${column} = $2 where id = $1`, [id, value]);
    assert.equal(await auth.byCookie(token, '10.1.1.1'), undefined, column);
    assert.equal(await auth.byBearer(program, '10.1.1.1'), undefined, column);
    const used = column === 'email' ? String(value) : email;
    await assert.rejects(nobody().signIn({ email: used, password: PASSWORD }), { code: 'people.credentials_wrong' });
    const listed = (await admin.on(people).list({ search: column === 'name' ? 'Astrid' : 'Zita' })).items.find((person) => person.id === id);
    assert.deepEqual(listed?.roles, [], 'is shown, with no role');
    await tamper(`update people_person set name = $2, email = $3, active_from = $4, seal = $5 where id = $1`, [
      id,
      rest.name,
      rest.email,
      rest.active_from,
      rest.seal,
    ]);
    assert.ok(await auth.byCookie(token, '10.1.1.1'));
  }
  assert.match(house.logged(), new RegExp(`"alarm":"people\\.seal_broken","table":"people_person","id":"${id}"`));
  // Let go by the program, whatever was done to the row before; back by hand with the old seal, the ledger tells.
  await admin.on(people).leave({ personId: id, reason: 'Works for somebody else now' });
  await tamper('update people_person set active_to = null, seal = $2 where id = $1', [id, rest.seal]);
  await house.sweep();
  assert.match(house.logged(), new RegExp(`"alarm":"platform\\.row_not_in_ledger","table":"people_person","id":"${id}"`));
  await tamper('update people_person set active_to = now() where id = $1', [id]);
});

test('a session, a token, a password and a second factor that were edited open nothing', async () => {
  const victim = await joinWithApp('Randi', ['administrator']);
  const eve = await join('Eve', ['employee']);
  const { token } = await guardian.on(people).makeToken({ name: 'Small', permissions: ['guard:inspect'] });
  await tamper('update people_session set person_id = $1 where person_id = $2', [victim.id, eve.id]);
  assert.equal(await auth.byCookie(eve.token, '10.1.1.1'), undefined);
  await tamper(`update people_token set permissions = '{guard:review}' where name = 'Small'`, []);
  assert.equal(await auth.byBearer(token, '10.1.1.1'), undefined);

  // A factor that was edited must not fall away, nor may a password of somebody else's open.
  await tamper(`update people_credential set active_from = null where person_id = $1 and kind = 'totp'`, [victim.id]);
  await assert.rejects(nobody().signIn({ email: victim.email, password: PASSWORD }), { code: 'people.credentials_wrong' });
  const lone = await join('Sunniva', ['employee']);
  await tamper(`update people_credential set held = (select held from people_credential where person_id = $1 and kind = 'password') where person_id = $2`, [
    eve.id,
    lone.id,
  ]);
  await assert.rejects(nobody().signIn({ email: lone.email, password: PASSWORD }), { code: 'people.credentials_wrong' });
});

test('the list pages by name and finds by the beginning of a word, taking every character for itself', async () => {
  const names = ['Xenia 100%', 'xenia Berg', 'Xenia Åberg', 'Ulla_Xenia', `Xenia ${'長'.repeat(110)}`];
  for (const [n, name] of names.entries()) await hirePerson(house.services, { name, email: `x${n}@halvorsen.example`, roles: ['employee'] });
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: readonly { name: string }[]; next: string | null } = await admin
      .on(people)
      .list({ search: 'xenia', limit: 2, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items.map((person) => person.name));
    cursor = page.next;
  } while (cursor !== null);

  assert.deepEqual(found.toSorted(), names.filter((name) => name !== 'Ulla_Xenia').toSorted());
  assert.deepEqual(
    found,
    (await admin.on(people).list({ search: 'xenia', limit: 200 })).items.map((person) => person.name),
  );
  assert.deepEqual(
    (await admin.on(people).list({ search: '100%' })).items.map((person) => person.name),
    ['Xenia 100%'],
  );
  assert.deepEqual((await admin.on(people).list({ search: '%' })).items, []);
  assert.deepEqual(
    (await admin.on(people).list({ search: 'berg' })).items.map((person) => person.name),
    ['xenia Berg'],
  );
});

test('the list tells apart who is here, who has left and who holds a role, beyond its first page', async () => {
  const names = Array.from({ length: 5 }, (_, n) => `Wendla Nr ${n}`);
  const ids: PersonId[] = [];
  for (const [n, name] of names.entries()) {
    const roles: Role[] = n % 2 === 0 ? ['employee'] : ['employee', 'owner'];
    ids.push((await hirePerson(house.services, { name, email: `w${n}@halvorsen.example`, roles })) as PersonId);
  }
  const list = async (asked: { state?: 'here' | 'left'; roles?: Role[] }) => {
    const found: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await admin.on(people).list({ search: 'wendla', limit: 1, ...asked, ...(cursor ? { cursor } : {}) });
      found.push(...page.items.map((person) => person.name));
      cursor = page.next ?? undefined;
      more = cursor !== undefined;
    }
    return found;
  };
  await admin.on(people).leave({ personId: ids[1]!, reason: 'Moved to another company' });
  await admin.on(people).changeRole({ personId: ids[2]!, role: 'counsel', given: true, reason: 'Is counsel now' });
  await admin.on(people).changeRole({ personId: ids[2]!, role: 'counsel', given: false, reason: 'Is counsel no more' });

  assert.deepEqual(await list({}), names);
  assert.deepEqual(await list({ state: 'left' }), [names[1]]);
  assert.deepEqual(
    await list({ state: 'here' }),
    names.filter((_, n) => n !== 1),
  );
  assert.deepEqual(await list({ state: 'here', roles: ['owner', 'counsel'] }), [names[3]]);
  // A role that was written by hand narrows nothing down to her.
  await tamper(`update people_role set role = 'owner' where person_id = $1`, [ids[4]]);
  assert.deepEqual(await list({ state: 'here', roles: ['owner'] }), [names[3]]);
});

test('characters that no name has are refused, wherever text comes in', async () => {
  const person = await join('Ragna', ['employee']);
  for (const bad of ['nul\u0000', 'line\nbreak', 'half\ud800']) {
    const attempts = [
      () => nobody().signIn({ email: bad, password: PASSWORD }),
      () => nobody().install({ code: 'whatever-it-is', organisation: bad, name: 'Kari', email: 'kari@halvorsen.example', password: PASSWORD }),
      () => admin.on(people).invite({ email: 'kari@halvorsen.example', name: bad, roles: ['employee'] }),
      () => admin.on(people).list({ search: bad }),
      () => admin.on(people).makeToken({ name: bad, permissions: ['guard:inspect'] }),
    ];
    for (const attempt of attempts) await assert.rejects(attempt, { code: 'platform.input_wrong' });
  }
  await assert.rejects(admin.on(people).changeRole({ personId: person.id, role: 'owner', given: true, reason: 'half\ud800 a reason' }), {
    code: 'platform.input_wrong',
  });
  await assert.rejects(nobody().signIn({ email: person.email, password: `${PASSWORD}\u0000` }), { code: 'people.credentials_wrong' });
  await assert.rejects(nobody().accept({ code: '\u0000', password: PASSWORD }), { code: 'people.invitation_missing' });
});

test('what is published of roles holds its seal as it stands', async () => {
  const { id } = await join('Turid', ['owner', 'counsel']);
  await admin.on(people).changeRole({ personId: id, role: 'counsel', given: false, reason: 'Counsel is somebody else' });
  const rows = await house.services.db.selectFrom('people_pub_role').selectAll().where('person_id', '=', id).execute();

  assert.equal(rows.length, 2);
  for (const { power, seal } of rows) assert.ok(sealHolds(house.services.keys, 'people_role', power as never, seal));
});

test('no password, code, token or mail address is logged or kept in clear', async () => {
  const { email, token, secret } = await joinWithApp('Ragnhild', ['employee']);
  await assert.rejects(nobody().signIn({ email: 'my password by mistake', password: PASSWORD }), { code: 'people.credentials_wrong' });
  await house.settle();
  for (const text of [PASSWORD, email, token, secret]) assert.ok(!house.logged().includes(text));
  const { rows } = await sql<{ text: string }>`select concat(
    (select string_agg(t::text, '') from people_try t), (select string_agg(c::text, '') from people_credential c), (select string_agg(s::text, '') from people_session s)) as text`.execute(
    house.services.db,
  );
  for (const text of ['my password by mistake', PASSWORD, token, secret]) {
    assert.ok(!rows[0]!.text.includes(text));
    assert.ok(!rows[0]!.text.includes(Buffer.from(text).toString('hex')));
  }
});

async function sqlAs(of: TestHouse, text: string) {
  const intruder = new pg.Client(of.owner);
  await intruder.connect();
  await intruder.query(text);
  await intruder.end();
}
