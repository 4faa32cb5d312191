import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptedZip } from '@underseal/extract/testing';
import pg from 'pg';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import type { Actor } from '#platform/server/actor.ts';
import { startHouse } from '#testing/house.ts';
import { guard } from '../contract.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.`;
const UNRELATED = 'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves.';

const WORDS = UNRELATED.split(' ');

const house = await startHouse();
const ravi = await house.hire('Ravi Sundaram', ['owner', 'security']);
const eve = await house.hire('Eve Marsh', ['employee']);
const sam = await house.hire('Sam Okafor', ['security']);
const enter = async (codeName: string, text: string) =>
  (await ravi.on(register).enter({ codeName, title: 'T', tier: 3, ownerId: ravi.id as never, elements: [{ heading: 'H', text }] })).secretId;
const kestrel = await enter('KESTREL', SECRET);
const heron = await enter('HERON', 'The supplier of the second furnace lining is paid within ten days and grants four per cent on every order above two tons.');
await house.settle();

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
async function sweep() {
  const { frozen, missing, whole } = await house.sweep();
  return { frozen, missing, whole };
}
async function caught() {
  house.clock.advance(1000);
  const { id, caseNumber } = await eve.on(guard).inspect({ text: `${UNRELATED} ${SECRET}`, exit: 'page' });
  return { id, caseNumber: caseNumber! };
}
const HONEST = { frozen: 0, missing: 0, whole: true };
const CHANGED = ['changed', null, null, null, 'unknown'];
/** What Sam, who knows of no secret, and Ravi, who owns it, are told of it. */
async function told({ id, caseNumber }: { id: string; caseNumber: string }) {
  const [found] = (await ravi.on(guard).find({ caseNumber })).items;
  const listed = (await sam.on(guard).list({})).items.find((item) => item.id === id)!;
  const { matches, ...shown } = await ravi.on(guard).show({ inspectionId: id as never });
  const facts = [found!, listed, shown].map(({ verdict, exit, bytes, by }) => [verdict, exit, bytes, by.name, by.kind]);
  return { facts, matches: matches.length, secrets: found!.secrets.map(({ codeName }) => codeName) };
}
const isTold = (alarm: string, id: string) => new RegExp(`"alarm":"${alarm.replaceAll('.', '\\.')}"[^\\n]*"${id}"`).test(house.logged());

test('inspections of all kinds are as the ledger tells, whoever asked', async () => {
  const { tokenId } = await sam.on(people).makeToken({ name: 'Mail gateway', permissions: ['guard:inspect'] });
  const gateway: Actor = { kind: 'token', id: tokenId, madeBy: sam.id, permissions: new Set(['guard:inspect']), address: '127.0.0.1' };
  await house.sendAs(gateway)('guard.inspect', { text: SECRET });
  await caught();
  await eve.on(guard).inspect({ text: UNRELATED });
  await eve.on(guard).inspect({ base64: Buffer.from(encryptedZip()).toString('base64') });
  // Two texts in thirty elements each: an entry lists fifty matches, and more are kept.
  const texts = [0, 1].map((half) =>
    Array.from({ length: 60 }, (_, i) => WORDS[(i * 7 + half * 31) % WORDS.length]! + WORDS[(i * 3 + half) % WORDS.length]!).join(' '),
  );
  const { secretId } = await ravi.on(register).enter({ codeName: 'CURLEW', title: 'Many', tier: 3, ownerId: ravi.id as never });
  for (let i = 0; i < 60; i++) await ravi.on(register).addElement({ secretId, heading: `Copy ${i}`, text: texts[i % 2]! });
  await house.settle();
  const { id, matches } = await ravi.on(guard).inspect({ text: texts.join('. ') });
  assert.ok(matches!.length >= 60);
  assert.equal((await ravi.on(guard).show({ inspectionId: id })).verdict, 'match');
  assert.deepEqual(await sweep(), HONEST);
  await house.settle();
  assert.deepEqual(await sweep(), HONEST);
  const { items } = await ravi.on(guard).list({});
  assert.deepEqual([...new Set(items.map(({ verdict }) => verdict))].sort(), ['clear', 'match', 'not-inspected']);
});

test('a verdict that was changed, with who asked, is not told, and is missed', async () => {
  const one = await caught();
  await byHand(`update guard_inspection set verdict = 'clear', actor_id = $2 where id = $1`, [one.id, sam.id]);
  assert.deepEqual(await told(one), { facts: [CHANGED, CHANGED, CHANGED], matches: 1, secrets: ['KESTREL'] }, 'the match itself was not touched');
  assert.ok(isTold('guard.seal_broken', one.id));
  assert.deepEqual(await sweep(), { ...HONEST, missing: 1 });
  assert.ok(isTold('platform.row_missing', one.id));
  await byHand(`update guard_inspection set verdict = 'match', actor_id = $2 where id = $1`, [one.id, eve.id]);
  assert.deepEqual([await sweep(), (await told(one)).facts[0]![0]], [HONEST, 'match']);
});

