import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { canonicalJson } from '@underseal/ledger';
import pg from 'pg';
import { allFeatures } from '#apps/server/features.ts';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { startHouse } from '#testing/house.ts';
import { namesOfTables } from './schema-guard.ts';
import { createSignedEntries } from './signed.ts';

const house = await startHouse();
const ann = await house.hire('Ann', ['owner', 'administrator']);
const bob = await house.hire('Bob', ['owner']);
const eve = await house.hire('Eve', ['employee']);
const { secretId } = await ann.on(register).enter({ codeName: 'KESTREL', title: 'Firing schedule', tier: 2, ownerId: ann.id as never });
const grant = (personId: string) =>
  ann
    .on(access)
    .grant({ secretId, personId: personId as never, reason: 'Works on the furnace', until: new Date(house.clock.now().getTime() + 86_400_000).toISOString() });
const mayOpen = async (personId: string) => (await ann.on(access).explain({ secretId, personId: personId as never })).mayOpen;

/** As one who has the database, and no key. */
async function byHand(sql: string, values: unknown[] = []) {
  const client = new pg.Client(house.owner);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
const HONEST = { whole: true, frozen: 0, missing: 0 };
async function sweep() {
  const { entries: _, ...found } = await house.sweep();
  return found;
}
async function alarms(code: string) {
  // An alarm is written down beside what raised it, by a transaction of its own.
  for (let tries = 0; ; tries++) {
    await house.settle();
    const rows = await byHand(`select convert_from(leaf, 'utf8') as leaf from ledger_entry where type = 'platform.alarmed'`);
    const count = rows.filter(({ leaf }) => String(leaf).includes(code)).length;
    if (count > 0 || tries === 40) return count;
    await wait(25);
  }
}

test('what came about by the program is as the ledger tells, also while it waits for its place', async () => {
  const works = async () => {
    for (let i = 0; i < 6; i++) {
      const { grantId } = await grant(bob.id);
      await ann.on(access).revoke({ grantId, reason: 'Project has ended' });
      await ann.on(people).changeRole({ personId: eve.id as never, role: 'auditor', given: i % 2 === 0, reason: 'Yearly audit' });
      const other = await bob.on(register).enter({ codeName: `OTHER-${i}`, title: 'Another', tier: 1, ownerId: bob.id as never });
      await bob.on(register).changeOwner({ secretId: other.secretId, ownerId: ann.id as never, reason: 'Hands it over' });
    }
  };
  const working = works();
  let done = false;
  void working.finally(() => (done = true));
  while (!done) assert.deepEqual(await sweep(), HONEST);
  await working;
  const zoe = await house.hire('Zoe', ['employee', 'auditor']);
  await ann.on(people).leave({ personId: zoe.id as never, reason: 'Moved to another company' });
  assert.deepEqual(await sweep(), HONEST);
});

test('an ended grant whose old row is put back, with its good seal, is found and gives nothing any more', async () => {
  const { grantId } = await grant(eve.id);
  const [before] = await byHand('select revoked_at, seal from access_grant where id = $1', [grantId]);
  await ann.on(access).revoke({ grantId, reason: 'Project has ended' });
  assert.equal(await mayOpen(eve.id), false);
  await byHand('update access_grant set revoked_at = $2, seal = $3 where id = $1', [grantId, before!['revoked_at'], before!['seal']]);
  assert.equal(await mayOpen(eve.id), true, 'its seal cannot tell');
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
  assert.equal(await mayOpen(eve.id), false);
  assert.equal(await alarms('platform.row_not_in_ledger'), 1);
  assert.deepEqual(await sweep(), HONEST, 'once is enough');
});

test('an old row that is put back gives nothing also where the database keeps its seal from being taken', async () => {
  const gus = await house.hire('Gus', ['employee']);
  const { grantId } = await grant(gus.id);
  const [before] = await byHand('select revoked_at, seal from access_grant where id = $1', [grantId]);
  await ann.on(access).revoke({ grantId, reason: 'Project has ended' });
  await byHand('update access_grant set revoked_at = $2, seal = $3 where id = $1', [grantId, before!['revoked_at'], before!['seal']]);
  await byHand(`create function keep() returns trigger language plpgsql as $$ begin return null; end $$`);
  await byHand(`create trigger keep before update on access_grant for each row when (old.id = '${grantId}') execute function keep()`);
  house.clock.advance(120_000);
  assert.deepEqual(await sweep(), { ...HONEST, changed: 'trigger' }, 'its seal could not be taken');
  assert.equal(await mayOpen(gus.id), false);
  assert.match(house.logged(), new RegExp(`"alarm":"platform\\.row_not_in_ledger","table":"access_grant","id":"${grantId}"`));
  await byHand('drop trigger keep on access_grant');
  await byHand('drop function keep()');
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
  await byHand('delete from access_grant where id = $1', [grantId]);
  assert.deepEqual(await sweep(), HONEST);
});

test('a role that was taken and is put back is found', async () => {
  await ann.on(people).changeRole({ personId: eve.id as never, role: 'counsel', given: true, reason: 'Stands in' });
  const [before] = await byHand(`select id, valid_to, seal from people_role where person_id = $1 and role = 'counsel' and valid_to is null`, [eve.id]);
  await ann.on(people).changeRole({ personId: eve.id as never, role: 'counsel', given: false, reason: 'Is over' });
  await byHand('update people_role set valid_to = $2, seal = $3 where id = $1', [before!['id'], before!['valid_to'], before!['seal']]);
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
});

test('a row that was taken away is missed, and told of once', async () => {
  const { grantId } = await grant(bob.id);
  assert.deepEqual(await sweep(), HONEST);
  await byHand('delete from access_grant where id = $1', [grantId]);
  house.clock.advance(120_000);
  assert.deepEqual(await sweep(), { ...HONEST, missing: 1 });
  house.clock.advance(120_000);
  await sweep();
  assert.equal(await alarms('platform.row_missing'), 1);
});

test('a ledger that is not the one that was signed is believed in nothing', async () => {
  await house.settle();
  await byHand('alter table ledger_entry disable trigger all');
  const change = `update ledger_entry set leaf = set_byte(leaf, 5, get_byte(leaf, 5) # 1) where index = 0`;
  await byHand(change);
  // The sweep starts from the first entry again after a day; the house runs one of its own each minute.
  house.clock.advance(25 * 3600_000);
  assert.deepEqual(await sweep(), { whole: false, frozen: 0, missing: 0, changed: 'trigger' });
  assert.equal(await alarms('ledger.not_whole'), 1);
  await byHand(change);
  await byHand('alter table ledger_entry enable trigger all');
  assert.equal((await sweep()).whole, true);
});

test('columns beside an entry that tell something else than it are found, and no timeline tells them', async () => {
  const { secretId: other } = await ann.on(register).enter({ codeName: 'DUNLIN', title: 'Glaze', tier: 2, ownerId: ann.id as never });
  await house.settle();
  const told = async () => (await ann.on(evidence).secretTimeline({ secretId: other })).items.map(({ id, type, at }) => [id, type, at]);
  const before = await told();
  const columns = await byHand(`select index, type, at from ledger_entry where id = $1`, [before.at(-1)![0]]);
  await byHand('alter table ledger_entry disable trigger all');
  await byHand(`update ledger_entry set type = 'register.element_added', at = at - interval '30 days' where index = $1`, [columns[0]!['index']]);
  assert.deepEqual(await told(), before);
  house.clock.advance(25 * 3600_000);
  assert.equal((await sweep()).whole, false);
  await byHand(`update ledger_entry set type = $2, at = $3 where index = $1`, [columns[0]!['index'], columns[0]!['type'], columns[0]!['at']]);
  await byHand('alter table ledger_entry enable trigger all');
  assert.equal((await sweep()).whole, true);
});

test('a sweep that is kept from its work is told, and content is kept back until it works again', async () => {
  const { secretId: other } = await ann.on(register).enter({
    codeName: 'GODWIT',
    title: 'Kiln',
    tier: 2,
    ownerId: ann.id as never,
    elements: [{ heading: 'Ramp', text: 'Seven steps, each of a day.' }],
  });
  const { elements } = await ann.on(register).show({ secretId: other });
  const open = () => ann.on(register).openElement({ secretId: other, elementId: elements[0]!.id });
  await byHand(`revoke select on people_reset from ${house.app.user}`);
  await assert.rejects(house.sweep());
  await open();
  assert.equal(house.isReady()['ledger'], true, 'one may fall into a restart of the database');
  await assert.rejects(house.sweep());
  assert.equal(house.isReady()['ledger'], false);
  await assert.rejects(open(), { code: 'platform.not_compared' });
  assert.ok((await alarms('ledger.not_compared')) > 0);
  await byHand(`grant select on people_reset to ${house.app.user}`);
  await house.sweep();
  assert.equal(house.isReady()['ledger'], true);
  await open();
});

test('a database that was changed so that it may show one thing and keep another is told, and content is kept back', async () => {
  const changes: [string, string, string][] = [
    [
      'policy',
      'create policy hides on access_grant using (true); alter table access_grant enable row level security',
      'alter table access_grant disable row level security; drop policy hides on access_grant',
    ],
    ['rule', 'create rule none as on delete to people_reset do instead nothing', 'drop rule none on people_reset'],
    [
      'view',
      'alter table people_reset rename to people_reset_kept; create view people_reset as select * from people_reset_kept; grant select on people_reset to public',
      'drop view people_reset; alter table people_reset_kept rename to people_reset',
    ],
    [
      'schema',
      `create schema ${house.app.user}; grant usage on schema ${house.app.user} to ${house.app.user}; create view elsewhere as select 1`,
      `drop view elsewhere; drop schema ${house.app.user}`,
    ],
    ['trigger', `create or replace function ledger_refuse_change() returns trigger language plpgsql as $$ begin return new; end $$`, ''],
  ];
  // No table is left out, whatever feature it is of.
  const tables = await byHand(`select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v')`);
  const ours = new RegExp(namesOfTables(allFeatures.map(({ contract }) => contract.name)));
  assert.deepEqual([tables.length > 30, tables.filter(({ name }) => !ours.test(String(name)))], [true, []]);
  // What an extension puts there is nobody's business.
  await byHand('create view pg_stat_of_somebody as select 1');
  assert.equal((await house.sweep()).changed, undefined);
  const [refuse] = await byHand(`select pg_get_functiondef('ledger_refuse_change'::regproc) as text`);
  for (const [what, make, mend] of changes) {
    await byHand(make);
    const found = await house.sweep().catch((error: unknown) => ({ changed: String(error) }));
    assert.equal(found.changed, what);
    await house.sweep().catch(() => undefined);
    assert.equal(house.isReady()['ledger'], false, what);
    await byHand(mend === '' ? String(refuse!['text']) : mend);
    assert.deepEqual(await sweep().then(({ changed }) => changed), undefined, what);
    assert.equal(house.isReady()['ledger'], true, what);
  }
  assert.ok((await alarms('platform.schema_changed')) > 0);
});

test('what was registered and is never read to be recognised is told', async () => {
  const position = await byHand(`select position from platform_cursor where reaction = 'guard.fingerprint'`);
  await byHand(`update platform_cursor set position = 1000000 where reaction = 'guard.fingerprint'`);
  const elements = [{ heading: 'Hold', text: 'Hold the second plateau until the mass signal bends, never by the clock, and note the bend.' }];
  const { secretId: other } = await ann.on(register).enter({ codeName: 'WHIMBREL', title: 'Plateau', tier: 2, ownerId: ann.id as never, elements });
  await house.sequencer.settle();
  const { missing } = await sweep();
  house.clock.advance(31 * 60_000);
  assert.equal((await sweep()).missing, missing + 1, 'until then it may take its time');
  const { elements: kept } = await ann.on(register).show({ secretId: other });
  assert.match(house.logged(), new RegExp(`"alarm":"platform\\.row_missing","table":"guard_fingerprint","about":"${kept[0]!.id}"`));
  await byHand(`update platform_cursor set position = $1 where reaction = 'guard.fingerprint'`, [position[0]!['position']]);
  await house.settle();
  assert.equal((await sweep()).missing, missing);
});

test('a line that is taken from a timeline is put back from the signed entry, and alarmed', async () => {
  const { secretId: other } = await ann.on(register).enter({ codeName: 'EGRET', title: 'Cooling curve', tier: 2, ownerId: ann.id as never });
  await house.settle();
  const lines = async () => (await ann.on(evidence).secretTimeline({ secretId: other })).items.map(({ id, type }) => [id, type]);
  const before = await lines();
  assert.ok(before.some(([, type]) => type === 'register.entered'));
  await byHand('delete from ledger_about where subject = $1', [other]);
  assert.deepEqual(await lines(), []);
  // What was proved already is looked at again after a day.
  house.clock.advance(25 * 3600_000);
  await house.sweep();
  assert.deepEqual(
    (await lines()).filter(([, type]) => type !== 'platform.alarmed'),
    before,
  );
  assert.equal(await alarms('ledger.timeline_cut'), 1);
  await house.sweep();
  assert.equal(await alarms('ledger.timeline_cut'), 1);
});

test('lines that somebody adds hide nothing that is older', async () => {
  const { secretId: other } = await ann.on(register).enter({ codeName: 'RUFF', title: 'Cooling rack', tier: 2, ownerId: ann.id as never });
  await house.settle();
  for (let i = 0; i < 30; i++) await ann.on(guard).inspect({ text: `The canteen is closed on day ${i}.` });
  await house.settle();
  await byHand(`insert into ledger_about (subject, ordinal) select $1, ordinal from ledger_about where subject = $2 on conflict do nothing`, [other, ann.id]);
  const types: string[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const { items, next } = await ann.on(evidence).secretTimeline({ secretId: other, limit: 2, ...(cursor ? { cursor } : {}) });
    types.push(...items.map(({ type }) => type));
    cursor = next ?? undefined;
    more = next !== null;
  }
  assert.deepEqual([...new Set(types)], ['register.entered']);
});

test('a line that somebody adds to a timeline is not told', async () => {
  const { secretId: other } = await ann.on(register).enter({ codeName: 'STILT', title: 'Cooling bath', tier: 2, ownerId: ann.id as never });
  await house.settle();
  await byHand(`insert into ledger_about (subject, ordinal) select $1, ordinal from ledger_about where subject = $2 on conflict do nothing`, [other, eve.id]);
  const { items } = await ann.on(evidence).secretTimeline({ secretId: other });
  assert.deepEqual([...new Set(items.map(({ type }) => type))], ['register.entered']);
});

test('a tier that was lowered by hand, or put back, lets nothing leave', async () => {
  const text = 'Hold the kiln at nine hundred and eighty degrees for forty minutes, then let the rack cool by three degrees in each minute until it is dull.';
  const elements = [{ heading: 'Hold', text }];
  const { secretId: heron } = await ann.on(register).enter({ codeName: 'BITTERN', title: 'Hold', tier: 1, ownerId: ann.id as never, elements });
  await house.settle();
  const action = async () => (await ann.on(guard).inspect({ text })).action;
  const revise = {
    secretId: heron,
    title: 'Hold',
    unit: '',
    contributors: [],
    combination: false,
    tier: 3,
    storedIn: [],
    usedIn: [],
    originOn: null,
    reviewOn: null,
    reason: 'Worth more',
  };
  assert.equal(await action(), 'warn');
  const [low] = await byHand('select tier, seal from register_secret where id = $1', [heron]);
  await ann.on(register).revise(revise as never);
  assert.equal(await action(), 'block');
  await byHand('update register_secret set tier = 1 where id = $1', [heron]);
  assert.equal(await action(), 'block');
  assert.equal(await alarms('register.seal_broken'), 1);
  await byHand('update register_secret set tier = 1, seal = $2 where id = $1', [heron, low!['seal']]);
  assert.equal(await action(), 'warn', 'its seal cannot tell');
  assert.equal((await sweep()).frozen, 1);
  assert.equal(await action(), 'block');
});

test('what stands in the table of entries and was signed by nobody is acted on by no reaction', async () => {
  await house.settle();
  const { secretId: other } = await bob.on(register).enter({ codeName: 'WHIMBREL', title: 'Kiln', tier: 2, ownerId: bob.id as never });
  await bob.on(access).grant({
    secretId: other,
    personId: eve.id as never,
    reason: 'Works on the furnace',
    until: new Date(house.clock.now().getTime() + 86_400_000).toISOString(),
  });
  await house.settle();
  const rows = async () => (await byHand('select index, leaf from ledger_entry order by index')) as { index: number; leaf: Buffer }[];
  const honest = (await rows()).map(({ index, leaf }) => ({ index: Number(index), leaf }));
  const { db, keys } = house.services;
  const { origin } = await db.selectFrom('platform_installation').select('origin').executeTakeFirstOrThrow();
  const signed = createSignedEntries({ db, keys, origin });
  assert.equal(await signed.hold(honest), true);
  const [first, second] = honest as [(typeof honest)[0], (typeof honest)[0]];
  for (const forged of [
    { index: first.index, leaf: second.leaf },
    { index: honest.length, leaf: first.leaf },
    { index: second.index, leaf: Buffer.concat([second.leaf, Buffer.from(' ')]) },
  ])
    assert.deepEqual([await signed.hold([forged]), await signed.hold([first, forged])], [false, false]);
  // She left, says a row behind all others.
  const [told] = await byHand(`select leaf from ledger_entry where type = 'people.joined' limit 1`);
  const leaf = Buffer.from(
    canonicalJson({ ...JSON.parse(String(told!['leaf'])), id: house.services.newId('ent'), type: 'people.left', open: { personId: eve.id } }),
  );
  const at = honest.length + 50;
  await byHand('insert into ledger_entry (index, ordinal, id, type, at, leaf, digest) values ($1, $7, $2, $3, $4, $5, $6)', [
    at,
    house.services.newId('ent'),
    'people.left',
    house.clock.now(),
    leaf,
    Buffer.alloc(32),
    at + 1_000_000,
  ]);
  await bob.on(register).addElement({ secretId: other, heading: 'Ramp', text: 'Seven steps, each of a day.' });
  const cursor = async () => Number((await byHand(`select position from platform_cursor where reaction = 'access.end_of_leaver'`))[0]!['position']);
  while ((await cursor()) <= honest.length) await wait(20);
  const cut = 'alter table ledger_entry disable trigger ledger_entry_fixed; delete from ledger_entry where index = ' + at;
  await byHand(`${cut}; alter table ledger_entry enable trigger ledger_entry_fixed`);
  await house.settle();
  assert.deepEqual(
    await byHand(`select from ledger_entry where type = 'access.revoked' and convert_from(leaf, 'utf8') like '%' || $1 || '%' and index >= $2`, [
      eve.id,
      honest.length,
    ]),
    [],
  );
});
