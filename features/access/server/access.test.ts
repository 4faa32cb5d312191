import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompiledQuery } from 'kysely';
import { client } from '@underseal/contract';
import pg from 'pg';
import { evidence } from '#features/evidence/contract.ts';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { stranger } from '#platform/server/actor.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { access } from '../contract.ts';

const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner']);
const una = await house.hire('Una', ['owner']);
const bea = await house.hire('Bea', ['employee']);
const adam = await house.hire('Adam', ['administrator']);
const carl = await house.hire('Carl', ['counsel']);
const iris = await house.hire('Iris', ['auditor']);
let count = 0;
const REASON = 'Works on the curing line';
const ELEMENT = { heading: 'Ramp', text: 'The ramp follows the square root of the remaining binder.' };

async function enter(owner: TestPerson = ravi) {
  const { secretId } = await owner
    .on(register)
    .enter({ codeName: `S-${++count}`, title: `Title ${count}`, tier: 2, ownerId: owner.id as never, elements: [ELEMENT] });
  return secretId;
}
const later = (hours: number) => new Date(house.clock.now().getTime() + hours * 3600_000).toISOString();
const letIn = (secretId: string, person: TestPerson, hours = 24, owner = ravi) =>
  owner.on(access).grant({ secretId: secretId as never, personId: person.id as never, reason: REASON, until: later(hours) });
const shows = (person: TestPerson, secretId: string) =>
  person
    .on(register)
    .show({ secretId: secretId as never })
    .then(
      () => true,
      () => false,
    );
async function opens(person: TestPerson, secretId: string) {
  const { elements } = await ravi.on(register).show({ secretId: secretId as never });
  return person
    .on(register)
    .openElement({ secretId: secretId as never, elementId: elements[0]!.id })
    .then(
      () => true,
      () => false,
    );
}
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
async function alarms(code: string) {
  await house.settle();
  const rows = await byHand(`select convert_from(leaf, 'utf8') as leaf from ledger_entry where type = 'platform.alarmed'`);
  return rows.filter(({ leaf }) => String(leaf).includes(code)).length;
}

test('the owner lets somebody in and shuts him out; each leaves its entry', async () => {
  const secretId = await enter();
  assert.deepEqual([await shows(bea, secretId), await opens(bea, secretId)], [false, false]);
  const { grantId } = await letIn(secretId, bea);
  assert.deepEqual([await shows(bea, secretId), await opens(bea, secretId)], [true, true]);
  await assert.rejects(letIn(secretId, bea), { code: 'access.already_granted' });
  await ravi.on(access).revoke({ grantId, reason: 'Project has ended' });
  assert.deepEqual([await shows(bea, secretId), await opens(bea, secretId)], [false, false]);
  await assert.rejects(ravi.on(access).revoke({ grantId, reason: 'Project has ended' }), { code: 'access.already_ended' });
  const { items } = await ravi.on(evidence).secretTimeline({ secretId });
  assert.deepEqual(
    items.filter((item) => item.type.startsWith('access.')).map((item) => [item.type, item.data['grantId'], item.data['personId']]),
    [
      ['access.revoked', grantId, bea.id],
      ['access.granted', grantId, bea.id],
    ],
  );
});

test('nobody is let in without a reason, or until a moment that has passed', async () => {
  const secretId = await enter();
  const ask = (more: object) => ravi.on(access).grant({ secretId, personId: bea.id as never, reason: REASON, until: later(24), ...more } as never);
  for (const reason of [undefined, '', 'too short', ' '.repeat(20)]) await assert.rejects(ask({ reason }), { code: 'platform.input_wrong' });
  await assert.rejects(ask({ until: undefined }), { code: 'platform.input_wrong' });
  for (const hours of [-1, 0]) await assert.rejects(ask({ until: later(hours) }), { code: 'access.end_passed' });
  assert.equal(await shows(bea, secretId), false);
});

test('who may what: administrator, auditor and stranger to a secret find nothing; counsel knows and does not open; the owner does all', async () => {
  const secretId = await enter();
  for (const person of [adam, bea, una, iris]) {
    const answer = await person.send(register.show.name, { secretId });
    const absent = await person.send(register.show.name, { secretId: house.services.newId('sec') });
    assert.deepEqual(answer, absent, person.id);
    assert.equal(
      (await person.send(register.list.name, {})).status === 200 && JSON.stringify((await person.send(register.list.name, {})).body).includes(secretId),
      false,
    );
  }
  assert.deepEqual([await shows(carl, secretId), await opens(carl, secretId)], [true, false]);
  assert.deepEqual([await shows(ravi, secretId), await opens(ravi, secretId)], [true, true]);
  await assert.rejects(letIn(secretId, bea, 24, carl), { code: 'platform.owner_only' });
  await assert.rejects(letIn(secretId, bea, 24, una), { code: 'platform.subject_missing' });
});

test('a grant ends by itself, a person by leaving, an owner by handing over', async () => {
  const secretId = await enter();
  await letIn(secretId, bea, 2);
  assert.equal(await opens(bea, secretId), true);
  house.clock.advance(2 * 3600_000);
  assert.equal(await opens(bea, secretId), false);
  const zoe = await house.hire('Zoe', ['employee']);
  await letIn(secretId, zoe);
  assert.equal(await opens(zoe, secretId), true);
  await adam.on(people).leave({ personId: zoe.id as never, reason: 'Moved to another company' });
  assert.equal(await opens(zoe, secretId), false);
  await assert.rejects(letIn(secretId, zoe), { code: 'access.person_missing' });
  await ravi.on(register).changeOwner({ secretId, ownerId: una.id as never, reason: 'Hands over the line' });
  assert.deepEqual([await shows(ravi, secretId), await shows(una, secretId)], [false, true]);
  const explained = await una.on(access).explain({ secretId, personId: ravi.id as never });
  assert.deepEqual([explained.mayKnow, explained.mayOpen], [false, false]);
});

