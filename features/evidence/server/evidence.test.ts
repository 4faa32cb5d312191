import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import pg from 'pg';
import { ed25519Verifier, leafHash, openCheckpoint, verifyInclusion } from '@underseal/ledger';
import { access } from '#features/access/contract.ts';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import type { Actor } from '#platform/server/actor.ts';
import { sha256, verifyEd25519 } from '#platform/server/ledger/hash.ts';
import { createKeyStore } from '#platform/server/key-store.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { evidence } from '../contract.ts';
import { listAbout, listWaiting } from './store.ts';

const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner']);
const una = await house.hire('Una', ['owner']);
const bea = await house.hire('Bea', ['employee']);
const iris = await house.hire('Iris', ['auditor']);
const enter = async (owner: TestPerson, codeName: string) =>
  (await owner.on(register).enter({ codeName, title: `Title of ${codeName}`, tier: 2, ownerId: owner.id as never })).secretId;
const kestrel = await enter(ravi, 'KESTREL');
const heron = await enter(una, 'HERON');
const until = () => new Date(house.clock.now().getTime() + 86_400_000).toISOString();
const REASON = 'Works on the curing line';

async function all<T>(ask: (cursor: string | undefined) => Promise<{ items: readonly T[]; next: string | null }>): Promise<{ items: T[]; sizes: number[] }> {
  const items: T[] = [];
  const sizes: number[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await ask(cursor);
    items.push(...page.items);
    sizes.push(page.items.length);
    cursor = page.next ?? undefined;
    more = cursor !== undefined;
  }
  return { items, sizes };
}

test('the timeline of a secret tells all that happened to it, newest first, with what the ledger only holds the digest of', async () => {
  const { grantId } = await ravi.on(access).grant({ secretId: kestrel, personId: bea.id as never, reason: REASON, until: until() });
  await store(house, ravi, { secretId: kestrel, name: 'curve.txt', bytes: Buffer.from('one two three') });
  await house.settle();
  const { items } = await all((cursor) => ravi.on(evidence).secretTimeline({ secretId: kestrel, limit: 3, ...(cursor ? { cursor } : {}) }));
  assert.deepEqual(
    items.map((item) => item.type),
    ['guard.fingerprinted', 'vault.stored', 'vault.upload_begun', 'access.granted', 'register.entered'],
  );
  const [, kept, , given] = items;
  assert.deepEqual(kept!.details, { name: 'curve.txt', digest: createHash('sha256').update('one two three').digest('hex'), bytes: 13 });
  assert.deepEqual([given!.data['grantId'], given!.details['reason'], given!.actorName], [grantId, REASON, 'Ravi']);
});

test('a timeline names who was let in, what was downloaded and opened, and the secret: to who may know of it', async () => {
  const owner = await house.hire('Olga', ['owner', 'security']);
  const elements = [
    { heading: 'Ramp', text: 'Nine degrees a minute up to the first hold, then four degrees a minute until the binder has gone' },
    { heading: 'Hold', text: 'Forty minutes' },
  ];
  const { secretId } = await owner.on(register).enter({ codeName: 'STORK', title: 'Hold', tier: 2, ownerId: owner.id as never, elements });
  await owner.on(access).grant({ secretId, personId: bea.id as never, reason: REASON, until: until() });
  const { versionId } = await store(house, owner, { secretId, name: 'hold.txt', bytes: Buffer.from('one two') });
  await owner.on(vault).open({ versionId: versionId as never });
  const sheet = await owner.on(register).show({ secretId });
  await owner.on(register).openElement({ secretId, elementId: sheet.elements[1]!.id });
  const { tokenId } = await owner.on(people).makeToken({ name: 'Mail gateway', permissions: ['guard:inspect'] });
  await house.settle();
  const program: Actor = { kind: 'token', id: tokenId, madeBy: owner.id, permissions: new Set(['guard:inspect']), address: '127.0.0.1' };
  await house.sendAs(program)('guard.inspect', { text: elements[0]!.text });
  await house.settle();
  const { items } = await owner.on(evidence).secretTimeline({ secretId });
  const names = (type: string) => Object.values(items.find((item) => item.type === type)!.names).toSorted();
  assert.deepEqual(names('access.granted'), ['Bea', 'STORK']);
  assert.deepEqual(names('vault.opened'), ['STORK', 'hold.txt', 'hold.txt']);
  assert.deepEqual(names('register.element_opened'), ['STORK', 'element 2']);
  assert.equal(items.find((item) => item.type === 'guard.inspected')!.actorName, 'Mail gateway');
  const mine = await owner.on(evidence).mine({});
  assert.deepEqual(Object.values(mine.items.find((item) => item.type === 'people.token_made')!.names), ['Mail gateway']);
  // Bea leaves no trace of what she may not know of any more, also not by a name.
  await owner.on(access).revoke({ grantId: items.find((item) => item.type === 'access.granted')!.data['grantId'] as never, reason: 'Project has ended' });
  await house.settle();
  assert.doesNotMatch(JSON.stringify(await bea.on(evidence).mine({})), /STORK|hold\.txt/);
  assert.doesNotMatch(JSON.stringify(await iris.on(evidence).personTimeline({ personId: owner.id as never })), /STORK|hold\.txt|element 2/);
});

