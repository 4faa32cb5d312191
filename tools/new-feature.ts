// `npm run new-feature NAME`: contract, handlers, statements, a migration and a story that passes, joined to the others. What it does is then yours to write.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Writes the files of a feature under `root`; answers their paths. Throws, having written nothing, when the name will not do. */
export function makeFeature(root: string, name: string): string[] {
  if (!/^[a-z][a-z0-9]{2,19}$/.test(name))
    throw new Error('Cannot make the feature: its name is 3 to 20 small letters and digits, one word, such as "training"');
  if (existsSync(path.join(root, 'features', name))) throw new Error(`Cannot make the feature: features/${name} is there already`);
  const migration = `platform/server/migrations/${nextNumber(path.join(root, 'platform/server/migrations'))}-${name}.sql`;
  const files: Record<string, string> = {
    [`features/${name}/contract.ts`]: contractOf(name),
    [`features/${name}/server/index.ts`]: handlersOf(name),
    [`features/${name}/server/store.ts`]: storeOf(name),
    [`features/${name}/server/${name}.test.ts`]: storyOf(name),
    [migration]: migrationOf(name),
    'apps/server/features.ts': joined(readFileSync(path.join(root, 'apps/server/features.ts'), 'utf8'), name),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return Object.keys(files);
}

function nextNumber(folder: string): string {
  const last = Math.max(...readdirSync(folder).map((file) => Number.parseInt(file, 10)));
  return String((Math.floor(last / 10) + 1) * 10).padStart(4, '0');
}

const contractOf = (name: string) => `import { act, contract, event, Instant, open, page, paged, PersonId, read } from '@underseal/contract';
import { z } from 'zod';

export const ItemId = z.string().regex(/^itm_[0-9a-hjkmnp-tv-z]{26}$/);
export const Item = z.strictObject({ id: ItemId, label: z.string(), addedBy: PersonId, addedAt: Instant });

export const added = event('${name}.added', { itemId: open(ItemId) });

export const ${name} = contract({
  name: '${name}',
  operations: {
    list: read({ needs: '${name}:list', says: 'The items, newest first.', input: z.strictObject({ ...page }), output: paged(Item) }),
    add: act({
      needs: '${name}:add',
      says: 'Adds an item.',
      input: z.strictObject({ label: z.string().trim().min(1).max(100) }),
      output: z.strictObject({ itemId: ItemId }),
      records: [added],
    }),
  },
});
`;

const handlersOf = (name: string) => `import type { PersonId } from '@underseal/contract';
import { feature } from '#platform/server/feature.ts';
import { readCursor, toPage } from '#platform/server/paging.ts';
import { added, ItemId, ${name} } from '../contract.ts';
import { insertItem, listItems } from './store.ts';

export const ${name}Feature = feature(${name}, {
  async list(ctx, { cursor, limit }) {
    const rows = await listItems(ctx.tx, { before: readCursor(ItemId, cursor), limit: limit + 1 });
    return toPage(rows, limit, {
      key: (row) => row.id,
      item: (row) => ({ id: row.id, label: row.label, addedBy: row.added_by as PersonId, addedAt: row.added_at.toISOString() }),
    });
  },

  async add(ctx, { label }) {
    const itemId = ctx.services.newId('itm');
    await insertItem(ctx.tx, { id: itemId, label, added_by: ctx.actor.id, added_at: ctx.now });
    ctx.record(added, { itemId });
    return { itemId };
  },
});
`;

const storeOf = (name: string) => `import type { Tx } from '#platform/server/db.ts';

export async function insertItem(tx: Tx, item: { id: string; label: string; added_by: string; added_at: Date }) {
  await tx.insertInto('${name}_item').values(item).execute();
}
export function listItems(tx: Tx, { before, limit }: { before: string | undefined; limit: number }) {
  return tx
    .selectFrom('${name}_item')
    .select(['id', 'label', 'added_by', 'added_at'])
    .$if(before !== undefined, (query) =>
      query.where('ordinal', '<', (item) => item.selectFrom('${name}_item').select('ordinal').where('id', '=', before!)),
    )
    .orderBy('ordinal', 'desc')
    .limit(limit)
    .execute();
}
`;

const storyOf = (name: string) => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client } from '@underseal/contract';
import { startHouse } from '#testing/house.ts';
import { ${name} } from '../contract.ts';

test('what was added is listed, page by page, newest first', async () => {
  const house = await startHouse();
  const ann = await house.hire('Ann', ['employee']);
  // Until a role in features/people/contract.ts has these permissions, nobody has them.
  const asked = client(${name}, house.sendAs({ ...ann.actor, permissions: new Set(['${name}:list', '${name}:add']) }));
  for (const label of ['one', 'two', 'three']) await asked.add({ label });
  const first = await asked.list({ limit: 2 });
  const second = await asked.list({ limit: 2, cursor: first.next! });
  assert.deepEqual(
    [...first.items, ...second.items].map((item) => item.label),
    ['three', 'two', 'one'],
  );
  assert.equal(second.next, null);
  await assert.rejects(ann.on(${name}).list({}), { code: 'platform.not_permitted' });
});
`;

const migrationOf = (name: string) => `-- What must stay secret is sealed before it is stored (services.keys); rows that give power carry a seal.
create table ${name}_item (
  ordinal bigint generated always as identity primary key,
  id text not null unique,
  label text not null,
  added_by text not null references people_person (id),
  added_at timestamptz not null
);
`;

function joined(text: string, name: string): string {
  const withImport = text.replace(/(?=import type \{ Feature \})/, `import { ${name}Feature } from '#features/${name}/server/index.ts';\n`);
  const all = withImport.replace(/(allFeatures = \[[^\]]*?)(,?\s*\])/, `$1, ${name}Feature]`);
  if (!all.includes(`, ${name}Feature]`)) throw new Error('Cannot make the feature: apps/server/features.ts has no list of features to join');
  return all;
}

if (import.meta.main) {
  const root = path.resolve(import.meta.dirname, '..');
  try {
    for (const file of makeFeature(root, process.argv[2] ?? '')) console.log(`written  ${file}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
  for (const [what, ...args] of [
    ['table types', 'tools/db-types.ts'],
    ['docs', 'tools/docs.ts'],
    ['graph', 'tools/check-imports.ts', '--write'],
    ['format', 'tools/fmt.ts'],
  ] as const) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    console.log(`${status === 0 ? 'renewed ' : 'FAILED  '} ${what}`);
    if (status !== 0) process.exitCode = 1;
  }
  console.log(`\nNext: say what ${process.argv[2]} does in its contract, and give its permissions to roles in features/people/contract.ts.`);
}