test('a grant that was written straight into the database gives nothing, and raises an alarm', async () => {
  const secretId = await enter();
  const id = house.services.newId('grt');
  const values = [id, secretId, bea.id, Buffer.from('x'), house.clock.now(), later(24), ravi.id, Buffer.alloc(32)];
  await byHand(
    'insert into access_grant (id, secret_id, person_id, reason_sealed, valid_from, valid_to, granted_by, seal) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    values,
  );
  assert.deepEqual([await shows(bea, secretId), await opens(bea, secretId)], [false, false]);
  for (const name of [register.list.name, guard.unrecognised.name]) {
    const { status, body } = await bea.send(name, { limit: 100 });
    assert.deepEqual([status, JSON.stringify(body).includes(secretId)], [200, false], name);
  }
  assert.ok((await alarms('access.seal_broken')) > 0);
  await byHand('delete from access_grant where id = $1', [id]);
});

test('nothing can be moved to another secret: neither in the map of what belongs where, nor in its own row', async () => {
  const [guarded, lent] = [await enter(), await enter()];
  const { documentId, versionId } = await store(house, ravi, { secretId: guarded, name: 'guarded.txt', bytes: Buffer.from('the recipe') });
  await letIn(lent, bea);
  await assert.rejects(bea.on(vault).open({ versionId }), { kind: 'missing' });
  await byHand('update gate_subject set secret_id = $1 where id = any($2)', [lent, [documentId, versionId]]);
  house.clock.advance(120_000);
  await assert.rejects(bea.on(vault).open({ versionId }), { kind: 'missing' });
  await assert.rejects(bea.on(vault).versions({ documentId }), { kind: 'missing' });
  assert.ok((await alarms('access.seal_broken')) > 1);
  await byHand('update vault_document set secret_id = $1 where id = $2', [lent, documentId]);
  const listed = await bea.send(vault.list.name, { secretId: lent }).catch(() => ({ body: 'a bug, told by its reference' }));
  assert.equal(JSON.stringify(listed.body).includes('guarded.txt'), false);
  // An element, by its row.
  await byHand('update register_element set secret_id = $1, number = 99 where secret_id = $2', [lent, guarded]);
  const sheet = JSON.stringify((await bea.send(register.show.name, { secretId: lent }).catch(() => ({ body: '' }))).body);
  assert.equal(sheet.includes(ELEMENT.text), false);
});

test('what is done by a grant and its end wait for each other', async () => {
  const secretId = await enter();
  const { grantId } = await letIn(secretId, bea);
  let ended = false;
  let ending: Promise<unknown> | undefined;
  await house.services.db.transaction().execute(async (tx) => {
    const subject = await house.services.gate.decide(tx, { actor: bea.actor, id: secretId, at: house.clock.now(), hold: 'use' });
    assert.equal(subject?.may.open, true);
    ending = ravi
      .on(access)
      .revoke({ grantId, reason: 'Project has ended' })
      .then(() => (ended = true));
    // Until it waits for a lock, or is done without.
    while (!ended && (await byHand('select from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()')).length === 0);
    assert.equal(ended, false);
  });
  await ending;
  assert.equal(await opens(bea, secretId), false);
});

test('many at once on one secret: each is done once, and none waits for another for ever', async () => {
  const secretId = await enter();
  const { grantId } = await letIn(secretId, bea);
  const ends = await Promise.allSettled(Array.from({ length: 6 }, () => ravi.on(access).revoke({ grantId, reason: 'Project has ended' })));
  assert.deepEqual(codes(ends), [...Array(5).fill('access.already_ended'), 'done']);
  const grants = await Promise.allSettled(Array.from({ length: 6 }, () => letIn(secretId, bea)));
  assert.deepEqual(codes(grants), [...Array(5).fill('access.already_granted'), 'done']);
  const mixed = await Promise.allSettled([
    ...[1, 2, 3].map((i) => ravi.on(register).addElement({ secretId, heading: `Part ${i}`, text: 'Another part of it, long enough.' })),
    ...[1, 2, 3].map(() => ravi.on(register).changeOwner({ secretId, ownerId: una.id as never, reason: 'Hands over the line' })),
    ...[1, 2, 3].map(() => letIn(secretId, carl)),
  ]);
  for (const code of codes(mixed)) assert.ok(['done', 'access.already_granted', 'platform.subject_missing', 'platform.owner_only'].includes(code), code);
  assert.equal(codes(mixed.slice(3, 6)).filter((code) => code === 'done').length, 1);
});
function codes(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((one) => (one.status === 'fulfilled' ? 'done' : String((one.reason as { code?: string }).code))).sort();
}