test('what is advised is told as the guard tells it: where a hidden secret matched too, it tells nothing of its tier', async () => {
  const enterOne = async (owner: TestPerson, codeName: string, text: string) =>
    (await owner.on(register).enter({ codeName, title: 'Glaze', tier: 1, ownerId: owner.id as never, elements: [{ heading: 'Steps', text }] })).secretId;
  const [one, other] = [
    'Alpha text about the mixing of the slurry in seven steps with vacuum at forty millibar and no stirring at all, ever, please.',
    'Beta text on the annealing of coils under argon at nine hundred degrees for twelve hours followed by a rapid oil quench.',
  ];
  const known = await enterOne(ravi, 'PLOVER', one);
  await enterOne(una, 'DUNLIN', other);
  await house.settle();
  const carl = await house.hire('Carl', ['counsel']);
  const { id } = await carl.on(guard).inspect({ text: `${one} ${other}` });
  await house.settle();
  const toldTo = async (person: TestPerson) =>
    (await person.on(evidence).secretTimeline({ secretId: known })).items.find(({ data }) => data['inspectionId'] === id)!.data['action'];
  assert.deepEqual([await toldTo(carl), await toldTo(ravi)], ['warn', 'block']);
  assert.equal((await ravi.on(guard).show({ inspectionId: id })).action, 'block');
});

test('who may not know of a secret finds no timeline, as if there were none', async () => {
  const absent = { status: 404, code: 'platform.subject_missing' };
  for (const secretId of [heron, house.services.newId('sec')]) {
    const { status, body } = await ravi.send(evidence.secretTimeline.name, { secretId });
    assert.deepEqual({ status, code: (body as { error: { code: string } }).error.code }, absent);
  }
});

test('the timeline of a person leaves out secrets unknown to the asker, and what is left out takes no place on a page', async () => {
  // Ten entries about a secret that Bea will not know any more lie between two that she may see.
  for (let i = 0; i < 5; i++) {
    const { grantId } = await una.on(access).grant({ secretId: heron, personId: bea.id as never, reason: REASON, until: until() });
    await una.on(access).revoke({ grantId, reason: 'Project has ended' });
  }
  await house.settle();
  const mine = await all((cursor) => bea.on(evidence).mine({ limit: 2, ...(cursor ? { cursor } : {}) }));
  assert.deepEqual(
    mine.items.map((item) => [item.type, item.data['secretId'] ?? null]),
    [
      ['access.granted', kestrel],
      ['people.joined', null],
    ],
  );
  assert.deepEqual(mine.sizes, [2], 'no page is emptier for what it hides');
  assert.equal(JSON.stringify(mine.items).includes(heron), false);
  const owners = await all((cursor) => iris.on(evidence).personTimeline({ personId: una.id as never, limit: 2, ...(cursor ? { cursor } : {}) }));
  assert.equal(JSON.stringify(owners.items).includes(heron), false);
});

test('an auditor checks any entry against the signed checkpoint with what the program hands out', async () => {
  await house.settle();
  const { note, size, verifier, waiting } = await iris.on(evidence).checkpoint({});
  assert.equal(waiting, 0);
  const log = ed25519Verifier(sha256, verifier, verifyEd25519);
  const opened = await openCheckpoint(note!, { log });
  assert.equal(opened.size, size);
  for (let index = 0; index < size; index++) {
    const claim = await iris.on(evidence).proof({ index });
    const { root } = await openCheckpoint(claim.note, { log });
    const leaf = leafHash(sha256, Buffer.from(claim.leaf));
    const proof = claim.proof.map((hash) => Buffer.from(hash, 'hex'));
    assert.deepEqual(verifyInclusion(sha256, { index, size: claim.size, leafHash: leaf, root, proof }), { ok: true }, String(index));
  }
  await assert.rejects(iris.on(evidence).proof({ index: size + 100 }), { code: 'evidence.entry_missing' });
});

test('the ledger names secrets, and what belongs to them, to who may know of them, and to nobody else', async () => {
  const carl = await house.hire('Carl', ['counsel']);
  const { versionId } = await store(house, ravi, { secretId: kestrel, name: 'plateau.txt', bytes: Buffer.from('a plateau of its own') });
  await house.settle();
  const namesTo = async (person: TestPerson) => {
    const { items } = await person.on(evidence).entries({ limit: 200 });
    return Object.assign({}, ...items.map(({ names }) => names)) as Record<string, string>;
  };
  const known = await namesTo(carl);
  assert.deepEqual([known[kestrel], known[heron], known[versionId], known[ravi.id]], ['KESTREL', 'HERON', 'plateau.txt', 'Ravi']);
  const unknown = await namesTo(iris);
  assert.deepEqual([unknown[kestrel], unknown[heron], unknown[versionId], unknown[ravi.id]], [undefined, undefined, undefined, 'Ravi']);
  assert.doesNotMatch(JSON.stringify(unknown), /KESTREL|HERON|plateau|curve/);
});

