import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { checkDocument, checkTree } from './check-imports.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'underseal-imports-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A tree that keeps all rules; what follows breaks one of them at a time. */
const SOUND = {
  'apps/server/main.ts': `import { b } from '#features/b/server/index.ts'; export const read = [b, process.env];`,
  'apps/web/main.tsx': `import { Page } from '#features/b/web/Page.tsx'; export const page = <Page />;`,
  'features/a/contract.ts': `import * as z from 'zod'; import { read } from '@underseal/contract'; export const a = [z, read];`,
  'features/a/server/index.ts': `import { find } from './store.ts'; import { config } from '#platform/server/config.ts'; export const a = [find, config];`,
  'features/a/server/store.ts': `export const find = (tx, sql) => [tx.selectFrom('a_thing as t').innerJoin('a_other', 'x', 'y'), sql\`select from a_thing\`];`,
  'features/a/server/testing.ts': `export const hire = 1;`,
  'features/b/contract.ts': `import { a } from '../a/contract.ts'; export const b = a;`,
  'features/b/server/index.ts': `import { a } from '#features/a/server/index.ts'; import { list } from './store.ts'; export const b = [a, list];`,
  'features/b/server/store.ts': `export const list = (tx) => tx.selectFrom('a_pub_thing');`,
  'features/b/server/b.test.ts': `import { hire } from '#features/a/server/testing.ts'; import '#testing/house.ts'; export const t = [hire, process.env, 'select from a_thing'];`,
  'features/b/web/Page.tsx': `import { b } from '../contract.ts'; export const Page = () => <p>{b}</p>;`,
  'features/b/cli.ts': `import { b } from './contract.ts'; export const list = b;`,
  'platform/server/config.ts': `import { tree } from '@underseal/ledger'; export const config = [tree, process.env];`,
  'platform/server/migrations/0001-b-list.sql': 'create view b_pub_list as select from a_pub_thing;',
  'packages/contract/src/index.ts': `import * as z from 'zod'; export const read = z;`,
  'packages/ledger/src/index.ts': `import { sha256 } from '@noble/hashes/sha2.js'; export const tree = (text: string) => [sha256, new Date(text), Date.parse(text), { Date: 1 }.Date];`,
  'packages/ledger/test/tree.test.ts': `import fs from 'node:fs'; export const t = [fs, Date.now()];`,
};

