import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Page = { readonly name: string; readonly text: string };

const MODULES = new URL('../../../node_modules/', import.meta.url).pathname;

/** Real English prose that is on every developer's machine: the README of each package installed, its licence section cut off. */
export function readmes(max: number): Page[] {
  const pages: Page[] = [];
  for (const name of packageFolders()) {
    const file = readdirSync(join(MODULES, name)).find((entry) => /^readme(\.md)?$/i.test(entry));
    if (file === undefined || statSync(join(MODULES, name, file)).size < 2_000) continue;
    pages.push({ name, text: readFileSync(join(MODULES, name, file), 'utf8').replace(/^#+ *licen[sc]e[^]*/im, '') });
    if (pages.length === max) break;
  }
  return pages;
}

function packageFolders(): string[] {
  return readdirSync(MODULES)
    .toSorted()
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(MODULES, name)).map((inner) => `${name}/${inner}`) : [name]))
    .filter((name) => !name.startsWith('.') && !name.startsWith('@underseal') && statSync(join(MODULES, name)).isDirectory());
}
