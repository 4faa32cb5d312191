import { register } from '#features/register/contract.ts';
import type { SecretId } from '@underseal/contract';
import { compare, type Row } from './figures.ts';
import { startLoader } from './load.ts';
import { openPlace, type Place } from './place.ts';

const ROUNDS = 5;
const MILLISECONDS = 900;

/** A read through the whole house over HTTP, against a bare route that finds the same answer by one select. */
export async function door(): Promise<Row[]> {
  const place = await openPlace();
  const loader = startLoader();
  try {
    const secretId = await prepare(place);
    const bareUrl = await place.bare.listen({ host: '127.0.0.1', port: 0 });
    const rows: Row[] = [];
    for (const [operation, body] of [
      ['people.status', '{}'],
      ['register.show', JSON.stringify({ secretId })],
    ] as const) {
      for (const concurrency of [1, 16]) {
        const load = { bodies: [body], bearers: place.bearers, concurrency, milliseconds: MILLISECONDS };
        rows.push(
          await compare({
            what: `${operation}, ${concurrency} at once`,
            unit: 'requests/s',
            rounds: ROUNDS,
            ours: () => loader.run({ ...load, url: place.server.url, path: `/api/${operation}` }),
            peer: { name: 'bare Fastify, one select', run: () => loader.run({ ...load, url: bareUrl, path: `/bare/${operation}` }) },
          }),
        );
      }
    }
    return rows;
  } finally {
    loader.close();
    await place.close();
  }
}

async function prepare({ server, owner, bare, pool, asOwner }: Place): Promise<SecretId> {
  const enter = {
    codeName: 'KESTREL',
    title: 'Curing of the low-noise blade',
    tier: 2,
    ownerId: owner.id,
    unit: 'Blades',
    contributors: ['Ola Nordmann'],
    storedIn: ['NO'],
    usedIn: ['DE'],
  };
  const { secretId } = (await server.house.run(register.operations.enter.name, owner, enter)) as { secretId: SecretId };
  const sheet = (await server.house.run(register.operations.show.name, owner, { secretId })) as Record<string, unknown>;
  // What an application without secrets to keep would have: the sheet's values in clear, a column each.
  await asOwner(`
    create table bench.sheet (id text primary key, "codeName" text, title text, tier integer, "ownerId" text, unit text, "reviewOn" date, "enteredAt" text,
      contributors text[], combination boolean, "storedIn" text[], "usedIn" text[], "originOn" date, elements jsonb, may jsonb);
    create table bench.status (installed boolean);
    insert into bench.status values (true);
    grant select, insert on all tables in schema bench to public`);
  await pool.query('insert into bench.sheet values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)', [
    secretId,
    ...['codeName', 'title', 'tier', 'ownerId', 'unit', 'reviewOn', 'enteredAt', 'contributors', 'combination', 'storedIn', 'usedIn', 'originOn'].map(
      (name) => sheet[name],
    ),
    JSON.stringify(sheet['elements']),
    JSON.stringify(sheet['may']),
  ]);
  bare.post('/bare/people.status', async () => (await pool.query('select installed from bench.status')).rows[0]);
  bare.post<{ Body: { secretId: string } }>(
    '/bare/register.show',
    async ({ body }) => (await pool.query('select * from bench.sheet where id = $1', [body.secretId])).rows[0],
  );
  return secretId;
}
