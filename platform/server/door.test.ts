import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { act, contract, event, Failure, failure, Nothing, open, read, release, SecretId, Ticket, type EventDefinition } from '@underseal/contract';
import { readEntry } from '@underseal/ledger';
import { z } from 'zod';
import { allFeatures, createGate } from '#apps/server/features.ts';
import { freshDatabase } from '#testing/database.ts';
import { holdClock } from '#testing/house.ts';
import { stranger, type Actor } from './actor.ts';
import { createMemoryBlobs } from './blobs.ts';
import { readConfig } from './config.ts';
import { feature, type Feature, type RecordedEntry } from './feature.ts';
import { createDoor } from './door.ts';
import { openHouse } from './house.ts';
import { newRootKey } from './keys.ts';
import { createLog } from './log.ts';
import { countParked } from './parked.ts';
import { spendTicket, sweepTickets } from './tickets.ts';

const done = event('trial.done', { secretId: open(SecretId), number: open(z.int()) });
const other = event('trial.other', { secretId: open(SecretId) });
const followed = event('trial.followed', { secretId: open(SecretId), index: open(z.int()) });
const notNow = failure('conflict', 'trial.not_now');
const Some = z.strictObject({ secretId: SecretId, number: z.int().default(1) });
const How = z.enum(['well', 'silent', 'throws', 'fails', 'answers-wrong', 'calls']);
const common = { needs: 'trial:do', about: 'secretId', says: 'For this test.' } as const;

const trial = contract({
  name: 'trial',
  operations: {
    run: act({
      ...common,
      input: z.strictObject({ ...Some.shape, how: How.default('well') }),
      output: z.strictObject({ secretId: SecretId }),
      records: [done],
    }),
    inner: act({ ...common, needs: 'trial:inner', strength: 'own', input: Some, output: Nothing, records: [other] }),
    give: release({ ...common, input: Some, output: Ticket, records: [done] }),
    look: read({ ...common, input: Some, output: z.strictObject({ number: z.int() }) }),
    meddle: read({ ...common, input: Some, output: Nothing }),
    detour: read({ ...common, input: z.strictObject({ ...Some.shape, to: z.enum(['inner', 'give']) }), output: Nothing }),
    pass: act({ ...common, input: Some, output: Ticket, records: [done] }),
    slow: act({ needs: 'trial:do', says: 'Takes each code once.', input: z.strictObject({ code: z.string() }), output: Nothing, records: [other] }),
    fill: act({
      needs: 'trial:do',
      says: 'Takes a form.',
      input: z.strictObject({
        title: z.string().trim().min(1).max(5),
        reason: z.string().min(5),
        email: z.email(),
        on: z.iso.date(),
        tier: z.int().min(1).max(3),
        roles: z.array(z.string()).min(1).max(2),
        kind: z.enum(['one', 'other']),
        code: z.string().regex(/^[A-Z]+$/),
        told: z.string().regex(/^[A-Z]+$/, 'is capitals'),
      }),
      output: Nothing,
      records: [other],
    }),
    once: act({ needs: 'trial:do', says: 'Tells once.', input: z.strictObject({}), output: z.strictObject({ token: z.string() }), records: [other] }),
  },
});
const seen: RecordedEntry[] = [];
const spent = new Set<string>();
let poisoned = false;
/** So often the database is away while number 777 is worked on. */
let away = 0;
const trialFeature = feature(
  trial,
  {
    async run(ctx, { secretId, number, how }) {
      await ctx.belongs(ctx.services.newId('doc'), secretId);
      if (how === 'throws') throw new TypeError('half-way');
      if (how === 'fails') throw notNow('Cannot do this: not now');
      if (how === 'calls') await ctx.call(trial.inner, { secretId, number });
      if (how !== 'silent') ctx.record(done, { secretId, number });
      return how === 'answers-wrong' ? ({ secretId: 'no id' } as never) : { secretId };
    },
    async inner(ctx, { secretId }) {
      ctx.record(other, { secretId });
      return {};
    },
    async give(ctx, { secretId, number }) {
      ctx.record(done, { secretId, number });
      return ctx.ticket('trial.get', { number });
    },
    look: async (_ctx, { number }) => ({ number }),
    async meddle(ctx, { secretId }) {
      (ctx.record as (event: EventDefinition, data: unknown) => void)(done, { secretId, number: 1 });
      return {};
    },
    async detour(ctx, { to, ...some }) {
      await ctx.call(trial[to], some);
      return {};
    },
    async pass(ctx, some) {
      ctx.record(done, some);
      return ctx.call(trial.give, some);
    },
    slow: {
      async prepare(_before, { code }) {
        if (spent.has(code)) throw notNow('Cannot take this code: it was used');
      },
      async run(ctx, { code }) {
        spent.add(code);
        ctx.record(other, { secretId: SECRET });
        return {};
      },
    },
    async fill(ctx) {
      ctx.record(other, { secretId: SECRET });
      return {};
    },
    async once(ctx) {
      ctx.record(other, { secretId: SECRET });
      return { token: 'told once' };
    },
  },
  {
    reactions: [
      {
        name: 'trial.follow',
        on: [done],
        async handle(ctx, entry) {
          if (entry.data['number'] === 777 && away-- > 0) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
          if (poisoned && entry.data['number'] === 666) throw new RangeError('poisoned');
          seen.push(entry);
          ctx.record(followed, { secretId: SECRET, index: entry.index });
        },
      },
    ],
  },
);

