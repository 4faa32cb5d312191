/** Which feature knows which: by import, or by the views that another publishes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Source } from './read.ts';
import { viewsReadBy, type Breach } from './rules.ts';

export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function readGraph(root: string, sources: readonly Source[]): Graph {
  const graph = new Map<string, Set<string>>();
  const features = new Set(sources.flatMap(({ layer, part }) => (layer === 'features' && part ? [part] : [])));
  for (const name of [...features].sort()) graph.set(name, new Set());
  const knows = (from: string, to: string | undefined) => {
    if (to !== undefined && to !== from && features.has(to)) graph.get(from)!.add(to);
  };
  for (const source of sources) {
    if (source.layer !== 'features' || source.isTest) continue;
    for (const { path: target } of source.imports) if (target?.startsWith('features/')) knows(source.part!, target.split('/')[1]);
    for (const { feature } of viewsReadBy(source)) knows(source.part!, feature);
  }
  for (const { feature, text } of readMigrations(root, features)) for (const [, other] of text.matchAll(/\b([a-z]+)_pub_[a-z]/g)) knows(feature, other);
  return graph;
}

/** A migration `NNNN-<feature>-<what>.sql` belongs to the feature it names. */
function readMigrations(root: string, features: ReadonlySet<string>): { feature: string; text: string }[] {
  const folder = path.join(root, 'platform/server/migrations');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const feature = /^\d+-([a-z]+)/.exec(name)?.[1];
    return feature && features.has(feature) ? [{ feature, text: readFileSync(path.join(folder, name), 'utf8') }] : [];
  });
}

/** Features from the ground up: each stands on those before it. What is in a circle, or above one, has no level and is left out. */
export function levelsOf(graph: Graph): string[][] {
  const levels: string[][] = [];
  const placed = new Set<string>();
  for (;;) {
    const next = [...graph].filter(([name, known]) => !placed.has(name) && [...known].every((one) => placed.has(one))).map(([name]) => name);
    if (next.length === 0) return levels;
    levels.push(next);
    for (const name of next) placed.add(name);
  }
}

export function findCircles(graph: Graph): Breach[] {
  const circles = new Map<string, string[]>();
  const visit = (name: string, trail: readonly string[]) => {
    const at = trail.indexOf(name);
    if (at >= 0) {
      const circle = trail.slice(at);
      const first = circle.indexOf([...circle].sort()[0]!);
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      circles.set(turned.join(), turned);
      return;
    }
    for (const next of graph.get(name) ?? []) visit(next, [...trail, name]);
  };
  for (const name of graph.keys()) visit(name, []);
  return [...circles.values()].map((circle) => ({ at: `features/${circle[0]}`, why: `a circle of features: ${[...circle, circle[0]].join(' -> ')}` }));
}

/** For docs/architecture.md: a diagram, and the same in words. */
export function drawGraph(graph: Graph): string {
  const arrows = [...graph].flatMap(([name, known]) => (known.size === 0 ? [`  ${name}`] : [...known].sort().map((one) => `  ${name} --> ${one}`)));
  const levels = levelsOf(graph).map((names, level) => `${level + 1}. ${names.join(', ')}`);
  return ['```mermaid', 'graph TD', ...arrows, '```', '', 'From the ground up:', '', ...levels].join('\n');
}