test('who asked, how large it was, or when, of a match or of what was clear, cannot be told otherwise', async () => {
  for (const change of [`actor_id = '${sam.id}'`, 'bytes = bytes + 1', `at = at - interval '1 second'`, `action = 'allow'`, `exit = 'somewhere'`]) {
    const one = await caught();
    await byHand(`update guard_inspection set ${change} where id = $1`, [one.id]);
    assert.deepEqual((await told(one)).facts, [CHANGED, CHANGED, CHANGED], change);
    assert.ok(isTold('guard.seal_broken', one.id), change);
    assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 }, change);
    assert.ok(isTold('platform.row_not_in_ledger', one.id), change);
  }
  const { id } = await eve.on(guard).inspect({ text: UNRELATED });
  await byHand(`update guard_inspection set actor_id = $2 where id = $1`, [id, sam.id]);
  assert.equal((await ravi.on(guard).show({ inspectionId: id })).verdict, 'changed');
  assert.ok(isTold('guard.seal_broken', id));
});

test('a match that was deleted is missed in its inspection, with and without a reader', async () => {
  const one = await caught();
  await byHand('delete from guard_match where inspection_id = $1', [one.id]);
  assert.deepEqual(await told(one), { facts: [CHANGED, CHANGED, CHANGED], matches: 0, secrets: [] });
  assert.ok(isTold('guard.seal_broken', one.id));
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
  const unseen = await caught();
  await byHand('delete from guard_match where inspection_id = $1 and secret_id = $2', [unseen.id, kestrel]);
  await byHand('update guard_inspection set matches = matches - 1 where id = $1', [unseen.id]);
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
  assert.ok(isTold('platform.row_not_in_ledger', unseen.id));
});

test('a match that was moved to another secret is told of neither', async () => {
  const one = await caught();
  await byHand('update guard_match set secret_id = $2 where inspection_id = $1 and secret_id = $3', [one.id, heron, kestrel]);
  const [item] = (await ravi.on(guard).exposure({ secretId: heron })).items;
  assert.deepEqual([item!.id, item!.verdict, item!.secrets], [one.id, 'changed', []]);
  assert.deepEqual((await told(one)).facts, [CHANGED, CHANGED, CHANGED]);
  assert.ok(isTold('guard.seal_broken', one.id));
  assert.deepEqual(await sweep(), { ...HONEST, frozen: 1 });
});

test('passages that were changed are not shown, nor counted', async () => {
  const { id } = await caught();
  const { items } = await ravi.on(guard).fingerprints({ secretId: kestrel });
  const ask = { secretId: kestrel, inspectionId: id, source: items[0]!.source };
  assert.ok((await ravi.on(guard).passages(ask)).passages.length > 0);
  await byHand(`update guard_match set passages = jsonb_set(passages, '{0,srcTo}', '40') where inspection_id = $1`, [id]);
  await assert.rejects(ravi.on(guard).passages(ask), { code: 'guard.inspection_missing' });
  assert.ok(isTold('guard.seal_broken', id));
  const { verdict, matches } = await ravi.on(guard).show({ inspectionId: id });
  assert.deepEqual([verdict, matches], ['changed', []]);
});

test('an inspection that was deleted, with its matches, is missed; one that was put in is not believed', async () => {
  const one = await caught();
  await byHand('delete from guard_match where inspection_id = $1', [one.id]);
  await byHand('delete from guard_inspection where id = $1', [one.id]);
  assert.deepEqual(await sweep(), { ...HONEST, missing: 1 });
  assert.ok(isTold('platform.row_missing', one.id));
  const id = house.services.newId('ins');
  const values = [id, house.clock.now(), eve.id];
  await byHand(
    `insert into guard_inspection (id, at, actor_id, exit, verdict, action, bytes, unread, matches, seal) values ($1, $2, $3, 'page', 'match', 'block', 1, '{}', 0, 'x')`,
    values,
  );
  assert.equal((await ravi.on(guard).show({ inspectionId: id as never })).verdict, 'changed');
  assert.deepEqual(await sweep(), { frozen: 1, missing: 1, whole: true });
  await house.settle();
  const rows = await byHand(`select convert_from(leaf, 'utf8') as leaf from ledger_entry where type = 'platform.alarmed'`);
  assert.ok(rows.some(({ leaf }) => String(leaf).includes('platform.row_missing') && String(leaf).includes(one.id)));
});
