import { enterLook, leaveLooks, type Look } from './looks.ts';
import type { Tag } from './tag.ts';

/** The elements that are open at a place of a page, nearly as browsers have them. The rarer rules (tables, formatting across blocks) are not followed. */
export type Elements = { readonly open: string[]; readonly counts: Map<string, number>; readonly looks: Look[] };

const VOID = new Set('area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr'.split(' '));
const ENDS_PARAGRAPH = new Set(
  (
    'address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p ' +
    'plaintext pre search section summary table ul xmp'
  ).split(' '),
);
/** An end tag inside one of these does not reach what is around it. */
const SPECIAL = new Set([
  ...ENDS_PARAGRAPH,
  ...'applet body button caption colgroup html iframe marquee object select table tbody td template tfoot th thead tr'.split(' '),
]);
const SCOPES = new Set('applet caption html marquee object table td template th'.split(' '));
/** Which open elements the start of one ends, and what keeps it from doing so. */
const ENDS: Readonly<Record<string, readonly [ends: string, within: string]>> = {
  li: ['li', 'ul ol menu'],
  dd: ['dd dt', 'dl'],
  dt: ['dd dt', 'dl'],
  option: ['option', 'select datalist'],
  optgroup: ['optgroup', 'select'],
  tr: ['tr', 'table'],
  td: ['td th', 'tr table'],
  th: ['td th', 'tr table'],
  tbody: ['tbody thead tfoot', 'table'],
  thead: ['tbody thead tfoot', 'table'],
  tfoot: ['tbody thead tfoot', 'table'],
};
/** Browsers nest no deeper. */
const MAX_OPEN = 512;

export function startElements(): Elements {
  return { open: [], counts: new Map(), looks: [] };
}

export function isForeign({ counts }: Elements): boolean {
  return (counts.get('svg') ?? 0) + (counts.get('math') ?? 0) > 0;
}

export function openElement(elements: Elements, tag: Tag): void {
  const { name } = tag;
  if (ENDS_PARAGRAPH.has(name)) endWithin(elements, 'p', 'button table td th caption object');
  const ends = ENDS[name];
  if (ends) endWithin(elements, ...ends);
  if (VOID.has(name) || (tag.isSelfClosing && isForeign(elements)) || elements.open.length >= MAX_OPEN) return;
  elements.open.push(name);
  elements.counts.set(name, (elements.counts.get(name) ?? 0) + 1);
  enterLook(elements.looks, { depth: elements.open.length, name, attributes: tag.attributes });
}

export function closeElement(elements: Elements, name: string): void {
  if ((elements.counts.get(name) ?? 0) === 0) return;
  const bounds = SPECIAL.has(name) ? SCOPES : SPECIAL;
  for (let i = elements.open.length - 1; i >= 0; i--) {
    if (elements.open[i] === name) return closeTo(elements, i);
    if (bounds.has(elements.open[i]!)) return;
  }
}

function endWithin(elements: Elements, ends: string, within: string): void {
  const names = ends.split(' ');
  if (names.every((name) => (elements.counts.get(name) ?? 0) === 0)) return;
  const bounds = within.split(' ');
  for (let i = elements.open.length - 1; i >= 0; i--) {
    if (names.includes(elements.open[i]!)) return closeTo(elements, i);
    if (bounds.includes(elements.open[i]!)) return;
  }
}

function closeTo(elements: Elements, length: number): void {
  for (const name of elements.open.splice(length)) elements.counts.set(name, elements.counts.get(name)! - 1);
  leaveLooks(elements.looks, length);
}
