import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHouse } from '#testing/house.ts';
import { createAlone } from './alone.ts';
import { alarmed } from './events.ts';

const house = await startHouse();
const { db, keys, clock } = house.services;
const told: string[][] = [];
const alone = createAlone({ db, keys, clock, committed: (entries) => void told.push(entries.map(({ id }) => id)) });
const waiting = async (id: string) => (await db.selectFrom('ledger_outbox').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
const placed = async (id: string) => (await db.selectFrom('ledger_entry').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

test('what is recorded alone commits with its change, and is looked for from then on', async () => {
  const id = await alone({ via: 'trial' }, async ({ record }) => {
    const made = record(alarmed, { code: 'trial.first', subjects: [] });
    assert.deepEqual(told, []);
    return made;
  });
  assert.deepEqual(told, [[id]]);
  assert.ok((await waiting(id)) || (await placed(id)));
});

test('of a change that fails nothing is recorded, and nothing is looked for', async () => {
  told.length = 0;
  let id = '';
  await assert.rejects(
    alone({ via: 'trial' }, async ({ record }) => {
      id = record(alarmed, { code: 'trial.second', subjects: [] });
      throw new RangeError('half-way');
    }),
    RangeError,
  );
  assert.deepEqual([told, await waiting(id), await placed(id)], [[], false, false]);
});

test('a change that records nothing is done, and nothing is looked for', async () => {
  assert.equal(await alone({ via: 'trial' }, async () => 7), 7);
  assert.deepEqual(told, []);
});