const SECRET = `sec_${'0'.repeat(26)}` as SecretId;
const HIDDEN = `sec_${'1'.repeat(26)}` as SecretId;
const clock = holdClock(new Date('2026-11-23T09:00:00.000Z'));
const logged: string[] = [];
const database = await freshDatabase();
const house = await openHouse({
  config: readConfig({}),
  database,
  root: newRootKey(),
  blobs: createMemoryBlobs(),
  clock,
  log: createLog('debug', { write: (line) => void logged.push(line) }),
  // Knows of one secret, and lets the owner alone own it.
  createGate: () => ({
    decide: async (_tx, { actor, id }) =>
      id === SECRET ? { secretId: id, may: { know: true, open: actor.id !== 'per_knows', own: actor.id === 'per_owner' } } : undefined,
    known: () => assert.fail(),
    knows: () => assert.fail(),
    gives: () => assert.fail(),
    decideAll: () => assert.fail(),
  }),
  features: [trialFeature as unknown as Feature],
});
after(async () => {
  await house.close();
  await database.drop();
});

function person(id: string, ...permissions: string[]): Actor {
  return {
    kind: 'person',
    id,
    permissions: new Set(permissions),
    session: { id: `ses_${id}`, kind: 'browser', byFactor: true, strong: true },
    address: '127.0.0.1',
  };
}
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
const owner = person('per_owner', 'trial:do', 'trial:inner');
const reader = person('per_reader', 'trial:do');
const run = (name: string, actor: Actor, input: object, idempotencyKey?: string) =>
  house.run(`trial.${name}`, actor, input, idempotencyKey === undefined ? {} : { idempotencyKey });
const belongings = async () =>
  (
    await house.services.db
      .selectFrom('gate_subject')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
  ).n;
async function types(): Promise<string[]> {
  await house.settle();
  return (await house.services.db.selectFrom('ledger_entry').select('type').orderBy('index').execute()).map(({ type }) => type);
}
/** What a call adds: to the state, and to the ledger. */
async function added(call: () => Promise<unknown>) {
  const [before, rows] = [await types(), await belongings()];
  const answer = await call().catch((error: unknown) => error);
  const now = await types();
  return { answer, entries: now.slice(before.length), rows: (await belongings()) - rows };
}

test('an act that goes well leaves its change and its entry, and what reacts to it', async () => {
  const { answer, entries, rows } = await added(() => run('run', owner, { secretId: SECRET }));
  assert.deepEqual(answer, { secretId: SECRET });
  assert.deepEqual([entries, rows], [['trial.done', 'trial.followed'], 1]);
});

for (const how of ['silent', 'throws', 'answers-wrong'] as const) {
  test(`an act that ${how === 'silent' ? 'records nothing' : how} is a bug and leaves nothing`, async () => {
    const { answer, entries, rows } = await added(() => run('run', owner, { secretId: SECRET, how }));
    assert.ok(answer instanceof Error && !(answer instanceof Failure));
    assert.deepEqual([entries, rows], [[], 0]);
  });
}

test('an expected no leaves nothing either: a conflict is no refusal', async () => {
  const { answer, entries, rows } = await added(() => run('run', owner, { secretId: SECRET, how: 'fails' }));
  assert.equal((answer as Failure).code, notNow.code);
  assert.deepEqual([entries, rows], [[], 0]);
});

