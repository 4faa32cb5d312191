import { act, contract, event, open } from '@underseal/contract';
import { sql } from 'kysely';
import { z } from 'zod';
import { register } from '#features/register/contract.ts';
import { createDoor } from '#platform/server/door.ts';
import { feature, type Feature } from '#platform/server/feature.ts';
import { compare, keepBusy, type Row } from './figures.ts';
import { openPlace, type Place } from './place.ts';
import { textOf } from './words.ts';

const ROUNDS = 5;
const MILLISECONDS = 1000;

const kept = event('bench.kept', { characters: open(z.int()) });
const keeping = contract({
  name: 'bench',
  operations: {
    keep: act({
      needs: 'self',
      says: 'Keeps a body.',
      input: z.strictObject({ body: z.record(z.string(), z.json()) }),
      output: z.strictObject({}),
      records: [kept],
    }),
  },
});
const keepingFeature = feature(keeping, {
  async keep(ctx, { body }) {
    const text = JSON.stringify(body);
    await sql`insert into bench.kept (body) values (${text})`.execute(ctx.tx);
    ctx.record(kept, { characters: text.length });
    return {};
  },
});

/** What the door, the ledger and its tree add to keeping something: against the same bodies, inserted in a transaction each by an application that records nothing. */
export async function acts(): Promise<Row[]> {
  const place = await openPlace();
  try {
    await place.asOwner(`
      create table bench.kept (id bigint generated always as identity primary key, body jsonb);
      create table bench.plain (id bigint generated always as identity primary key, body jsonb);
      create table bench.secret (like register_secret including all);
      create table bench.owner (like register_owner including all);
      create table bench.audit (id bigint generated always as identity primary key, body jsonb);
      grant all on all tables in schema bench to public`);
    const rows: Row[] = [];
    for (const concurrency of [1, 16]) rows.push(await keepAct(place, concurrency));
    for (const concurrency of [1, 16]) rows.push(await enterAct(place, concurrency));
    return rows;
  } finally {
    await place.close();
  }
}

function keepAct({ server, owner, pool }: Place, concurrency: number): Promise<Row> {
  const { house } = server;
  const committed = () => house.sequencer.wake();
  const refusals = { record: async () => undefined, flush: async () => undefined };
  const { run } = createDoor([keepingFeature as unknown as Feature], house.services, { refusals, committed });
  const body = { codeName: 'KESTREL', tier: 2, unit: 'Blades', text: textOf(1, 400) };
  return compare({
    what: `an act that keeps one body, ${concurrency} at once`,
    unit: 'acts/s',
    rounds: ROUNDS,
    ours: () => keepBusy({ concurrency, milliseconds: MILLISECONDS }, () => run(keeping.operations.keep.name, owner, { body })),
    peer: {
      name: 'begin, insert, commit',
      run: () =>
        keepBusy({ concurrency, milliseconds: MILLISECONDS }, () =>
          inTransaction(pool, [['insert into bench.plain (body) values ($1)', [JSON.stringify(body)]]]),
        ),
    },
    note: 'until acknowledged; the tree follows meanwhile, in the same process',
  });
}

/** A whole act of the product: sealed fields, an owner, a key of its own, an entry with two hidden fields. */
async function enterAct({ server, owner, pool, asOwner }: Place, concurrency: number): Promise<Row> {
  const enter = { title: 'Curing of the low-noise blade', tier: 2, ownerId: owner.id, unit: 'Blades', storedIn: ['NO'], usedIn: ['DE'] };
  let number = 0;
  const ours = () =>
    keepBusy({ concurrency, milliseconds: MILLISECONDS }, () => {
      const codeName = `C${concurrency}-${number++}`;
      return server.house.run(register.operations.enter.name, owner, { ...enter, codeName });
    });
  await ours();
  const secret = (await pool.query('select * from register_secret limit 1')).rows[0] as Record<string, unknown>;
  const held = (await pool.query('select * from register_owner limit 1')).rows[0] as Record<string, unknown>;
  await asOwner('truncate bench.secret, bench.owner');
  let id = 0;
  const plain = () =>
    keepBusy({ concurrency, milliseconds: MILLISECONDS }, () => {
      const secretId = `sec_${concurrency}_${id++}`;
      return inTransaction(pool, [
        insertOf('bench.secret', { ...secret, id: secretId }),
        insertOf('bench.owner', { ...held, id: `own_${secretId}`, secret_id: secretId }),
        ['insert into bench.audit (body) values ($1)', [JSON.stringify({ ...enter, secretId })]],
      ]);
    });
  return compare({
    what: `register.enter, ${concurrency} at once`,
    unit: 'acts/s',
    rounds: ROUNDS,
    ours,
    peer: { name: 'the same rows and an audit row, in a transaction', run: plain },
    note: 'ours also seals, asks who may know, makes a key and moves the tree',
  });
}

type Statement = readonly [text: string, values: readonly unknown[]];
async function inTransaction(pool: Place['pool'], statements: readonly Statement[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const [text, values] of statements) await client.query(text, [...values]);
    await client.query('commit');
  } finally {
    client.release();
  }
}
function insertOf(table: string, row: Record<string, unknown>): Statement {
  const names = Object.keys(row);
  return [`insert into ${table} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`, Object.values(row)];
}
