/** Who may import whom, and who may touch what: docs/architecture.md says it to people, this holds it. */
import { isComputed, isTest, layerOf, partOf, textOf, type Import, type Layer, type Node, type Source } from './read.ts';

export interface Breach {
  readonly at: string;
  readonly why: string;
}

const HEIGHT: Record<Layer, number> = { outside: 4, apps: 3, features: 2, platform: 1, packages: 0 };
/** Libraries that a package may use: pure ones, that run anywhere. All others come in as arguments. */
const PACKAGE_LIBRARIES: Record<string, RegExp> = { contract: /^zod$/ };
const ANY_PACKAGE = /^@noble\/hashes(\/|$)/;
/** `parent.ts` reads the number of the pipe that the launcher left open for it. */
const READS_ENVIRONMENT = /^apps\/[^/]+\/main\.ts$|^platform\/server\/(config|parent)\.ts$/;
const BAD_NAME = /^(utils?|shared|common|helpers?|managers?)(\.[a-z]+)?$/i;

export function findBreaches(sources: readonly Source[]): Breach[] {
  const features = new Set(sources.flatMap(({ layer, part }) => (layer === 'features' && part ? [part] : [])));
  return sources.flatMap((source) => {
    const found: Breach[] = [];
    const add = (line: number, why: string) => found.push({ at: `${source.path}:${line}`, why });
    checkName(source, add);
    for (const one of source.imports) checkImport(source, one, add);
    if (!source.isTest) {
      source.walk((node, parent) => {
        if (source.layer === 'packages') checkPure(node, parent, (why) => add(source.lineOf(node), why));
        if (readsEnvironment(node) && !READS_ENVIRONMENT.test(source.path))
          add(source.lineOf(node), "only apps' main.ts and platform/server/config.ts read the environment");
        for (const table of tablesNamedBy(node)) checkTable(source, table, features, (why) => add(source.lineOf(node), why));
      });
    }
    return found;
  });
}

type Add = (line: number, why: string) => void;

function checkName({ path }: Source, add: Add) {
  const bad = path.split('/').find((name) => BAD_NAME.test(name));
  if (bad) add(1, `"${bad}" says nothing: name it by what it is`);
}

function checkImport(source: Source, one: Import, add: Add) {
  const { path: target, line } = one;
  if (isComputed(one)) return source.isTest ? undefined : add(line, 'an import names its module by a literal, so that it can be checked');
  if (!source.isTest) checkLibraries(source, one, add);
  checkContract(source, one, add);
  if (target === undefined) return;
  const [from, to] = [source.layer, layerOf(target)];
  if (!source.isTest) {
    if (HEIGHT[to] > HEIGHT[from]) add(line, `${from} may not know ${to}: imports go downward only (${one.name})`);
    else if (isTest(target)) add(line, `what only tests use is not for the product (${one.name})`);
    if (isFront(source.path) && target.split('/').includes('server')) add(line, `web and command line reach the server by its contract only (${one.name})`);
  }
  if (to === 'features' && from === 'features' && partOf(target) !== source.part && !isDoor(target, source.isTest))
    add(line, `a feature enters another by contract.ts or server/index.ts only (${one.name})`);
  if (to === 'packages' && (from !== 'packages' || partOf(target) !== source.part) && !source.isTest && !/^packages\/[^/]+\/src\/index\.ts$/.test(target))
    add(line, `a package is entered by its name only (${one.name})`);
}

function isFront(file: string): boolean {
  return file.startsWith('apps/web/') || file.startsWith('platform/web/') || /^features\/[^/]+\/(web\/|cli\.ts$)/.test(file);
}
function isDoor(target: string, forTest: boolean): boolean {
  const inside = target.split('/').slice(2).join('/');
  return inside === 'contract.ts' || inside === 'server/index.ts' || (forTest && inside === 'server/testing.ts');
}

function checkLibraries({ layer, part }: Source, { name, path, line }: Import, add: Add) {
  if (layer !== 'packages' || path !== undefined) return;
  if (name.startsWith('node:')) add(line, `a package runs anywhere: no ${name}`);
  else if (!ANY_PACKAGE.test(name) && !PACKAGE_LIBRARIES[part!]?.test(name)) add(line, `a package takes libraries as arguments: no ${name}`);
}

function checkContract({ path: file }: Source, { name, path: target, line }: Import, add: Add) {
  if (!/^features\/[^/]+\/contract\.ts$/.test(file)) return;
  if (name === 'zod' || name === '@underseal/contract' || (target && /^features\/[^/]+\/contract\.ts$/.test(target))) return;
  add(line, `a contract imports only zod, @underseal/contract and other contracts (${name})`);
}

