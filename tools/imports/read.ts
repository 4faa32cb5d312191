/** Reads every source file once: what it imports, and what of it the rules ask about. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, visitorKeys } from 'oxc-parser';

export type Layer = 'apps' | 'features' | 'platform' | 'packages' | 'outside';
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}
export interface Import {
  /** As written. */
  readonly name: string;
  /** Path from the root for what is ours; undefined for a library. */
  readonly path: string | undefined;
  readonly line: number;
}
export interface Source {
  readonly path: string;
  readonly layer: Layer;
  /** Name of the feature or package that it belongs to. */
  readonly part: string | undefined;
  readonly isTest: boolean;
  readonly imports: readonly Import[];
  walk(visit: (node: Node, parent: Node | undefined) => void): void;
  lineOf(node: Node): number;
}

export function readSources(root: string): Source[] {
  return globSync('{apps,features,platform,packages}/**/*.{ts,tsx,mts,js,mjs}', { cwd: root, exclude: ['**/node_modules', '**/dist', '**/testdata'] })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => !name.endsWith('.d.ts'))
    .sort()
    .map((name) => readSource(root, name));
}

function readSource(root: string, name: string): Source {
  const text = readFileSync(path.join(root, name), 'utf8');
  const { program, errors } = parseSync(name, text);
  if (errors.length > 0) throw new Error(`Cannot read ${name}: ${errors[0]!.message}`);
  const lineOf = ({ start }: Node) => text.slice(0, start).split('\n').length;
  const walk: Source['walk'] = (visit) => walkNode(program as unknown as Node, undefined, visit);
  const imports: Import[] = [];
  walk((node) => {
    const wanted = importedBy(node);
    if (wanted !== undefined) imports.push({ name: wanted, path: resolveImport(wanted, name), line: lineOf(node) });
  });
  return { path: name, layer: layerOf(name), part: partOf(name), isTest: isTest(name), imports, walk, lineOf };
}

function walkNode(node: Node, parent: Node | undefined, visit: (node: Node, parent: Node | undefined) => void) {
  visit(node, parent);
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) if (child) walkNode(child as Node, node, visit);
  }
}

const COMPUTED = '(computed)';

/** The module that a node brings in: by a statement, a call, a type, or as a program beside it, `new URL('./child.ts', import.meta.url)`. */
function importedBy(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'TSImportType':
      return node['source'] ? textOf(node['source'] as Node) : undefined;
    case 'ImportExpression':
      return textOf(node['source'] as Node) ?? COMPUTED;
    case 'NewExpression': {
      const [first, base] = node['arguments'] as Node[];
      const file = (node['callee'] as Node)['name'] === 'URL' && first && base?.type === 'MemberExpression' ? textOf(first) : undefined;
      return file && /\.[mc]?[jt]sx?$/.test(file) ? `./${file}` : undefined;
    }
    default:
      return undefined;
  }
}

/** The text of a literal, or of a template without holes. */
export function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'TemplateLiteral') {
    const quasis = node['quasis'] as { value: { cooked: string } }[];
    if (quasis.length === 1) return quasis[0]!.value.cooked;
  }
  return undefined;
}

function resolveImport(name: string, from: string): string | undefined {
  if (name.startsWith('.')) return path.posix.join(path.posix.dirname(from), name);
  if (name.startsWith('#')) return name.slice(1);
  const own = /^@underseal\/([^/]+)(?:\/(.+))?$/.exec(name);
  // A package's doors besides its index are for tests: `@underseal/extract/testing`.
  return own ? `packages/${own[1]}/${own[2] ?? 'src/index.ts'}` : undefined;
}

export function layerOf(file: string): Layer {
  const [first] = file.split('/');
  return first === 'apps' || first === 'features' || first === 'platform' || first === 'packages' ? first : 'outside';
}
export function partOf(file: string): string | undefined {
  const [first, second] = file.split('/');
  return first === 'features' || first === 'packages' ? second : undefined;
}
/** Tests, and what only tests and measurements use. */
export function isTest(file: string): boolean {
  return /\.(test|walk)\.tsx?$|(^|\/)(test|testing|bench)\/|\/testing(\.ts)?$|-suite\.ts$|\/hostile\.child\.ts$/.test(file);
}
export function isComputed({ name }: Import): boolean {
  return name === COMPUTED;
}
