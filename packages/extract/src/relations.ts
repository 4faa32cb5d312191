import { decodeEntities } from './entities.ts';
import { attribute, attributesOf } from './markup.ts';

/** The entries of an Office file that are XML, decoded, by name. */
export type XmlEntries = ReadonlyMap<string, string>;

export type Files = { entries: XmlEntries; rest: Set<string>; main: string };

export type Relation = { readonly target: string; readonly type: string };

/** Relations of a part, by id; their targets are names of entries. */
export function relations(entries: XmlEntries, part: string): Map<string, Relation> {
  const slash = part.lastIndexOf('/');
  const folder = part.slice(0, slash + 1);
  const xml = entries.get(`${folder}_rels/${part.slice(slash + 1)}.rels`);
  const targets = new Map<string, Relation>();
  for (const match of (xml ?? '').matchAll(/<(?:\w+:)?Relationship\s([^<>]*)>/g)) {
    const target = decodeEntities(attribute(match[1]!, 'Target') ?? '');
    targets.set(attribute(match[1]!, 'Id') ?? '', { target: resolve(folder, target), type: attribute(match[1]!, 'Type') ?? '' });
  }
  return targets;
}

function resolve(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const steps = folder.split('/').slice(0, -1);
  for (const step of target.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

export type Listed = { readonly name: string; readonly label: string | undefined; readonly isVeiled: boolean };

/** Entries that a list in the main part names by relation, in its order; then those that are there and not listed. */
export function inOrder(files: Files, element: string, pattern: RegExp): Listed[] {
  const targets = relations(files.entries, files.main);
  const listed: Listed[] = [];
  const seen = new Set<string>();
  for (const match of (files.entries.get(files.main) ?? '').matchAll(new RegExp(`<(?:\\w+:)?${element}\\s([^<>]*)>`, 'g'))) {
    const id = [...attributesOf(match[1]!)].find(([name, value]) => name.endsWith(':id') && targets.has(value))?.[1];
    const name = id === undefined ? undefined : targets.get(id)?.target;
    if (name === undefined || !files.entries.has(name) || seen.has(name)) continue;
    seen.add(name);
    const label = attribute(match[1]!, 'name');
    const isVeiled = /^(?:hidden|veryHidden)$/.test(attribute(match[1]!, 'state') ?? '');
    listed.push({ name, label: label === undefined ? undefined : decodeEntities(label), isVeiled });
  }
  const unlisted = [...files.rest].filter((name) => pattern.test(name) && !seen.has(name));
  unlisted.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return [...listed, ...unlisted.map((name) => ({ name, label: undefined, isVeiled: false }))];
}