test('a read cannot record', async () => {
  const { answer, entries } = await added(() => run('meddle', owner, { secretId: SECRET }));
  assert.match((answer as Error).message, /is a read and cannot record/);
  assert.deepEqual(entries, []);
});

test('a read calls no act and no release: it has no transaction, and what it would record is nowhere', async () => {
  for (const to of ['inner', 'give'] as const) {
    const { answer, entries, rows } = await added(() => run('detour', owner, { secretId: SECRET, to }));
    assert.match((answer as Error).message, /is a read and cannot call/);
    assert.deepEqual([entries, rows], [[], 0]);
  }
});

test('while nothing could be compared with the ledger an act passes on no content either', async () => {
  const { run: doubtful } = createDoor([trialFeature as unknown as Feature], house.services, {
    refusals: { record: async () => undefined, flush: async () => undefined },
    committed: () => undefined,
    isCompared: () => false,
  });
  for (const name of ['trial.give', 'trial.pass']) await assert.rejects(doubtful(name, owner, { secretId: SECRET }), { code: 'platform.not_compared' });
});

test('what an operation calls asks for permission and the gate anew, and falls with it', async () => {
  const well = await added(() => run('run', owner, { secretId: SECRET, how: 'calls' }));
  assert.deepEqual([well.entries, well.rows], [['trial.other', 'trial.done', 'trial.followed'], 1]);
  const denied = await added(() => run('run', reader, { secretId: SECRET, how: 'calls' }));
  assert.equal((denied.answer as Failure).code, 'platform.not_permitted');
  assert.deepEqual([denied.entries, denied.rows], [['door.refused'], 0]);
  const notOwner = await added(() => run('run', person('per_reader', 'trial:do', 'trial:inner'), { secretId: SECRET, how: 'calls' }));
  assert.equal((notOwner.answer as Failure).code, 'platform.owner_only');
  assert.deepEqual(notOwner.rows, 0);
});

test('strengths: knowing does not open, opening does not own', async () => {
  const knows = person('per_knows', 'trial:do', 'trial:inner');
  assert.deepEqual(await run('look', knows, { secretId: SECRET }), { number: 1 });
  await assert.rejects(run('give', knows, { secretId: SECRET }), { code: 'platform.opening_not_granted' });
  await assert.rejects(run('inner', reader, { secretId: SECRET }), { code: 'platform.not_permitted' });
  await assert.rejects(run('look', owner, { secretId: HIDDEN }), { code: 'platform.subject_missing' });
});

test('what is wrong with an input is told in plain words, at each field, and quotes nothing of it', async () => {
  const told = async (input: object) => {
    try {
      await run('fill', owner, input);
      return [];
    } catch (error) {
      return (error as Failure).details;
    }
  };
  assert.deepEqual(
    await told({ title: 'planted', reason: 'oh', email: 'planted', on: '2026-02-30', tier: 4, roles: ['a', 'b', 'c'], kind: 'planted', code: 'x', told: 'x' }),
    [
      'title: may have 5 characters at most',
      'reason: has to have 5 characters at least',
      'email: is no mail address, such as name@company.example',
      'on: is no day, such as 2026-11-30',
      'tier: may be 3 at most',
      'roles: may have 2 entries at most',
      'kind: has to be one of these: one, other',
      'code: is not written as it has to be',
      'told: is capitals',
    ],
  );
  assert.deepEqual(await told({ title: ' ', reason: 7, email: null, tier: 0, roles: [], kind: undefined, code: 'X', told: 'X', planted: 1 }), [
    'title: is missing',
    'reason: has to be a text',
    'email: has to be a text',
    'on: is missing',
    'tier: has to be 1 at least',
    'roles: has to have 1 entries at least',
    'kind: has to be one of these: one, other',
    'input: has 1 unknown key',
  ]);
});

test('an unknown operation is missing, also by a name of objects', async () => {
  for (const name of ['trial.nothing', '', '__proto__', 'constructor', 'trial.toString']) await assert.rejects(house.run(name, owner, {}), { kind: 'missing' });
});

test('refusals: sixty a minute of one caller stand in the ledger, and none of a stranger', async () => {
  clock.advance(60_000);
  const before = (await types()).length;
  for (let i = 0; i < 63; i++) await assert.rejects(run('run', person('per_keen'), { secretId: SECRET }));
  for (let i = 0; i < 5; i++) await assert.rejects(run('run', stranger('192.0.2.7'), { secretId: SECRET }));
  const entries = (await types()).slice(before);
  assert.deepEqual([entries.length, new Set(entries)], [60, new Set(['door.refused'])]);
});

