// Holds the rules of who may import whom. `--graph` prints the graph of features; `--write` puts it into docs/architecture.md, which otherwise must have it already.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawGraph, findCircles, readGraph } from './imports/graph.ts';
import { readSources } from './imports/read.ts';
import { findBreaches, type Breach } from './imports/rules.ts';

export function checkTree(root: string): { breaches: Breach[]; graph: string } {
  const sources = readSources(root);
  const graph = readGraph(root, sources);
  return { breaches: [...findBreaches(sources), ...findCircles(graph)], graph: drawGraph(graph) };
}

const DOCUMENT = 'docs/architecture.md';
const MARKED = /(<!-- graph -->\n)[^]*?(<!-- \/graph -->)/;

/** What keeps the document from showing the graph as it is; with `write`, puts it right. */
export function checkDocument(root: string, graph: string, write: boolean): Breach[] {
  const file = path.join(root, DOCUMENT);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  if (!MARKED.test(text)) return [{ at: DOCUMENT, why: 'it has no <!-- graph --> and <!-- /graph -->' }];
  const wanted = text.replace(MARKED, (_, open: string, close: string) => `${open}\n${graph}\n\n${close}`);
  if (wanted === text) return [];
  if (!write) return [{ at: DOCUMENT, why: 'its graph of features is not what the code says: node run.mjs tools/check-imports.ts --write' }];
  writeFileSync(file, wanted);
  return [];
}

if (import.meta.main) {
  const root = path.resolve(import.meta.dirname, '..');
  const { breaches, graph } = checkTree(root);
  if (process.argv.includes('--graph')) console.log(graph);
  const all = [...breaches, ...checkDocument(root, graph, process.argv.includes('--write'))];
  for (const { at, why } of all) console.error(`${at}  ${why}`);
  if (all.length > 0) console.error(`\n${all.length} breaches of the rules of imports`);
  process.exitCode = all.length > 0 ? 1 : 0;
}