test('lists give each item once, page by page, while others come in; a wrong cursor is invalid', async () => {
  const secretId = await enter();
  const guests = await Promise.all(['Gil', 'Hal', 'Ida', 'Jon', 'Kay'].map((name) => house.hire(name, ['employee'])));
  for (const guest of guests) await letIn(secretId, guest);
  const seen: string[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await ravi.on(access).list({ secretId, limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map((item) => item.personId));
    cursor = page.next ?? undefined;
    more = cursor !== undefined;
    if (seen.length === 2) await enter();
  }
  assert.deepEqual(seen.toSorted(), guests.map(({ id }) => id).toSorted());
  const secrets: string[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await ravi.on(register).list({ limit: 3, ...(cursor ? { cursor } : {}) });
    secrets.push(...page.items.map((item) => item.id));
    cursor = page.next ?? undefined;
    more = cursor !== undefined;
  }
  assert.equal(new Set(secrets).size, secrets.length);
  const code = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const wrong = [
    'x',
    '%%%',
    code('\0'),
    code({}),
    code({ tier: 1, at: 'yesterday', id: 'sec_x' }),
    code({ tier: 1e12, at: later(0), id: secretId }),
    code([1]),
    'A'.repeat(400),
  ];
  for (const cursor of wrong) {
    for (const [name, input] of [
      [access.list.name, { secretId }],
      [register.list.name, {}],
      [vault.list.name, { secretId }],
      ['guard.fingerprints', { secretId }],
      [evidence.secretTimeline.name, { secretId }],
    ] as const) {
      const answer = await ravi.send(name, { ...input, cursor });
      assert.deepEqual([answer.status, (answer.body as { error: { code: string } }).error.code], [400, 'platform.cursor_wrong'], `${name} ${cursor}`);
    }
  }
});

test('what is asked of many secrets at once is what is asked of each', async () => {
  const secrets = [await enter(), await enter(una), await enter(), house.services.newId('sec')];
  await letIn(secrets[0]!, bea);
  await letIn(secrets[2]!, bea, 2);
  const { gate, db } = house.services;
  const later = new Date(house.clock.now().getTime() + 3 * 3600_000);
  for (const person of [ravi, una, bea, adam, carl, iris]) {
    for (const at of [house.clock.now(), later]) {
      const all = await gate.decideAll(db, { who: person.id, secretIds: [...secrets, secrets[0]!], at });
      for (const id of secrets) assert.deepEqual(all.get(id), (await gate.decide(db, { actor: person.actor, id, at, hold: false }))?.may, `${person.id} ${id}`);
      assert.ok([...all.keys()].every((id) => secrets.includes(id)));
    }
  }
  assert.equal((await gate.decideAll(db, { who: ravi.id, secretIds: [], at: later })).size, 0);
});

test('who answered for a secret before is told, from when until when, and not who was written in by hand', async () => {
  const secretId = await enter();
  assert.deepEqual((await ravi.on(register).owners({ secretId })).items, []);
  const times = [house.clock.now()];
  for (const [from, to] of [
    [ravi, una],
    [una, ravi],
  ] as const) {
    house.clock.advance(60_000);
    times.push(house.clock.now());
    await from.on(register).changeOwner({ secretId, ownerId: to.id as never, reason: 'Hands over the line' });
  }
  const [first, second, third] = times.map((at) => at.toISOString());
  const due = [
    { personId: una.id, personName: 'Una', from: second, until: third },
    { personId: ravi.id, personName: 'Ravi', from: first, until: second },
  ];
  assert.deepEqual((await ravi.on(register).owners({ secretId })).items, due);
  const page = await ravi.on(register).owners({ secretId, limit: 1 });
  assert.deepEqual([page.items, (await ravi.on(register).owners({ secretId, cursor: page.next! })).items], [[due[0]], [due[1]]]);
  const id = house.services.newId('own');
  await byHand('insert into register_owner (id, secret_id, person_id, valid_from, valid_to, seal) values ($1, $2, $3, $4, $5, $6)', [
    id,
    secretId,
    bea.id,
    times[0],
    times[1],
    Buffer.alloc(32),
  ]);
  assert.deepEqual((await ravi.on(register).owners({ secretId })).items, due);
  await byHand('delete from register_owner where id = $1', [id]);
  // Who has left answers for nothing from then on, though it is given to another only later.
  const otto = await house.hire('Otto', ['owner']);
  house.clock.advance(60_000);
  await ravi.on(register).changeOwner({ secretId, ownerId: otto.id as never, reason: 'Hands over the line' });
  house.clock.advance(60_000);
  const left = house.clock.now().toISOString();
  await adam.on(people).leave({ personId: otto.id as never, reason: 'Moved to another company' });
  house.clock.advance(3_600_000);
  await carl.on(register).reassign({ secretId, ownerId: una.id as never, reason: 'Answers for it again' });
  assert.deepEqual(
    [(await una.on(register).owners({ secretId })).items[0]!.personName, (await una.on(register).owners({ secretId })).items[0]!.until],
    ['Otto', left],
  );
});

test('the register narrows down to what the asker answers for, and to what is due for review', async () => {
  const olga = await house.hire('Olga', ['owner', 'counsel']);
  const day = (days: number) => later(24 * days).slice(0, 10);
  const made: Record<string, string> = {};
  for (const [name, owner, reviewOn] of [
    ['past', olga, day(0)],
    ['soon', ravi, day(30)],
    ['far', olga, day(31)],
    ['never', ravi, null],
  ] as const) {
    const entry = { codeName: `DUE-${name.toUpperCase()}`, title: `Review ${name}`, tier: 3, ownerId: owner.id as never, reviewOn };
    // Of two that are entered at one instant either may come first.
    house.clock.advance(1000);
    made[name] = (await owner.on(register).enter(entry)).secretId;
  }
  // It was a day to come once.
  await byHand('update register_secret set review_on = $1 where id = $2', [day(-400), made['past']]);
  const list = async (asked: { mine?: boolean; reviewDue?: boolean; search?: string; tier?: number }, by = olga) => {
    const found: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await by.on(register).list({ limit: 1, ...asked, ...(cursor ? { cursor } : {}) });
      found.push(...page.items.map(({ id }) => Object.keys(made).find((name) => made[name] === id) ?? 'another'));
      cursor = page.next ?? undefined;
      more = cursor !== undefined;
    }
    return found;
  };

  assert.deepEqual(await list({ mine: true }), ['far', 'past'], 'of all that counsel knows, her own');
  assert.deepEqual(await list({ mine: true, search: 'review p' }), ['past']);
  assert.deepEqual(await list({ mine: true, tier: 2 }), []);
  assert.deepEqual(await list({ reviewDue: true }), ['soon', 'past'], 'what is past, and the thirtieth day from now');
  assert.deepEqual(await list({ reviewDue: true, mine: true }), ['past']);
  assert.deepEqual(await list({ reviewDue: true }, ravi), ['soon'], 'and no secret that the asker may not know of');
  house.clock.advance(24 * 3600_000);
  assert.deepEqual(await list({ reviewDue: true }), ['far', 'soon', 'past']);
  // An owner who was written in by hand answers for nothing, though the database hides the row from the gate.
  const [before] = await byHand(`select pg_get_functiondef('access_powers'::regproc) as text`);
  const text = String(before!['text']);
  try {
    await byHand(`update register_owner set person_id = $1 where secret_id = $2`, [olga.id, made['never']]);
    assert.deepEqual(await list({ mine: true }), ['far', 'past']);
    await byHand(text.replace('o.person_id = who and ', `o.secret_id <> '${made['never']}' and o.person_id = who and `));
    assert.deepEqual(await list({ mine: true }), ['far', 'past']);
  } finally {
    await byHand(text);
    await byHand(`update register_owner set person_id = $1 where secret_id = $2`, [ravi.id, made['never']]);
  }
});

