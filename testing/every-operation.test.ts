import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '@underseal/contract';
import { register } from '#features/register/contract.ts';
import { sql } from 'kysely';
import { allFeatures } from '#apps/server/features.ts';
import { stranger, type Actor } from '#platform/server/actor.ts';
import { startHouse } from './house.ts';
import { absentId, inputFor, prefixOf, schemaOf } from './inputs.ts';
import { makeMaterial } from './material.ts';

const operations = allFeatures.flatMap(({ contract }) => Object.values(contract.operations));
const needed = new Set(operations.map(({ needs }) => needs as string).filter((needs) => needs.includes(':')));

const house = await startHouse();
const owner = await house.hire('Ann', ['owner', 'security']);
const { ids } = await makeMaterial(house, { owner, guest: await house.hire('Bob', ['employee']) });
// May ask for everything, and is let in to nothing.
const outsider: Actor = { ...(await house.hire('Mal', ['employee'])).actor, permissions: needed };

test('the contracts are all here', () => {
  assert.ok(operations.length >= 30, String(operations.length));
});

/** What one case number can stand for is a handful. */
const BOUNDED = ['guard.find'];
test('every list comes in pages, and refuses a cursor that is none', async () => {
  const lists = operations.filter(({ output }) => 'items' in ((output as { shape?: object }).shape ?? {}));
  assert.ok(lists.length >= 12, String(lists.length));
  for (const operation of lists.filter(({ name }) => !BOUNDED.includes(name))) {
    assert.ok(
      'cursor' in operation.input.shape && 'limit' in operation.input.shape && 'next' in (operation.output as unknown as { shape: object }).shape,
      operation.name,
    );
    for (const cursor of ['x', 'bm9uc2Vuc2U', Buffer.from('{"at":1}').toString('base64url')]) {
      house.clock.advance(1000);
      const answer = await house.sendAs({ ...owner.actor, permissions: needed })(operation.name, { ...inputFor(operation, { ids }), cursor });
      assert.equal(answer.status, 400, `${operation.name} ${cursor}`);
    }
  }
});

for (const operation of operations) {
  test(`${operation.name}: an input made of its contract is one that it takes`, () => {
    for (const optional of [false, true]) assert.ok(operation.input.safeParse(inputFor(operation, { optional })).success);
  });

  test(`${operation.name}: an unknown key is invalid`, async () => {
    house.clock.advance(60_000);
    const answer = await house.sendAs(outsider)(operation.name, { ...inputFor(operation, { ids }), unheardOf: 'planted' });
    assert.equal(answer.status, 400);
    assert.equal(codeOf(answer), 'platform.input_wrong');
    assert.doesNotMatch(JSON.stringify(answer.body), /unheardOf|planted/);
  });

  if (operation.needs !== 'anyone') {
    test(`${operation.name}: nobody gets in without permission`, async () => {
      house.clock.advance(60_000);
      const input = inputFor(operation, { ids });
      const counts = await countRows();
      const unsigned = await house.sendAs(stranger('192.0.2.7'))(operation.name, input);
      assert.deepEqual([unsigned.status, codeOf(unsigned)], [401, 'platform.sign_in_needed']);

      const permissions = new Set([...needed].filter((permission) => permission !== operation.needs));
      const without: Actor = operation.needs === 'self' ? { ...outsider, kind: 'token', id: house.services.newId('tok') } : { ...owner.actor, permissions };
      const refused = await house.sendAs(without)(operation.name, input);
      assert.deepEqual([refused.status, codeOf(refused)], [403, 'platform.not_permitted']);
      const after = await countRows();
      assert.deepEqual(changed(counts, after), ['ledger_outbox+entry'], 'a refusal changes nothing but the ledger');
    });
  }

  if (operation.kind === 'release') {
    test(`${operation.name}: gives content to no program, and is never repeated by a key`, async () => {
      house.clock.advance(60_000);
      const program: Actor = { kind: 'token', id: house.services.newId('tok'), permissions: needed, address: '127.0.0.1' };
      const refused = await house.sendAs(program)(operation.name, inputFor(operation, { ids }));
      assert.deepEqual([refused.status, codeOf(refused)], [403, 'platform.content_needs_person']);
      const repeated = await house.sendAs(owner.actor)(operation.name, inputFor(operation, { ids }), { idempotencyKey: 'a-key-of-mine' });
      assert.deepEqual([repeated.status, codeOf(repeated)], [400, 'platform.release_not_repeatable']);
    });
  }

  if (operation.about !== undefined) {
    test(`${operation.name}: hidden and absent are one: same answer, same statements, same ledger rows`, async () => {
      const about = operation.about!;
      const prefix = prefixOf(schemaOf(operation).properties?.[about])!;
      assert.ok(ids[prefix], `testing/material.ts makes no thing of kind "${prefix}" yet`);
      const input = inputFor(operation, { ids });
      const hidden = await observe(operation, { ...input, [about]: ids[prefix] });
      const absent = await observe(operation, { ...input, [about]: absentId(prefix) });
      assert.equal(hidden.status, 404);
      assert.deepEqual(hidden, absent);
      assert.deepEqual(hidden.entries, ['door.refused']);
      assert.ok(hidden.statements > 0);
    });

    test(`${operation.name}: to whom the thing is known it answers otherwise`, async () => {
      const about = operation.about!;
      const id = ids[prefixOf(schemaOf(operation).properties?.[about])!]!;
      const answer = await house.sendAs({ ...owner.actor, permissions: needed })(operation.name, { ...inputFor(operation, { ids }), [about]: id });
      assert.notEqual(codeOf(answer), 'platform.subject_missing');
    });
  }
}

