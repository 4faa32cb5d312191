import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { allFeatures } from '#apps/server/features.ts';
import { access } from '#features/access/contract.ts';
import { guard, inspected } from '#features/guard/contract.ts';
import { register } from '#features/register/contract.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import type { Actor } from './actor.ts';
import { openPool } from './db.ts';
import { subjectsOf } from './ledger/outbox.ts';
import { createLive, type Live, type LiveMessage } from './live.ts';

let statements = 0;
// Before the house, which takes the database away.
after(() => pool.close());
const house = await startHouse();
const ann = await house.hire('Ann', ['owner']);
const bob = await house.hire('Bob', ['owner']);
const pool = openPool(house.app, { max: 2, onStatement: () => statements++ });
const parts = { ...house.services, db: pool.db, features: allFeatures };

/** Listens as a page does; `until` resolves once what was heard holds. */
function page(live: Live, { actor }: { actor: Actor }, again: () => Promise<Actor | undefined> = async () => actor) {
  const heard: (LiveMessage | 'reset' | 'beat' | 'end')[] = [];
  let changed = () => undefined as void;
  const hear = (what: (typeof heard)[number]) => {
    heard.push(what);
    changed();
  };
  const stop = live.listen({
    actor,
    again,
    tell: hear,
    reset: () => hear('reset'),
    beat: () => hear('beat'),
    end() {
      stop();
      hear('end');
    },
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      changed = () => {
        if (holds()) resolve();
      };
      changed();
    });
  return { heard, stop, until };
}
let secrets = 0;
async function enter(by: TestPerson): Promise<string> {
  const { secretId } = await by.on(register).enter({ codeName: `LIVE-${secrets++}`, title: 'Heron soup', tier: 1, ownerId: by.id as never });
  return secretId;
}
/** What was recorded about a secret, as the sequencer announces it. */
async function entriesAbout(id: string) {
  await house.settle();
  const rows = await house.services.db
    .selectFrom('ledger_entry')
    .innerJoin('ledger_about', 'ledger_about.ordinal', 'ledger_entry.ordinal')
    .select(['ledger_entry.index', 'ledger_entry.id', 'ledger_entry.type', 'ledger_entry.leaf'])
    .where('subject', '=', id)
    .orderBy('index')
    .execute();
  return rows.map((row) => ({ ...row, subjects: subjectsOf(row.leaf) }));
}

test('many pages of one person are asked about once, and each hears the same once', async () => {
  const live = createLive(parts, { mostOfOne: 20 });
  const secretIds = [await enter(ann), await enter(ann), await enter(ann)];
  const entries = (await Promise.all(secretIds.map(entriesAbout))).flat();
  const measure = async (pages: number) => {
    const all = Array.from({ length: pages }, () => page(live, ann));
    statements = 0;
    for (let i = 0; i < 50; i++) live.announce(entries);
    const told = ({ heard }: (typeof all)[number]) => secretIds.every((id) => heard.some((one) => typeof one === 'object' && one.id === id));
    for (const one of all) await one.until(() => told(one));
    for (const { heard, stop } of all) {
      stop();
      assert.equal(new Set(heard.map((one) => JSON.stringify(one))).size, heard.length, JSON.stringify(heard));
    }
    return statements;
  };
  const one = await measure(1);
  assert.ok(one <= 4, String(one));
  assert.equal(await measure(20), one);
});

test('who may not know hears nothing, and a person is asked about by her own rights', async () => {
  const live = createLive(parts);
  const [his, hers] = [page(live, bob), page(live, ann)];
  const secretId = await enter(ann);
  live.announce(await entriesAbout(secretId));
  await hers.until(() => hers.heard.length > 0);
  await ann.on(access).grant({ secretId: secretId as never, personId: bob.id as never, reason: 'Cooks it every day', until: '2099-01-01T00:00:00.000Z' });
  live.announce(await entriesAbout(secretId));
  await his.until(() => his.heard.some((one) => typeof one === 'object' && one.id === secretId));
  his.stop();
  hers.stop();
});

