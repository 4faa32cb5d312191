import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Page = { readonly name: string; readonly text: string };

const MODULES = new URL('../../../node_modules/', import.meta.url).pathname;

/** Real English prose that is on every developer's machine: the README of each package installed, as it stands. */
export function readmes(max: number): Page[] {
  const pages: Page[] = [];
  for (const name of packageFolders()) {
    const file = readdirSync(join(MODULES, name)).find((entry) => /^readme(\.md)?$/i.test(entry));
    if (file === undefined || statSync(join(MODULES, name, file)).size < 2_000) continue;
    pages.push({ name, text: readFileSync(join(MODULES, name, file), 'utf8') });
    if (pages.length === max) break;
  }
  return pages;
}

/** Only their running text, without badges, links, code and licences, and of each family of packages (one author, one template) only the longest. */
export function proseOfReadmes(): Page[] {
  const families = new Map<string, Page>();
  for (const { name, text } of readmes(1_000)) {
    const paragraphs = text
      .replace(/^```[^]*?^```/gm, '')
      .split(/\n\s*\n/)
      .filter((paragraph) => paragraph.length > 100 && !/https?:|<\w|\]\(|\]\[|licen[cs]e|warrant|permission|^\s*[|#*-]|^ {4}/im.test(paragraph));
    const page = { name, text: paragraphs.join('\n\n') };
    const family = name.replace(/^@/, '').split(/[-/]/)[0]!;
    if (page.text.length > (families.get(family)?.text.length ?? 600)) families.set(family, page);
  }
  return [...families.values()];
}

function packageFolders(): string[] {
  return readdirSync(MODULES)
    .toSorted()
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(MODULES, name)).map((inner) => `${name}/${inner}`) : [name]))
    .filter((name) => !name.startsWith('.') && !name.startsWith('@underseal') && statSync(join(MODULES, name)).isDirectory());
}
