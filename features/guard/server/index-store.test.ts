import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { scan } from '@underseal/fingerprint';
import { register } from '#features/register/contract.ts';
import { command } from '#testing/global.ts';
import { startHouse } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { fingerprintSource, NotYet } from './fingerprinting.ts';
import { createIndex, type Index } from './index-store.ts';
import { queueLate } from './engine.ts';
import { sealSource } from './sealed.ts';
import { markPending } from './store.ts';

const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner']);
const textOf = (i: number) => Array.from({ length: 30 }, (_, word) => `w${(i * 7919 + word * 104_729) % 1_000_003}`).join(' ');
const elementIds: string[] = [];
for (let secret = 0; secret < 3; secret++) {
  const elements = Array.from({ length: 15 }, (_, i) => ({ heading: `Step ${i}`, text: textOf(secret * 15 + i) }));
  const { secretId } = await ravi.on(register).enter({ codeName: `S${secret}`, title: 'Steps', tier: 1, ownerId: ravi.id as never, elements });
  elementIds.push(...(await ravi.on(register).show({ secretId })).elements.map(({ id }) => id));
}
await house.settle();

const sizes = (index: Index) => index.parts().map(({ segment }) => segment.documents.length);
const whatMatches = (index: Index, i: number) =>
  scan(textOf(i), { key: index.key, segments: index.parts().map(({ segment }) => segment) }).matches.map(({ documentId }) => elementIds.indexOf(documentId));

test('sources that come one by one lie in few segments, each at least twice as large as the next, and all are found', async () => {
  const index = createIndex(house.services);
  assert.equal(index.isLoaded(), false);
  for (const [i, id] of elementIds.entries()) {
    await index.bring([id]);
    const found = sizes(index);
    assert.equal(
      found.reduce((sum, size) => sum + size, 0),
      i + 1,
    );
    found.forEach((size, at) => assert.ok(at === 0 || found[at - 1]! >= 2 * size, String(found)));
  }
  for (const i of elementIds.keys()) assert.deepEqual(whatMatches(index, i), [i]);
});

test('many at once, twice, and beside a renewal: each is in it once', async () => {
  const index = createIndex(house.services);
  await Promise.all([...elementIds.map((id) => index.bring([id])), index.refresh(), index.bring(elementIds), index.bring(['elm_of_nobody'])]);
  assert.equal(index.isLoaded(), true);
  assert.equal(
    sizes(index).reduce((sum, size) => sum + size, 0),
    elementIds.length,
  );
  for (const i of elementIds.keys()) assert.deepEqual(whatMatches(index, i), [i]);
});

test('work that was queued before what it is about had committed is not taken for done', async () => {
  const index = createIndex(house.services);
  await assert.rejects(
    fingerprintSource({ services: house.services, sandbox: undefined as never, scanner: undefined as never, index }, house.services.newId('ver')),
    NotYet,
  );
});

test('a source whose row was changed, moved or damaged by hand is not matched, and no text is clear until it is mended', async () => {
  const [damaged, moved] = [elementIds[3]!, elementIds[4]!];
  const row = async (id: string) => house.services.db.selectFrom('guard_fingerprint').selectAll().where('source_id', '=', id).executeTakeFirstOrThrow();
  const before = await row(moved);
  await command(house.owner, `update guard_fingerprint set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where source_id = '${damaged}'`);
  await command(
    house.owner,
    `update guard_fingerprint set secret_id = (select secret_id from guard_fingerprint where source_id = '${elementIds[40]}') where source_id = '${moved}'`,
  );
  const index = createIndex(house.services);
  await index.refresh();
  assert.deepEqual([index.isLoaded(), index.isWhole(), whatMatches(index, 3), whatMatches(index, 4), whatMatches(index, 5)], [true, false, [], [], [5]]);
  for (const id of [damaged, moved]) assert.match(house.logged(), new RegExp(`"alarm":"guard\\.fingerprint_broken","source":"${id}"`));
  // The damaged one is read again from where its text lies sealed; the moved one would be another's.
  await house.settle();
  await index.refresh();
  assert.deepEqual([whatMatches(index, 3), index.isWhole()], [[3], false]);
  await command(house.owner, `update guard_fingerprint set secret_id = '${before.secret_id}' where source_id = '${moved}'`);
  await index.refresh();
  assert.deepEqual([whatMatches(index, 4), index.isWhole()], [[4], true]);
});