test('an idempotency key: done once, answered by ids, bound to operation, input and caller', async () => {
  const key = 'key-number-one';
  const first = await added(() => run('run', owner, { secretId: SECRET }, key));
  const again = await added(() => run('run', owner, { secretId: SECRET }, key));
  assert.deepEqual(again.answer, first.answer);
  assert.deepEqual([again.entries, again.rows], [[], 0]);
  await assert.rejects(run('run', owner, { secretId: SECRET, number: 2 }, key), { code: 'platform.key_reused' });
  await assert.rejects(run('inner', owner, { secretId: SECRET }, key), { code: 'platform.key_reused' });
  assert.equal((await added(() => run('run', reader, { secretId: SECRET }, key))).rows, 1, 'another caller’s key is another key');
  for (const wrong of ['short', 'x'.repeat(129), 'with space', 'naïve-key'])
    await assert.rejects(run('run', owner, { secretId: SECRET }, wrong), { code: 'platform.key_wrong' });
});

test('an idempotency key: what was told once is not told again, and a failed try does not use the key up', async () => {
  assert.deepEqual(await run('once', owner, {}, 'key-number-two'), { token: 'told once' });
  await assert.rejects(run('once', owner, {}, 'key-number-two'), { code: 'platform.already_done' });
  const kept = await house.services.db.selectFrom('platform_idempotency').selectAll().execute();
  assert.doesNotMatch(JSON.stringify(kept), /told once/);
  await assert.rejects(run('run', owner, { secretId: SECRET, how: 'fails' }, 'key-number-three'), { code: notNow.code });
  assert.equal(
    kept.some((row) => row.key === 'key-number-three'),
    false,
  );
});

test('an idempotency key: it is looked at before slow work, which would refuse what it let through the first time', async () => {
  assert.deepEqual(await run('slow', owner, { code: '123456' }, 'key-number-five'), {});
  assert.deepEqual(await run('slow', owner, { code: '123456' }, 'key-number-five'), {});
  await assert.rejects(run('slow', owner, { code: '123456' }), { code: notNow.code });
  await assert.rejects(run('slow', owner, { code: '654321' }, 'key-number-five'), { code: 'platform.key_reused' });
});

test('an idempotency key: of ten at once one does it and all hear of it', async () => {
  const { answer, rows } = await added(() => Promise.all(Array.from({ length: 10 }, () => run('run', owner, { secretId: SECRET }, 'key-number-four'))));
  assert.deepEqual(answer, Array(10).fill({ secretId: SECRET }));
  assert.equal(rows, 1);
});

test('tickets: of ten who come with one, one gets it; bound to the session; lapse after 30 seconds; only a hash is kept', async () => {
  const { db, keys } = house.services;
  const issue = async () => ((await run('give', owner, { secretId: SECRET, number: 7 })) as Ticket).ticket;
  const ticket = await issue();
  const row = await db.selectFrom('platform_ticket').selectAll().executeTakeFirstOrThrow();
  assert.ok(!JSON.stringify(row).includes(ticket));
  const otherSession = { ...owner, session: { ...owner.session!, id: 'ses_other' } };
  await assert.rejects(spendTicket(db, ticket, { actor: otherSession, now: clock.now(), keys }), { code: 'platform.ticket_missing' });
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => spendTicket(db, ticket, { actor: owner, now: clock.now(), keys })));
  const got = tries.filter((one) => one.status === 'fulfilled');
  assert.deepEqual(
    got.map(({ value }) => value),
    [{ kind: 'trial.get', payload: { number: 7 } }],
  );
  // A row that somebody writes, or whose end he moves, is no ticket.
  const drawn = await issue();
  await db
    .updateTable('platform_ticket')
    .set({ expires_at: new Date(clock.now().getTime() + 86_400_000) })
    .execute();
  await assert.rejects(spendTicket(db, drawn, { actor: owner, now: clock.now(), keys }), { code: 'platform.ticket_missing' });
  const late = await issue();
  clock.advance(30_000);
  await assert.rejects(spendTicket(db, late, { actor: owner, now: clock.now(), keys }), { code: 'platform.ticket_missing' });
  clock.advance(1);
  await sweepTickets(db, clock.now());
  assert.deepEqual(await db.selectFrom('platform_ticket').selectAll().execute(), []);
});

