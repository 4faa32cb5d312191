import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scan } from '@underseal/fingerprint';
import { register } from '#features/register/contract.ts';
import { startHouse } from '#testing/house.ts';
import { fingerprintSource, NotYet } from './fingerprinting.ts';
import { createIndex, type Index } from './index-store.ts';

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

const sizes = (index: Index) => index.segments().map(({ documents }) => documents.length);
const whatMatches = (index: Index, i: number) =>
  scan(textOf(i), { key: index.key, segments: index.segments() }).matches.map(({ documentId }) => elementIds.indexOf(documentId));

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
  await assert.rejects(fingerprintSource({ services: house.services, sandbox: undefined as never, index }, house.services.newId('ver')), NotYet);
});