test('of a source without text the bytes are known, and that is missed where it is taken away', async () => {
  const { secretId } = await ravi.on(register).enter({ codeName: 'DRAWN', title: 'Drawing', tier: 1, ownerId: ravi.id as never });
  const bytes = Buffer.from('AC1032'.padEnd(400, '\0\x01\x90'), 'latin1');
  const { versionId } = await store(house, ravi, { secretId, name: 'furnace.dwg', bytes });
  await house.settle();
  const file = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const index = createIndex(house.services);
  await index.refresh();
  assert.deepEqual(
    index.same(file).map(({ id, characters }) => [id, characters]),
    [[versionId, 0]],
  );
  assert.deepEqual([index.isKnownAsFile(versionId), index.isWhole(), index.same({ ...file, bytes: 31 })], [true, true, []]);
  await command(house.owner, `update guard_fingerprint set sealed = null where source_id = '${versionId}'`);
  const later = createIndex(house.services);
  await later.refresh();
  assert.deepEqual([later.same(file), later.isWhole()], [[], false]);
  await house.settle();
  await later.refresh();
  assert.deepEqual([later.same(file).length, later.isWhole()], [1, true], 'read again from where its bytes lie sealed');
});

test('an index that could not be read whole says so, and forgets nothing that it has to read', async () => {
  const failing = { ...house.services, db: house.services.db.withSchema('nowhere') };
  const index = createIndex(failing as never);
  await assert.rejects(index.refresh());
  assert.deepEqual([index.isLoaded(), index.isWhole()], [false, false]);
  Object.assign(failing, { db: house.services.db });
  await index.refresh();
  assert.deepEqual([index.isLoaded(), index.isWhole()], [true, true]);
  for (const i of elementIds.keys()) assert.deepEqual(whatMatches(index, i), [i]);
});

test('while an entry that tells of something registered is put aside nothing is clear', async () => {
  const { db, clock } = house.services;
  const index = createIndex(house.services);
  await index.refresh();
  assert.equal(index.isWhole(), true);
  const far = new Date(clock.now().getTime() + 60_000);
  const { index: entry } = await db.selectFrom('ledger_entry').select('index').orderBy('index').limit(1).executeTakeFirstOrThrow();
  await db
    .insertInto('platform_parked')
    .values({ reaction: 'guard.fingerprint', entry_index: entry, tries: 3, code: '53100', parked_at: clock.now(), next_at: far })
    .execute();
  await index.refresh();
  assert.equal(index.isWhole(), false);
  await db.deleteFrom('platform_parked').where('entry_index', '=', entry).execute();
  await index.refresh();
  assert.equal(index.isWhole(), true);
});

test('work that the queue gave up is queued again after ten minutes', async () => {
  const { db, keys } = house.services;
  const id = elementIds[7]!;
  const row = await db.selectFrom('guard_fingerprint').selectAll().where('source_id', '=', id).executeTakeFirstOrThrow();
  await markPending(db, id, sealSource(keys, { ...row, state: 'pending' }));
  const state = async () => (await db.selectFrom('guard_fingerprint').select('state').where('source_id', '=', id).executeTakeFirstOrThrow()).state;
  house.clock.set(new Date(row.queued_at.getTime() + 10 * 60_000));
  const sent: unknown[] = [];
  const watched = { ...house.services, jobs: { ...house.services.jobs, send: async (...job: unknown[]) => void sent.push(job) } };
  await queueLate(watched);
  assert.deepEqual([sent, await state()], [[], 'pending']);
  house.clock.advance(1);
  await queueLate(house.services);
  await house.settle();
  assert.equal(await state(), 'ready');
});