test('a secret belongs only to somebody who can answer for it', async () => {
  const secretId = await enter();
  const hand = { secretId, ownerId: bea.id as never, reason: 'Takes over the line' };
  await assert.rejects(ravi.on(register).changeOwner(hand), { code: 'register.owner_missing' });
  const entry = { codeName: 'S-NOBODY', title: 'Nobody', tier: 2, ownerId: bea.id as never };
  await assert.rejects(ravi.on(register).enter(entry), { code: 'register.owner_missing' });
  const role = { personId: bea.id as never, role: 'owner', reason: 'Runs the line now' } as const;
  await adam.on(people).changeRole({ ...role, given: true });
  await ravi.on(register).changeOwner(hand);
  const unanswered = async () => (await carl.on(register).list({ unanswered: true })).items.map((row) => [row.id, row.ownerName, row.ownerState]);
  assert.deepEqual([(await bea.on(register).show({ secretId })).may.own, await unanswered()], [true, []]);
  await assert.rejects(carl.on(register).reassign({ ...hand, ownerId: ravi.id as never }), { code: 'register.owner_here' });
  await adam.on(people).changeRole({ ...role, given: false });
  assert.deepEqual(await unanswered(), [[secretId, 'Bea', 'no-role']]);
  assert.deepEqual((await carl.on(register).show({ secretId })).may.reassign, true);
  await carl.on(register).reassign({ ...hand, ownerId: ravi.id as never });
  assert.deepEqual(await unanswered(), []);
});

test('whether an owner is here, and what anybody is called, is told by rows whose seals hold', async () => {
  const secretId = await enter();
  const take = { secretId, ownerId: carl.id as never, reason: 'Answers for it from now on' };
  const past = new Date(house.clock.now().getTime() - 60_000);
  const alarmed = async () => {
    await house.settle();
    return (await byHand(`select from ledger_entry where type = 'platform.alarmed' and convert_from(leaf, 'utf8') like '%people.seal_broken%'`)).length;
  };
  for (const [table, column, key] of [
    ['people_person', 'active_to', 'id'],
    ['people_role', 'valid_to', 'person_id'],
  ] as const) {
    const before = await alarmed();
    await byHand(`update ${table} set ${column} = $2 where ${key} = $1`, [ravi.id, past]);
    assert.equal((await carl.on(register).show({ secretId })).ownerState, 'altered');
    await assert.rejects(carl.on(register).reassign(take), { code: 'register.owner_altered' });
    await byHand(`update ${table} set ${column} = null where ${key} = $1`, [ravi.id]);
    assert.ok((await alarmed()) > before, table);
  }
  // A role that was written by hand makes nobody an owner.
  await byHand(`insert into people_role (id, person_id, role, valid_from, seal) values ($1, $2, 'owner', $3, $4)`, [
    house.services.newId('rol'),
    bea.id,
    past,
    Buffer.alloc(32),
  ]);
  await assert.rejects(ravi.on(register).changeOwner({ ...take, ownerId: bea.id as never }), { code: 'register.owner_missing' });
  await byHand(`delete from people_role where person_id = $1 and role = 'owner' and seal = $2`, [bea.id, Buffer.alloc(32)]);
  const { grantId } = await letIn(secretId, bea);
  await opens(bea, secretId);
  await house.settle();
  await byHand(`update people_person set name = 'Iris' where id = $1`, [bea.id]);
  const ALTERED = 'Somebody whose row was changed by hand';
  const { items } = await ravi.on(evidence).secretTimeline({ secretId });
  assert.equal(items.find(({ type }) => type === 'register.element_opened')!.actorName, ALTERED);
  assert.equal((await ravi.on(access).list({ secretId })).items[0]!.personName, ALTERED);
  assert.equal((await iris.on(evidence).entries({})).items.find(({ type }) => type === 'register.element_opened')!.actorName, ALTERED);
  await byHand(`update people_person set name = 'Bea' where id = $1`, [bea.id]);
  await ravi.on(access).revoke({ grantId, reason: 'No longer at it' });
});