let made = 0;
const HOSTILE = [
  '\u0000',
  '\u202e\u2066',
  '\ud800',
  '\udc00\ud800',
  "'; drop table ledger_entry; --",
  '\ufffe\uffff',
  '%00%2e%2e/../',
  '{{7*7}}${7*7}',
  '=cmd()',
];
for (const operation of operations) {
  test(`${operation.name}: hostile text is taken or refused, and is never a bug`, async () => {
    const mine: Actor = { ...owner.actor, permissions: needed };
    for (const hostile of HOSTILE) {
      house.clock.advance(60_000);
      const words = ({ least, most }: { least: number; most: number }) => hostile.repeat(Math.ceil(Math.max(least, 12) / hostile.length)).slice(0, most);
      const ids = await freshIds();
      // What is thrown and is no Failure is a bug, and rejects.
      const answer = await house.sendAs(mine)(operation.name, inputFor(operation, { ids, words, optional: true }));
      if (answer.status !== 200) assert.ok(!JSON.stringify(answer.body).includes(JSON.stringify(hostile).slice(1, -1)), 'a failure quotes no input');
    }
  });
}

/** The kept things, with a person and a secret of one's own: what hands over a secret or lets a person go spoils nothing for the next. */
async function freshIds(): Promise<Readonly<Record<string, string>>> {
  const { id: per } = await house.hire(`Eve ${house.services.newId('per')}`, ['employee']);
  const { secretId: sec } = await owner.on(register).enter({ codeName: `FRESH-${++made}`, title: 'A fresh one', tier: 1, ownerId: owner.id as never });
  return { ...ids, per, sec };
}

function codeOf({ body }: { body: unknown }): string | undefined {
  return (body as { error?: { code: string } }).error?.code;
}

async function observe(operation: Operation, input: unknown) {
  house.clock.advance(60_000);
  await house.settle();
  const { size: from } = await ledgerSize();
  const asked = house.statements();
  const { status, body } = await house.sendAs(outsider)(operation.name, input);
  const statements = house.statements() - asked;
  await house.settle();
  const entries = await house.services.db.selectFrom('ledger_entry').select(['type', 'ordinal']).where('index', '>=', from).orderBy('index').execute();
  const about = await house.services.db
    .selectFrom('ledger_about')
    .select(['subject'])
    .where('ordinal', 'in', entries.map(({ ordinal }) => ordinal).concat(-1))
    .execute();
  return { status, body, statements, entries: entries.map((entry) => entry.type), about: about.map(({ subject }) => subject.slice(0, 3)).sort() };
}

async function ledgerSize() {
  return house.services.db
    .selectFrom('ledger_entry')
    .select((eb) => eb.fn.countAll<number>().as('size'))
    .executeTakeFirstOrThrow();
}

/** How many rows each table has; an entry may wait or stand in the tree. */
async function countRows(): Promise<Map<string, number>> {
  await house.settle();
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
    house.services.db,
  );
  const counts = new Map<string, number>();
  for (const { name } of rows) {
    const found = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(house.services.db);
    counts.set(name, found.rows[0]!.count);
  }
  return counts;
}
function changed(before: Map<string, number>, after: Map<string, number>): string[] {
  const names = [...after].filter(([name, count]) => before.get(name) !== count).map(([name]) => name);
  const sequencing = new Set(['ledger_outbox', 'ledger_about', 'ledger_entry', 'ledger_checkpoint', 'ledger_tile', 'platform_cursor']);
  return [...new Set(names.map((name) => (sequencing.has(name) ? 'ledger_outbox+entry' : name)))].sort();
}