test('a sound tree has no breach, and its graph names who knows whom', () => {
  plant(SOUND);
  const { breaches, graph } = checkTree(root);
  assert.deepEqual(breaches, []);
  assert.match(graph, / {2}b --> a\n/);
  assert.match(graph, /1\. a\n2\. b$/);
});

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly why: RegExp;
}
const CASES: readonly Case[] = [
  {
    name: 'a package knows the platform',
    files: { 'packages/ledger/src/x.ts': `export * from '#platform/server/config.ts';` },
    why: /packages may not know platform/,
  },
  {
    name: 'the platform knows a feature',
    files: { 'platform/server/x.ts': `import type { a } from '#features/a/contract.ts';` },
    why: /platform may not know features/,
  },
  { name: 'a feature knows an app', files: { 'features/a/server/x.ts': `const x = await import('#apps/server/main.ts');` }, why: /features may not know apps/ },
  {
    name: 'a type is imported upward',
    files: { 'platform/server/x.ts': `type X = import('../../apps/server/main.ts').X;` },
    why: /platform may not know apps/,
  },
  {
    name: 'a program beside it is imported upward',
    files: { 'platform/server/x.ts': `new URL('../../apps/server/main.ts', import.meta.url);` },
    why: /platform may not know apps/,
  },
  { name: 'the product knows the tests', files: { 'features/a/server/x.ts': `import '#testing/house.ts';` }, why: /features may not know outside/ },
  { name: 'the product knows a feature of tests', files: { 'features/b/server/x.ts': `import '../../b/server/testing.ts';` }, why: /only tests use/ },
  { name: 'an import is computed', files: { 'features/a/server/x.ts': `const x = await import('./' + name);` }, why: /by a literal/ },
  { name: 'a package is entered beside its door', files: { 'platform/server/x.ts': `import '../../packages/ledger/src/tree.ts';` }, why: /by its name only/ },
  { name: 'a package reads files', files: { 'packages/ledger/src/x.ts': `import 'node:fs';` }, why: /no node:fs/ },
  { name: 'a package has a library of its own', files: { 'packages/ledger/src/x.ts': `import 'zod';` }, why: /libraries as arguments: no zod/ },
  { name: 'a package has a clock', files: { 'packages/ledger/src/x.ts': `export const now = Date.now();` }, why: /no clock/ },
  { name: 'a package makes the present instant', files: { 'packages/ledger/src/x.ts': `export const now = new Date();` }, why: /no clock/ },
  { name: 'a package hands a clock on', files: { 'packages/ledger/src/x.ts': `const D = Date;` }, why: /no clock/ },
  { name: 'a package has chance', files: { 'packages/ledger/src/x.ts': `export const x = Math.random();` }, why: /no chance/ },
  {
    name: 'a feature enters another by its store',
    files: { 'features/b/server/x.ts': `import '#features/a/server/store.ts';` },
    why: /contract\.ts or server\/index\.ts only/,
  },
  {
    name: 'a test enters another feature by its store',
    files: { 'features/b/server/x.test.ts': `import '../../a/server/store.ts';` },
    why: /contract\.ts or server\/index\.ts only/,
  },
  {
    name: 'a page enters another feature by its page',
    files: { 'features/a/web/x.tsx': `import '#features/b/web/Page.tsx';` },
    why: /contract\.ts or server\/index\.ts only/,
  },
  { name: 'features stand in a circle', files: { 'features/a/server/x.ts': `import '#features/b/contract.ts';` }, why: /a circle of features: a -> b -> a/ },
  {
    name: 'features stand in a circle by a view',
    files: { 'features/a/server/store.ts': `sql\`select from b_pub_list\`;` },
    why: /a circle of features: a -> b -> a/,
  },
  {
    name: 'features stand in a circle by a migration',
    files: { 'platform/server/migrations/0002-a-x.sql': 'select from b_pub_list;' },
    why: /a circle of features: a -> b -> a/,
  },
  { name: 'a page imports its server', files: { 'features/a/web/x.tsx': `import '../server/index.ts';` }, why: /by its contract only/ },
  { name: 'the web kit imports the server', files: { 'platform/web/x.ts': `import '../server/config.ts';` }, why: /by its contract only/ },
  { name: 'the command line of a feature imports its server', files: { 'features/a/cli.ts': `import './server/index.ts';` }, why: /by its contract only/ },
  { name: 'a contract imports more than contracts', files: { 'features/a/contract.ts': `import './rules.ts';` }, why: /a contract imports only/ },
  { name: 'a feature reads the environment', files: { 'features/a/server/x.ts': `process.env.HOME;` }, why: /read the environment/ },
  { name: 'the environment is read by index', files: { 'features/a/server/x.ts': `process['env'];` }, why: /read the environment/ },
  { name: 'the environment is unpacked', files: { 'apps/server/server.ts': `const { env } = process;` }, why: /read the environment/ },
  { name: 'the environment is imported', files: { 'apps/server/server.ts': `import { env } from 'node:process';` }, why: /read the environment/ },
  { name: "another feature's table is read", files: { 'features/b/server/store.ts': `tx.selectFrom('a_thing as t');` }, why: /a_thing belongs to a/ },
  {
    name: "another feature's table is joined",
    files: { 'features/b/server/store.ts': `tx.selectFrom(['b_x', 'a_thing']).leftJoin('a_other', 'x', 'y');` },
    why: /a_other belongs to a/,
  },
  {
    name: "another feature's table is in a template",
    files: { 'features/b/server/store.ts': 'sql`select 1 from b_x join a_thing t on ${x}`;' },
    why: /a_thing belongs to a/,
  },
  { name: "another feature's table is in a text", files: { 'platform/server/x.ts': `client.query('UPDATE a_thing set x = 1');` }, why: /a_thing belongs to a/ },
  { name: "another feature's row is a type", files: { 'features/b/server/x.ts': `type X = Row<'a_thing'>;` }, why: /a_thing belongs to a/ },
  { name: 'a table is named beside the store', files: { 'features/a/server/index.ts': `tx.deleteFrom('a_thing');` }, why: /in the feature's store only/ },
  { name: 'the platform reads a view', files: { 'platform/server/x.ts': `tx.selectFrom('a_pub_thing');` }, why: /a_pub_thing belongs to a/ },
  { name: 'a folder says nothing', files: { 'features/a/utils/x.ts': '' }, why: /"utils" says nothing/ },
  { name: 'a file says nothing', files: { 'platform/server/helpers.ts': '' }, why: /"helpers\.ts" says nothing/ },
];

for (const { name, files, why } of CASES) {
  test(`refused: ${name}`, () => {
    plant({ ...SOUND, ...files });
    const { breaches } = checkTree(root);
    assert.ok(
      breaches.some((breach) => why.test(breach.why)),
      `found only ${JSON.stringify(breaches)}`,
    );
    assert.ok(breaches.every(({ at }) => Object.keys(files).some((file) => at.startsWith(file)) || at === 'features/a'));
  });
}

test('a breach is found at its line', () => {
  plant({ ...SOUND, 'features/a/server/x.ts': `\n\nimport '#apps/server/main.ts';` });
  assert.deepEqual(
    checkTree(root).breaches.map(({ at }) => at),
    ['features/a/server/x.ts:3'],
  );
});

test('the document shows the graph, is written when asked, and a stale one is a breach', () => {
  plant({ ...SOUND, 'docs/architecture.md': 'before\n<!-- graph -->\nold\n<!-- /graph -->\nafter\n' });
  const { graph } = checkTree(root);
  assert.equal(checkDocument(root, graph, false).length, 1);
  assert.deepEqual(checkDocument(root, graph, true), []);
  assert.deepEqual(checkDocument(root, graph, false), []);
  const text = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
  assert.ok(text.startsWith('before\n') && text.endsWith('\nafter\n') && text.includes(graph) && !text.includes('old'));
  plant({ 'docs/architecture.md': 'no marks' });
  assert.match(checkDocument(root, graph, true)[0]!.why, /has no/);
});

test('this checkout keeps its rules', () => {
  assert.deepEqual(checkTree(path.resolve(import.meta.dirname, '..')).breaches, []);
});