test('an inspection is told of by its id alone, and only to who may list them all, by what she may now', async () => {
  const live = createLive(parts);
  const [sam, eve] = [await house.hire('Sam', ['security']), await house.hire('Eve', ['employee'])];
  let sams: Actor = sam.actor;
  let eves: Actor = eve.actor;
  const [his, hers, own] = [page(live, sam, async () => sams), page(live, eve, async () => eves), page(live, ann)];
  const pages = [his, hers, own];
  const by = await house.hire('Gil', ['employee']);
  const inspect = async () => {
    const { id } = await by.on(guard).inspect({ text: 'Heron soup' });
    return { id, entries: (await entriesAbout(id)).filter(({ type }) => type === inspected.name) };
  };
  const heard = (one: (typeof pages)[number]) => one.heard.filter((what) => typeof what === 'object');
  /** Announced after all else: who heard it has heard what came before. */
  const fence = async () => {
    const ids = [sam.id, eve.id, ann.id];
    live.announce([{ index: 0, id: house.services.newId('ent'), type: 'x.y', subjects: ids, leaf: new Uint8Array() }]);
    for (const [i, one] of pages.entries()) await one.until(() => heard(one).some(({ topic, id }) => topic === 'x.y' && id === ids[i]));
    return pages.map((one) => {
      const before = heard(one).filter(({ topic }) => topic !== 'x.y');
      one.heard.length = 0;
      return before;
    });
  };

  const first = await inspect();
  assert.ok(first.entries[0]!.subjects.includes(by.id), 'the entry speaks of more than the inspection');
  live.announce(first.entries);
  const told = { topic: inspected.name, id: first.id };
  assert.deepEqual(await fence(), [[told], [], [told]], 'security and an owner may list them, an employee may not');

  // A role that is taken, and one that is given, while both listen.
  sams = { ...sam.actor, permissions: new Set() };
  eves = { ...eve.actor, permissions: new Set(['guard:review']) };
  await fence();
  const second = await inspect();
  live.announce(second.entries);
  assert.deepEqual(
    (await fence()).map((messages) => messages.map(({ id }) => id)),
    [[], [second.id], [second.id]],
  );
  for (const { stop } of pages) stop();
});

test('a thing that was moved by hand to a secret that one may know of is not told of', async () => {
  const live = createLive(parts);
  const [hidden, own] = [await enter(ann), await enter(bob)];
  const entries = await entriesAbout(hidden);
  const { Client } = (await import('pg')).default;
  const owner = new Client(house.owner);
  await owner.connect();
  await owner.query('update gate_subject set secret_id = $1 where id = $2', [own, hidden]);
  await owner.end();
  const his = page(live, bob);
  live.announce([...entries, ...(await entriesAbout(own))]);
  await his.until(() => his.heard.some((one) => typeof one === 'object' && one.id === own));
  assert.ok(!his.heard.some((one) => typeof one === 'object' && one.id === hidden));
  his.stop();
});

test('more than can be told at once: everybody is told to look again', async () => {
  const live = createLive(parts, { mostWaiting: 10 });
  const one = page(live, bob);
  live.announce(Array.from({ length: 11 }, (_, index) => ({ index, id: house.services.newId('ent'), type: 'x.y', subjects: [], leaf: new Uint8Array() })));
  await one.until(() => one.heard.includes('reset'));
  assert.deepEqual(one.heard, ['reset']);
  one.stop();
});

test('what could not be told since the database was away is not lost', async () => {
  let away = true;
  const gate = { ...parts.gate, decideAll: (...args: Parameters<typeof parts.gate.decideAll>) => (away ? assert.fail('away') : parts.gate.decideAll(...args)) };
  const live = createLive({ ...parts, gate });
  const one = page(live, ann);
  live.announce(await entriesAbout(await enter(ann)));
  await one.until(() => one.heard.includes('reset'));
  away = false;
  live.announce(await entriesAbout(await enter(ann)));
  await one.until(() => one.heard.some((what) => typeof what === 'object'));
  one.stop();
});

test('a session that ends by time alone is let go at the next beat; each session is asked about once', async () => {
  const live = createLive(parts, { beatMs: 10 });
  let asked = 0;
  let open = true;
  const again = async () => (asked++, open ? ann.actor : undefined);
  const pages = Array.from({ length: 5 }, () => page(live, ann, again));
  await pages[0]!.until(() => pages[0]!.heard.filter((what) => what === 'beat').length >= 3);
  assert.ok(pages.every(({ heard }) => !heard.includes('end')));
  assert.ok(asked <= pages[0]!.heard.length, `${asked} for ${pages[0]!.heard.length} beats`);
  open = false;
  for (const one of pages) await one.until(() => one.heard.includes('end'));
  assert.ok(live.hasRoomFor(ann.actor));
});

test('there is room for so many, of all and of one', () => {
  const live = createLive(parts, { most: 3, mostOfOne: 2 });
  const pages = [page(live, ann), page(live, ann)];
  assert.deepEqual([live.hasRoomFor(ann.actor), live.hasRoomFor(bob.actor)], [false, true]);
  pages.push(page(live, bob));
  assert.equal(live.hasRoomFor(bob.actor), false);
  for (const { stop } of pages) stop();
  assert.ok(live.hasRoomFor(ann.actor) && live.hasRoomFor(bob.actor));
});