/** The clock and chance come in as arguments. Reading or writing a given instant is neither. */
function checkPure(node: Node, parent: Node | undefined, add: (why: string) => void) {
  if (node.type === 'MemberExpression' && isNamed(node['object'], 'Math') && isNamed(node['property'], 'random'))
    return add('a package has no chance: no Math.random');
  if (!isNamed(node, 'Date') || !parent) return;
  const member = parent.type === 'MemberExpression' ? parent : undefined;
  if (member && member['property'] === node && !member['computed']) return;
  if (parent.type === 'Property' && parent['key'] === node && !parent['shorthand']) return;
  if (parent.type.startsWith('TS')) return;
  const given = parent.type === 'NewExpression' && parent['callee'] === node && (parent['arguments'] as Node[]).length > 0;
  const pure = member && member['object'] === node && ['parse', 'UTC', 'prototype'].some((name) => isNamed(member['property'], name));
  if (!given && !pure) add('a package has no clock: no Date that is not given its instant');
}

function readsEnvironment(node: Node): boolean {
  if (node.type === 'MemberExpression')
    return isNamed(node['object'], 'process') && (isNamed(node['property'], 'env') || textOf(node['property'] as Node) === 'env');
  if (node.type === 'VariableDeclarator')
    return isNamed(node['init'], 'process') && ((node['id'] as Node)['properties'] as Node[] | undefined)?.some((one) => isNamed(one['key'], 'env')) === true;
  if (node.type !== 'ImportDeclaration' || !/^(node:)?process$/.test(textOf(node['source'] as Node) ?? '')) return false;
  return (node['specifiers'] as Node[]).some((one) => isNamed(one['imported'], 'env'));
}

const TABLE_CALL = /^(selectFrom|insertInto|updateTable|deleteFrom|mergeInto|replaceInto|using|from|table|(inner|left|right|full|cross)Join(Lateral)?)$/;
const TABLE_IN_SQL = /\b(?:from|join|into|update|table|only|using|truncate|copy)\s+(?:public\.)?"?([a-z]+_[a-z_]+)/gi;

/** Tables in the calls of the query builder, in the types of their rows, and in SQL text. */
function tablesNamedBy(node: Node): string[] {
  if (node.type === 'CallExpression') {
    const callee = node['callee'] as Node;
    const name = callee.type === 'MemberExpression' ? (callee['property'] as Node)['name'] : undefined;
    if (typeof name !== 'string' || !TABLE_CALL.test(name)) return [];
    return [(node['arguments'] as Node[])[0] ?? []]
      .flat()
      .flatMap((one) => (one.type === 'ArrayExpression' ? (one['elements'] as Node[]) : [one]))
      .flatMap(firstWord);
  }
  if (node.type === 'TSTypeReference' && isNamed(node['typeName'], 'Row'))
    return (((node['typeArguments'] as Node | null)?.['params'] ?? []) as Node[]).flatMap((one) =>
      one.type === 'TSLiteralType' ? firstWord(one['literal'] as Node) : [],
    );
  const text = node.type === 'TemplateElement' ? (node['value'] as { raw: string }).raw : node.type === 'Literal' ? textOf(node) : undefined;
  return text ? [...text.matchAll(TABLE_IN_SQL)].map(([, table]) => table!.toLowerCase()) : [];
}
function firstWord(node: Node): string[] {
  const word = textOf(node)?.split(/[\s.]/)[0];
  return word ? [word] : [];
}

function checkTable(source: Source, table: string, features: ReadonlySet<string>, add: (why: string) => void) {
  const owner = table.split('_')[0]!;
  if (!features.has(owner)) return;
  if (isView(table) && HEIGHT[source.layer] >= HEIGHT.features) return;
  if (source.part !== owner) add(`${table} belongs to ${owner}: only its store may name it`);
  else if (!/\/server\/([a-z-]+-)?store\.ts$/.test(source.path)) add(`${table} is named in the feature's store only`);
}
export function isView(table: string): boolean {
  return table.split('_')[1] === 'pub';
}

/** Features whose published views a file reads: a dependency like an import. */
export function viewsReadBy(source: Source): { feature: string; line: number }[] {
  const found: { feature: string; line: number }[] = [];
  source.walk((node) => {
    for (const table of tablesNamedBy(node)) if (isView(table)) found.push({ feature: table.split('_')[0]!, line: source.lineOf(node) });
  });
  return found;
}

function isNamed(node: unknown, name: string): boolean {
  const { type, name: own } = (node ?? {}) as Partial<Node>;
  return type === 'Identifier' && own === name;
}