test('when somebody left is told by her sealed row, and who left is compared with the ledger like everybody else', async () => {
  const own = await startHouse();
  const [ada, otto, rolf] = [await own.hire('Ada', ['administrator']), await own.hire('Otto', ['owner']), await own.hire('Rolf', ['owner'])];
  const { secretId } = await otto.on(register).enter({ codeName: 'HERON', title: 'Glaze', tier: 3, ownerId: otto.id as never });
  own.clock.advance(3_600_000);
  await otto.on(register).changeOwner({ secretId, ownerId: rolf.id as never, reason: 'Leads the line from now on' });
  own.clock.advance(3_600_000);
  await ada.on(people).leave({ personId: otto.id as never, reason: 'Moved to another company' });
  await own.settle();
  const [before] = (await rolf.on(register).owners({ secretId })).items;
  const change = (sql: string) => own.services.db.executeQuery(CompiledQuery.raw(sql, [otto.id]));
  await change(`update people_person set active_to = active_from + interval '1 second' where id = $1`);
  assert.deepEqual((await rolf.on(register).owners({ secretId })).items, [{ ...before!, personName: 'Somebody whose row was changed by hand' }]);
  await change(`update people_person set active_to = null where id = $1`);
  assert.equal((await own.sweep()).frozen, 1);
});

test('whoever leaves as a secret is entered for her, or handed to her, never owns one of which nobody is told', async () => {
  for (let round = 0; round < 12; round++) {
    const who = await house.hire(`Racer ${round}`, ['owner']);
    const [entered, gone] = await Promise.allSettled([
      ravi.on(register).enter({ codeName: `RACE-${round}`, title: 'Race', tier: 2, ownerId: who.id as never }),
      adam.on(people).leave({ personId: who.id as never, reason: 'Moved to another company' }),
    ]);
    assert.equal(gone.status, 'fulfilled');
    if (entered.status === 'rejected') continue;
    await house.settle();
    const told = await byHand(`select from ledger_entry where type = 'register.owner_lost' and convert_from(leaf, 'utf8') like '%' || $1 || '%'`, [
      entered.value.secretId,
    ]);
    assert.equal(told.length, 1);
  }
});

test('a secret has five hundred elements at most: its sheet lists them all', async () => {
  const secretId = await enter();
  const add = () => ravi.on(register).addElement({ secretId, ...ELEMENT });
  await byHand('update register_element set number = 499 where secret_id = $1', [secretId]);
  await add();
  await assert.rejects(add(), { code: 'register.too_many_elements' });
});

test('a day that no calendar has is refused before anything is looked for', async () => {
  for (const originOn of ['0000-01-01', '1699-12-31', '2026-02-30'])
    await assert.rejects(ravi.on(register).enter({ codeName: 'S-DAY', title: 'Day', tier: 2, ownerId: ravi.id as never, originOn }), {
      code: 'platform.input_wrong',
    });
});

test('a revision records what it changed, and what the sheet says from then on; the entry before tells what it said', async () => {
  const secretId = await enter();
  const made = { contributors: ['Lind,Una', 'Bo Ek'], combination: true };
  const sheet = { title: 'Firing schedule', tier: 3, unit: 'Kilns', ...made, storedIn: ['DE'], usedIn: ['TW'], originOn: null, reviewOn: '2027-01-01' };
  await ravi.on(register).revise({ secretId, ...sheet, reason: 'It is worth more' });
  await ravi.on(register).revise({ secretId, ...sheet, tier: 2, reason: 'And less again' });
  // One name with a comma in it is not two.
  const parted = { contributors: ['Lind', 'Una', 'Bo Ek'], combination: false };
  await ravi.on(register).revise({ secretId, ...sheet, ...parted, tier: 2, reason: 'Two people, not one' });
  const { contributors, combination } = await ravi.on(register).show({ secretId });
  assert.deepEqual({ contributors, combination }, parted);
  const { items } = await ravi.on(evidence).secretTimeline({ secretId });
  const told = items.filter(({ type }) => type === 'register.revised' || type === 'register.entered');
  assert.deepEqual(
    told.map(({ data, details }) => {
      const said = details['sheet'] as { unit: string; contributors: string[] };
      return [data['changed'] ?? null, data['tier'], data['combination'], said.unit, said.contributors];
    }),
    [
      [['contributors', 'combination'], 2, false, 'Kilns', parted.contributors],
      [['tier'], 2, true, 'Kilns', made.contributors],
      [['title', 'tier', 'unit', 'contributors', 'combination', 'storedIn', 'usedIn', 'reviewOn'], 3, true, 'Kilns', made.contributors],
      [null, 2, false, '', []],
    ],
  );
});

test('nothing gives nothing', async () => {
  const secretId = house.services.newId('sec');
  const given = await house.services.gate.gives(house.services.db, [{ secretId, powers: [] }], { who: ravi.id, at: house.clock.now() });
  assert.deepEqual(given.get(secretId), { know: false, open: false, own: false });
});

test('an ended grant gives nothing, though a rewritten function tells of it as it was, and its old seal is put back', async () => {
  const secretId = await enter();
  const gil = await house.hire('Gilbert', ['employee']);
  const { grantId } = await letIn(secretId, gil);
  const [old] = await byHand(`select power::text as power from access_powers($1, $2, $3) where condition = 'granted'`, [gil.id, secretId, house.clock.now()]);
  const [kept] = await byHand('select seal from access_grant where id = $1', [grantId]);
  await ravi.on(access).revoke({ grantId, reason: 'No longer at it' });
  const [before] = await byHand(`select pg_get_functiondef('access_powers'::regproc) as text`);
  const text = String(before!['text']);
  const told = `union all select 'granted', '${String(old!['power'])}'::jsonb where who = '${gil.id}' and what = '${secretId}'`;
  try {
    await byHand(text.replace(/\n?\$function\$\s*$/, ` ${told} $function$`));
    assert.equal((await byHand('select 1 from access_powers($1, $2, $3)', [gil.id, secretId, house.clock.now()])).length, 1, 'the function tells of it');
    for (const seal of [undefined, kept!['seal']]) {
      if (seal) await byHand('update access_grant set seal = $2 where id = $1', [grantId, seal]);
      assert.deepEqual([await shows(gil, secretId), await opens(gil, secretId)], [false, false]);
      assert.deepEqual((await gil.on(register).list({})).items, []);
    }
    assert.match(house.logged(), new RegExp(`"alarm":"access\\.seal_broken","row":"${grantId}"`));
  } finally {
    await byHand(text);
  }
});

