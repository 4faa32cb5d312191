import { guard } from '#features/guard/contract.ts';
import { register } from '#features/register/contract.ts';
import { compare, type Row } from './figures.ts';
import { startLoader } from './load.ts';
import { openPlace } from './place.ts';
import { textOf } from './words.ts';

const ROUNDS = 5;
const MILLISECONDS = 1000;
const SECRETS = 40;
const ELEMENTS = 10;
const CHARACTERS = 4096;

/** "Is this ours?" of 4 KB over HTTP, among 400 protected texts, against a bare route that takes the same body and looks up its SHA-256. */
export async function check(): Promise<Row[]> {
  const place = await openPlace();
  const loader = startLoader();
  try {
    const { house } = place.server;
    for (let i = 0; i < SECRETS; i++) {
      const elements = Array.from({ length: ELEMENTS }, (_, k) => ({ heading: `Element ${k}`, text: textOf(1000 + i * ELEMENTS + k, 6000) }));
      await house.run(register.operations.enter.name, place.owner, { codeName: `S-${i}`, title: 'A text', tier: 2, ownerId: place.owner.id, elements });
    }
    await house.settle();
    await place.asOwner('create table bench.known (digest bytea primary key); grant all on all tables in schema bench to public');
    place.bare.post<{ Body: { text?: string; base64?: string } }>('/bare/check', async ({ body }) => {
      const { rowCount } = await place.pool.query('select from bench.known where digest = sha256(convert_to($1, $2))', [body.text ?? body.base64, 'UTF8']);
      return { verdict: rowCount === 0 ? 'clear' : 'match' };
    });
    const bareUrl = await place.bare.listen({ host: '127.0.0.1', port: 0 });
    const rows: Row[] = [];
    const clear = textOf(7, CHARACTERS);
    const inside = `${textOf(8, 1500)} ${textOf(1000, 6000).slice(1000, 2000).toUpperCase()} ${textOf(9, 1594)}`;
    const asFile = (text: string) => ({ base64: Buffer.from(text).toString('base64') });
    for (const [name, verdict, content] of [
      ['a text, clear', 'clear', { text: clear }],
      ['a text, a match', 'match', { text: inside }],
      ['a file, clear', 'clear', asFile(clear)],
    ] as const) {
      const told = (await house.run(guard.operations.inspect.name, place.owner, content)) as { verdict: string };
      if (told.verdict !== verdict) throw new Error(`what should be ${verdict} is ${told.verdict}`);
      for (const concurrency of [1, 8]) {
        const load = { bodies: [JSON.stringify(content)], bearers: place.bearers, concurrency, milliseconds: MILLISECONDS };
        rows.push(
          await compare({
            what: `check of 4 KB, ${name}, ${concurrency} at once`,
            unit: 'checks/s',
            rounds: ROUNDS,
            ours: () => loader.run({ ...load, url: place.server.url, path: `/api/${guard.operations.inspect.name}` }),
            peer: { name: 'bare Fastify, SHA-256 lookup', run: () => loader.run({ ...load, url: bareUrl, path: '/bare/check' }) },
            note: `ours ${'text' in content ? '' : 'reads in another process, '}finds passages, and records an entry`,
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