test('entries are listed with their state, each once, also those that wait', async () => {
  const { items } = await all((cursor) => iris.on(evidence).entries({ limit: 4, ...(cursor ? { cursor } : {}) }));
  const places = items.flatMap(({ index }) => (index === null ? [] : [index]));
  assert.deepEqual(
    places,
    Array.from(places, (_, i) => places.length - 1 - i),
  );
  for (const item of items) {
    assert.equal(item.state, item.index === null ? 'waiting' : 'included');
    assert.equal(item.digest, Buffer.from(leafHash(sha256, Buffer.from(item.leaf))).toString('hex'));
    for (const id of Object.keys(item.names)) assert.match(id, /^(per|tok)_/, 'persons and programs only');
    for (const hidden of ['KESTREL', 'Title of', REASON, 'curve.txt']) assert.equal(item.leaf.includes(hidden), false, hidden);
  }
  const given = items.find(({ type }) => type === 'access.granted')!;
  assert.ok(Object.values(given.names).includes('Bea'), 'who was let in, by name');
});

test('a person whose key was destroyed keeps the timeline, without what was personal', async () => {
  await house.services.keys.destroySubjectKey('disclosure', bea.id, createKeyStore(house.services.db));
  const { items } = await bea.on(evidence).mine({});
  assert.deepEqual(items.find((item) => item.type === 'people.joined')!.details, {});
});

test('what waits for its place and is not from the program is not told, and stands in the way of nothing', async () => {
  const waiting = { at: house.clock.now(), seal: Buffer.alloc(32) };
  await house.settle();
  // Both at once with what reads them: the sequencer takes them away within moments.
  const { db } = house.services;
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('ledger_outbox')
      .values([
        { ...waiting, id: house.services.newId('ent'), type: 'people.left', leaf: Buffer.from('{}') },
        { ...waiting, id: house.services.newId('ent'), type: 'people.left', leaf: Buffer.from('no JSON') },
      ])
      .execute();
    assert.deepEqual(await listWaiting(tx, { keys: house.services.keys, limit: 50 }), []);
    const { rows } = await listAbout(tx, kestrel, { keys: house.services.keys, before: undefined, limit: 5 });
    assert.ok(rows.length > 0);
  });
});

test('a hidden field that was damaged or taken away is not told, and operators hear of it; the rest is', async () => {
  const alarms = async (code: string) => {
    await house.settle();
    const rows = await house.services.db.selectFrom('ledger_entry').select('leaf').where('type', '=', 'platform.alarmed').execute();
    return rows.filter(({ leaf }) => leaf.includes(code)).length;
  };
  const { grantId } = await ravi.on(access).grant({ secretId: kestrel, personId: una.id as never, reason: REASON, until: until() });
  await ravi.on(access).revoke({ grantId, reason: 'Project has ended' });
  await house.settle();
  const reasons = async () => (await ravi.on(evidence).secretTimeline({ secretId: kestrel })).items.slice(0, 2).map(({ details }) => details['reason']);
  assert.deepEqual(await reasons(), ['Project has ended', REASON]);
  const [ended, given] = (await ravi.on(evidence).secretTimeline({ secretId: kestrel })).items;
  const client = new pg.Client(house.owner);
  await client.connect();
  await client.query(`update ledger_disclosure set sealed = '\\x00' where entry_id = $1`, [ended!.id]);
  await client.query('delete from ledger_disclosure where entry_id = $1', [given!.id]);
  await client.end();
  assert.deepEqual(await reasons(), [undefined, undefined]);
  assert.deepEqual([await alarms('ledger.disclosure_damaged'), await alarms('ledger.disclosure_missing')], [1, 1]);
});

test('who is let in reads in the timeline what was done, and of others neither that nor why they were let in', async () => {
  const { grantId } = await ravi.on(access).grant({ secretId: kestrel, personId: una.id as never, reason: 'Suspected of a leak', until: until() });
  await ravi.on(access).revoke({ grantId, reason: 'Nothing was found' });
  await house.settle();
  const told = await bea.on(evidence).secretTimeline({ secretId: kestrel });
  assert.doesNotMatch(JSON.stringify(told), /Suspected of a leak|Nothing was found/);
  const aboutAccess = told.items.filter(({ type }) => type.startsWith('access.'));
  assert.deepEqual([...new Set(aboutAccess.map(({ type, data }) => `${type} ${data['personId']}`))], [`access.granted ${bea.id}`]);
  assert.ok(told.items.some(({ type }) => type === 'register.entered'));
  assert.match(JSON.stringify((await ravi.on(evidence).secretTimeline({ secretId: kestrel })).items), /Suspected of a leak/);
});

test('nobody writes into the timeline of another by being refused something about an id that is hers', async () => {
  for (const [name, input] of [
    [access.revoke.name, { grantId: una.id, reason: 'Nothing that is hers' }],
    [register.show.name, { secretId: una.id }],
  ] as const)
    assert.notEqual((await bea.send(name, input)).status, 200);
  await house.settle();
  assert.deepEqual(
    (await una.on(evidence).mine({ limit: 50 })).items.filter(({ type }) => type === 'door.refused'),
    [],
  );
});