test('a database that says more than its sealed rows gives no more', async () => {
  const secretId = await enter();
  const other = await enter(una);
  await letIn(other, bea, 24, una);
  // What each tier asks for, and the very function that finds the rows, rewritten by one who owns the schema.
  await byHand(`update access_need set one_of = one_of || 'counsel'::text where strength in ('open', 'own')`);
  assert.deepEqual([await shows(carl, secretId), await opens(carl, secretId)], [true, false]);
  await assert.rejects(letIn(secretId, bea, 24, carl), { code: 'platform.owner_only' });
  const [before] = await byHand(`select pg_get_functiondef('access_powers'::regproc) as text`);
  const text = String(before!['text']);
  try {
    await byHand(text.replace('o.person_id = who and ', '').replace('g.person_id = who and g.secret_id = what and ', ''));
    for (const person of [bea, una, adam]) assert.deepEqual([await shows(person, secretId), await opens(person, secretId)], [false, false]);
    const { body } = await bea.send(register.list.name, {});
    assert.equal(JSON.stringify(body).includes(secretId), false);
  } finally {
    await byHand(text);
    await byHand(`update access_need set one_of = array_remove(one_of, 'counsel') where strength in ('open', 'own')`);
  }
});

interface World {
  readonly persons: readonly { from: number; to: number | null; doubt: number | null; counsel: { from: number; to: number | null } | null }[];
  readonly owners: readonly { secret: number; person: number; from: number; to: number }[];
  readonly grants: readonly { secret: number; person: number; from: number; to: number; revoked: number | null }[];
}
const SECRETS = 4;
const PERSONS = 4;
const DAYS = 10;

/** The rule once more, in plain words: in force from its beginning until before its end; and only for those who are employed and not in doubt. */
function plainRule(world: World, { person, secret, day }: { person: number; secret: number; day: number }) {
  const during = ({ from, to }: { from: number; to: number | null }) => from <= day && (to === null || to > day);
  const who = world.persons[person]!;
  const employed = during(who) && (who.doubt === null || who.doubt > day);
  const owner = world.owners.some((row) => row.secret === secret && row.person === person && during(row));
  const granted = world.grants.some((row) => row.secret === secret && row.person === person && during(row) && (row.revoked === null || row.revoked > day));
  const counsel = who.counsel !== null && during(who.counsel);
  return { know: employed && (owner || granted || counsel), open: employed && (owner || granted), own: employed && owner };
}

test('the rule in SQL and the rule in plain words agree on whatever there may be', async () => {
  const day = fc.integer({ min: 0, max: DAYS });
  const perhaps = fc.option(day, { nil: null });
  const place = { secret: fc.integer({ min: 0, max: SECRETS - 1 }), person: fc.integer({ min: 0, max: PERSONS - 1 }) };
  const worlds: fc.Arbitrary<World> = fc.record({
    persons: fc.array(fc.record({ from: day, to: perhaps, doubt: perhaps, counsel: fc.option(fc.record({ from: day, to: perhaps }), { nil: null }) }), {
      minLength: PERSONS,
      maxLength: PERSONS,
    }),
    owners: fc.array(fc.record({ ...place, from: day, to: day }), { maxLength: 8 }),
    grants: fc.array(fc.record({ ...place, from: day, to: day, revoked: perhaps }), { maxLength: 12 }),
  });
  const client = new pg.Client(house.owner);
  await client.connect();
  const at = (days: number | null) => (days === null ? null : new Date(Date.UTC(2030, 0, 1 + days)));
  const seal = Buffer.alloc(32);
  try {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        await client.query('begin');
        try {
          for (const [i, { from, to, doubt, counsel }] of world.persons.entries()) {
            const values = [`per_w${i}`, `W${i}`, `w${i}@halvorsen.example`, at(from), at(to), at(doubt)];
            await client.query('insert into people_person (id, name, email, active_from, active_to, in_doubt_since) values ($1, $2, $3, $4, $5, $6)', values);
            if (counsel)
              await client.query('insert into people_role (id, person_id, role, valid_from, valid_to, seal) values ($1, $2, $3, $4, $5, $6)', [
                `rol_w${i}`,
                `per_w${i}`,
                'counsel',
                at(counsel.from),
                at(counsel.to),
                seal,
              ]);
          }
          for (let i = 0; i < SECRETS; i++)
            await client.query(
              `insert into register_secret select (jsonb_populate_record(s, jsonb_build_object('id', $1::text, 'tier', $2::int))).* from register_secret s limit 1`,
              [`sec_w${i}`, (i % 3) + 1],
            );
          for (const [i, row] of world.owners.entries())
            await client.query('insert into register_owner (id, secret_id, person_id, valid_from, valid_to, seal) values ($1, $2, $3, $4, $5, $6)', [
              `own_w${i}`,
              `sec_w${row.secret}`,
              `per_w${row.person}`,
              at(row.from),
              at(row.to),
              seal,
            ]);
          for (const [i, row] of world.grants.entries())
            await client.query(
              'insert into access_grant (id, secret_id, person_id, reason_sealed, valid_from, valid_to, revoked_at, granted_by, seal) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
              [`grt_w${i}`, `sec_w${row.secret}`, `per_w${row.person}`, seal, at(row.from), at(row.to), at(row.revoked), 'per_w0', seal],
            );
          const { rows } = await client.query<{ person: number; secret: number; day: number; know: boolean; open: boolean; own: boolean }>(
            `select person, secret, day, c.know, c.open, c.own
             from generate_series(0, $1::int) person, generate_series(0, $2::int) secret, generate_series(-1, $3::int) day,
               lateral access_conditions('per_w' || person, 'sec_w' || secret, timestamptz '2030-01-01T00:00:00Z' + day * interval '24 hours') c`,
            [PERSONS - 1, SECRETS - 1, DAYS + 1],
          );
          assert.equal(rows.length, PERSONS * SECRETS * (DAYS + 3));
          for (const { know, open, own, ...place } of rows) assert.deepEqual({ know, open, own }, plainRule(world, place), JSON.stringify(place));
        } finally {
          await client.query('rollback');
        }
      }),
      { numRuns: process.env['SLOW'] ? 1000 : 40 },
    );
  } finally {
    await client.end();
  }
});