test('content on the command line needs a session that was opened by a second factor', async () => {
  const onCommandLine = (byFactor: boolean): Actor => ({ ...owner, session: { ...owner.session!, kind: 'command-line', byFactor, strong: false } });
  await assert.rejects(run('give', onCommandLine(false), { secretId: SECRET, number: 7 }), { code: 'platform.factor_needed' });
  await run('give', onCommandLine(true), { secretId: SECRET, number: 7 });
});

test('reactions: each entry once, in order, with its cause; a poisoned one is parked, alarmed, and the rest goes on', async () => {
  await house.settle();
  seen.length = 0;
  poisoned = true;
  for (const number of [1, 666, 2]) await run('run', owner, { secretId: SECRET, number });
  await house.settle();
  // What a failed batch had done is undone with it, and done again: only what was committed counts.
  const followed = await house.services.db
    .selectFrom('ledger_entry')
    .select(['leaf'])
    .where('type', '=', 'trial.followed')
    .orderBy('index', 'desc')
    .limit(2)
    .execute();
  const causes = followed.reverse().map(({ leaf }) => readEntry(leaf).cause);
  assert.deepEqual(
    causes.map((cause) => seen.find(({ id }) => id === cause)?.data['number']),
    [1, 2],
  );
  assert.equal(new Set(seen.map(({ id }) => id)).size, 2);
  assert.ok(seen.every(({ actor, type }) => actor === 'per_owner' && type === 'trial.done'));
  const parked = await house.services.db.selectFrom('platform_parked').selectAll().execute();
  assert.deepEqual(
    parked.map(({ reaction, tries, code }) => [reaction, tries, code]),
    [['trial.follow', 3, 'RangeError']],
  );
  assert.equal(await countParked(house.services.db, 'trial.follow'), 1);
  assert.equal(await countParked(house.services.db, 'trial.other'), 0);
  assert.match(logged.join(''), /"alarm":"platform\.entry_parked"/);
  assert.doesNotMatch(logged.join(''), /poisoned/);
});

test('reactions: what was put aside is tried again ever later, and worked off once it can be', async () => {
  const { db } = house.services;
  const parked = () => db.selectFrom('platform_parked').select(['tries', 'next_at']).where('reaction', '=', 'trial.follow').executeTakeFirst();
  seen.length = 0;
  const before = (await parked())!;
  clock.advance(before.next_at.getTime() - clock.now().getTime());
  await until(async () => (await parked())!.tries === before.tries + 1);
  const later = (await parked())!;
  assert.ok(later.next_at.getTime() - clock.now().getTime() > before.next_at.getTime() - clock.now().getTime());
  assert.equal(seen.length, 0);
  poisoned = false;
  clock.advance(later.next_at.getTime() - clock.now().getTime());
  await until(async () => (await parked()) === undefined);
  assert.deepEqual(
    seen.map(({ data }) => data['number']),
    [666],
  );
  await house.settle();
  const last = await db
    .selectFrom('ledger_entry')
    .select('leaf')
    .where('type', '=', 'trial.followed')
    .orderBy('index', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  assert.equal(readEntry(last.leaf).cause, seen[0]!.id);
  assert.match(logged.join(''), /"alarm":"platform\.entry_unparked"/);
});

test('reactions: while the database is away nothing is parked; it is done once it is back', async () => {
  await house.settle();
  const parked = async () => (await house.services.db.selectFrom('platform_parked').selectAll().execute()).length;
  const before = await parked();
  seen.length = 0;
  away = 8;
  await run('run', owner, { secretId: SECRET, number: 777 });
  await house.settle();
  assert.ok(seen.some(({ data }) => data['number'] === 777) && away <= 0);
  assert.equal(await parked(), before);
});

test('refusals that were only counted are written down at the latest when the house closes', async () => {
  const database = await freshDatabase();
  const base = { config: readConfig({}), database, root: newRootKey(), blobs: createMemoryBlobs(), clock, log: createLog('silent') };
  const parts = { ...base, createGate, features: allFeatures };
  const other = await openHouse(parts);
  for (let i = 0; i < 3; i++) await assert.rejects(other.run('people.me', stranger('192.0.2.7'), {}), { code: 'platform.sign_in_needed' });
  await other.close();
  const again = await openHouse(parts);
  await again.settle();
  const entry = await again.services.db.selectFrom('ledger_entry').select('leaf').where('type', '=', 'door.refusals_counted').executeTakeFirstOrThrow();
  assert.match(entry.leaf.toString(), /"count":0.*"strangers":3|"strangers":3.*"count":0/);
  await again.close();
  await database.drop();
});