test('who is in doubt has no power, whatever was granted, and has it again once confirmed', async () => {
  const secretId = await enter();
  const gro = await house.hire('Gro', ['employee', 'counsel']);
  await letIn(secretId, gro);
  assert.deepEqual([await shows(gro, secretId), await opens(gro, secretId)], [true, true]);
  await resetPassword(gro);
  assert.deepEqual([await shows(gro, secretId), await opens(gro, secretId)], [false, false]);
  const { mayKnow, mayOpen, conditions } = await ravi.on(access).explain({ secretId, personId: gro.id as never });
  assert.deepEqual([mayKnow, mayOpen, conditions.filter(({ holds }) => !holds).map(({ condition }) => condition)], [false, false, ['confirmed', 'owner']]);
  assert.deepEqual((await gro.on(register).list({})).items, []);
  await una.on(people).attest({ personId: gro.id as never, reason: 'Met her in the corridor' });
  assert.deepEqual([await shows(gro, secretId), await opens(gro, secretId)], [true, true]);
});

/** By a link that the administrator made: until somebody else confirms her, she may be somebody else. */
async function resetPassword(person: TestPerson) {
  const { url } = await adam.on(people).makeReset({ personId: person.id as never, reason: 'Forgot it on holiday' });
  await client(people, house.sendAs(stranger('10.0.0.1'))).resetPassword({ code: url.split('#')[1]!, password: 'four tall herons at noon' });
}

test('each grant is told with the conditions that hold it, and whether it opens is what the door does', async () => {
  const secretId = await enter();
  const [ok, doubted, roleless, altered, ended] = await Promise.all(
    ['Hedda', 'Signe', 'Terje', 'Odd', 'Pål'].map((name) => house.hire(name, name === 'Terje' ? ['auditor'] : ['employee'])),
  );
  for (const person of [ok!, doubted!, roleless!, altered!, ended!]) await letIn(secretId, person, person === ended ? 1 : 24);
  await resetPassword(doubted!);
  const grants = async (ended = false) => (await ravi.on(access).list({ secretId, ended })).items;
  const lacking = ({ conditions }: { conditions: { condition: string; holds: boolean }[] }) =>
    conditions.filter(({ condition, holds }) => !holds && !['owner', 'counsel'].includes(condition)).map(({ condition }) => condition);
  const told = async () => new Map((await grants()).map((grant) => [grant.personId as string, [grant.mayOpen, ...lacking(grant)]]));
  await byHand('update people_person set in_doubt_by = $2 where id = $1', [altered!.id, adam.id]);
  try {
    const rows = await told();
    assert.deepEqual(rows.get(ok!.id), [true]);
    assert.deepEqual(rows.get(doubted!.id), [false, 'confirmed']);
    assert.deepEqual(rows.get(roleless!.id), [false, 'permitted']);
    assert.deepEqual(rows.get(altered!.id), [false, 'employed', 'confirmed', 'permitted'], 'who was changed by hand is not let in by any session');
    for (const person of [ok!, doubted!, roleless!]) assert.equal(await opens(person, secretId), rows.get(person.id)![0], person.id);
    for (const { personId, mayOpen, conditions } of await grants()) {
      const one = await ravi.on(access).explain({ secretId, personId });
      assert.deepEqual([one.mayOpen, one.conditions], [mayOpen, conditions]);
    }
  } finally {
    await byHand('update people_person set in_doubt_by = null where id = $1', [altered!.id]);
  }
  await adam.on(people).changeRole({ personId: roleless!.id as never, role: 'employee', given: true, reason: 'Works on the line now' });
  house.clock.advance(2 * 3600_000);
  assert.deepEqual([(await told()).get(roleless!.id), (await told()).get(altered!.id)], [[true], [true]]);
  assert.deepEqual(
    (await grants(true)).map((grant) => [grant.personId, grant.mayOpen, ...lacking(grant)]),
    [[ended!.id, false, 'granted']],
  );
  const owner = await ravi.on(access).explain({ secretId, personId: ravi.id as never });
  assert.deepEqual([owner.mayOpen, lacking(owner)], [true, ['granted']]);
});

test('a condition that only the database says holds is not told as one that holds', async () => {
  const secretId = await enter();
  await letIn(secretId, bea);
  await byHand(
    'insert into access_grant select $1, secret_id, person_id, reason_sealed, valid_from, valid_to, revoked_at, end_reason_sealed, granted_by, $3 from access_grant where secret_id = $2',
    ['forged-2', secretId, Buffer.alloc(32)],
  );
  try {
    const [row] = (await ravi.on(access).list({ secretId })).items;
    assert.deepEqual(
      [row!.mayOpen, row!.conditions.find(({ condition }) => condition === 'granted')!.holds, await opens(bea, secretId)],
      [false, false, false],
    );
  } finally {
    await byHand(`delete from access_grant where id = 'forged-2'`);
  }
  assert.deepEqual([(await ravi.on(access).list({ secretId })).items[0]!.mayOpen, await opens(bea, secretId)], [true, true]);
});

test('many grants are told by as many statements as one', async () => {
  const secretId = await enter();
  const asked = async () => {
    const before = house.statements();
    await ravi.on(access).list({ secretId });
    return house.statements() - before;
  };
  await letIn(secretId, bea);
  const one = await asked();
  for (const name of ['Gil', 'Hal', 'Ida', 'Jon', 'Kay']) await letIn(secretId, await house.hire(name, ['employee']));
  assert.equal(await asked(), one);
});

test('the grants of who has left are ended, each with an entry', async () => {
  const secretId = await enter();
  const liv = await house.hire('Liv', ['employee']);
  const { grantId } = await letIn(secretId, liv);
  const { grantId: lapsed } = await letIn(await enter(), liv, 1);
  house.clock.advance(2 * 3600_000);
  // What somebody else wrote is no grant: it does not keep the others from being ended, and is left to be looked at.
  const values = [secretId, liv.id, Buffer.from('x'), house.clock.now(), later(24), ravi.id, Buffer.alloc(32)];
  await byHand(
    `insert into access_grant (id, secret_id, person_id, reason_sealed, valid_from, valid_to, granted_by, seal) values ('forged', $1, $2, $3, $4, $5, $6, $7)`,
    values,
  );
  await adam.on(people).leave({ personId: liv.id as never, reason: 'Moved to another company' });
  await house.settle();
  const list = async (ended: boolean) =>
    (await ravi.on(access).list({ secretId: secretId as never, ended })).items.map(({ id, revokedAt, endReason }) => [id, revokedAt, endReason]);
  assert.deepEqual(await list(false), []);
  assert.deepEqual(await list(true), [[grantId, house.clock.now().toISOString(), 'Has left']]);
  const entries = await byHand(
    `select about.subject from ledger_entry e join ledger_about about using (ordinal) where e.type = 'access.revoked' and about.subject = any($1)`,
    [[grantId, lapsed]],
  );
  assert.deepEqual(entries, [{ subject: grantId }]);
  assert.deepEqual((({ frozen, missing }) => ({ frozen, missing }))(await house.sweep()), { frozen: 1, missing: 0 }, 'the ledger knows all but the forged one');
});

test('who could open it is told after the end, the newest first: until when, and why it ended', async () => {
  const secretId = await enter();
  const ended: string[] = [];
  for (let n = 0; n < 5; n++) {
    const { grantId } = await letIn(secretId, bea);
    await ravi.on(access).revoke({ grantId, reason: `Part ${n} is done` });
    house.clock.advance(1000);
    ended.unshift(grantId);
  }
  const { grantId: lapsed } = await letIn(secretId, bea, 1);
  const list = async (page: object = {}) => ravi.on(access).list({ secretId, ended: true, ...page });
  assert.deepEqual(
    (await list()).items.map(({ id }) => id),
    ended,
    'not the one that holds',
  );
  house.clock.advance(2 * 3600_000);
  const first = await list({ limit: 4 });
  const older = await list({ limit: 4, cursor: first.next });
  assert.deepEqual(
    [...first.items, ...older.items].map((grant) => [grant.id, grant.personName, grant.reason, grant.endReason]),
    [[lapsed, 'Bea', REASON, null], ...ended.map((id, n) => [id, 'Bea', REASON, `Part ${4 - n} is done`])],
  );
  assert.deepEqual([older.next, (await ravi.on(access).list({ secretId })).items], [null, []]);
});

test('a secret whose owner has left is given to another owner by counsel, and by nobody before', async () => {
  const own = await startHouse();
  const olga = await own.hire('Olga Leaves', ['owner']);
  const nils = await own.hire('Nils Next', ['owner']);
  const carl = await own.hire('Carl Counsel', ['counsel']);
  const ada = await own.hire('Ada Admin', ['administrator']);
  const eve = await own.hire('Eve Guest', ['employee']);
  const { secretId } = await olga.on(register).enter({ codeName: 'HERON', title: 'Glaze', tier: 3, ownerId: olga.id as never });
  const until = new Date(own.clock.now().getTime() + 86_400_000).toISOString();
  const { grantId } = await olga.on(access).grant({ secretId, personId: eve.id as never, reason: 'Mixes the glaze', until });
  const give = { secretId, ownerId: nils.id as never, reason: 'Olga has left the company' };
  assert.deepEqual((await carl.on(register).show({ secretId })).may.reassign, false);
  await assert.rejects(carl.on(register).reassign(give), { code: 'register.owner_here' });
  await ada.on(people).leave({ personId: olga.id as never, reason: 'Moved to another company' });
  await own.settle();
  const [lost] = (await carl.on(evidence).secretTimeline({ secretId })).items.filter(({ type }) => type === 'register.owner_lost');
  assert.deepEqual([lost!.data['ownerId'], lost!.names[olga.id]], [olga.id, 'Olga Leaves']);
  const sheet = await carl.on(register).show({ secretId });
  assert.deepEqual([sheet.ownerState, sheet.may.reassign, sheet.may.own], ['left', true, false]);
  await assert.rejects(nils.on(register).reassign(give), { code: 'platform.not_permitted' });
  await assert.rejects(carl.on(register).reassign({ ...give, ownerId: olga.id as never }), { code: 'register.owner_missing' });
  await carl.on(register).reassign(give);
  const after = await nils.on(register).show({ secretId });
  assert.deepEqual([after.ownerName, after.ownerState, after.may], ['Nils Next', 'here', { open: true, own: true, reassign: false }]);
  await assert.rejects(carl.on(register).reassign(give), { code: 'register.owner_here' });
  await nils.on(access).revoke({ grantId, reason: 'The project has ended' });
  const swept = await own.sweep();
  assert.deepEqual([swept.whole, swept.frozen], [true, 0]);
});
