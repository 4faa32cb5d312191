import { decodeEntities } from './entities.ts';
import { withoutBetween } from './markup.ts';

/** What a piece of a text is: not shown; shown too small or too pale to be read; shown, and yet not of the text that is content. */
export const CONCEALED = 1;
export const FAINT = 2;
export const EXTRA = 4;

/** As it is shown, and the same without what hardly anybody sees. */
export const asShown = [
  { leaves: CONCEALED, when: CONCEALED | EXTRA },
  { leaves: CONCEALED | FAINT, when: FAINT },
] as const;

/** How text looks from an element on, down to its end. */
export type Look = { readonly depth: number; readonly gone: boolean; readonly unseen: boolean; readonly sizeless: boolean; readonly faint: boolean };

/** Elements that browsers do not show, or not as long as they can do better. */
const UNSHOWN = new Set('title template datalist noscript rp canvas audio video desc metadata style script'.split(' '));
const SIGNS = /style|hidden|display|visibility|size|opacity|color|fill/i;
const PALE = /^(?:white|transparent|#f{3,4}|#f{6}(?:f{2})?|#[0-9a-f]{3}0|#[0-9a-f]{6}00|rgba?\(\s*255\s*,\s*255\s*,\s*255\s*\)|rgba\([^)]*,\s*0\s*\))$/;
const TINY = 2;

/** Notes an element that changes how what is inside it looks. Only what stands at the element itself is known, not what a stylesheet says. */
export function enterLook(looks: Look[], element: { depth: number; name: string; attributes: Iterable<readonly [name: string, raw: string]> }): void {
  const before = looks.at(-1) ?? { depth: 0, gone: false, unseen: false, sizeless: false, faint: false };
  const styles = new Map<string, string>();
  let isHidden = UNSHOWN.has(element.name);
  let isOpen = false;
  for (const [name, raw] of element.attributes) {
    if (name === 'open') isOpen = true;
    if (!SIGNS.test(name)) continue;
    if (name === 'hidden') isHidden = true;
    else if (name === 'style') for (const [property, value] of declarations(decodeEntities(raw))) styles.set(property, value);
    else if (!styles.has(name)) styles.set(name, decodeEntities(raw).trim().toLowerCase());
  }
  if (element.name === 'dialog' && !isOpen) isHidden = true;
  if (!isHidden && styles.size === 0) return;
  const display = styles.get('display');
  const visibility = styles.get('visibility');
  const size = sizeOf(styles);
  const color = styles.get('color') ?? styles.get('fill');
  looks.push({
    depth: element.depth,
    gone: before.gone || (display === undefined ? isHidden : display === 'none') || Number.parseFloat(styles.get('opacity') ?? '1') === 0,
    unseen: visibility === undefined || visibility === 'inherit' ? before.unseen : visibility === 'hidden' || visibility === 'collapse',
    sizeless: size === null ? before.sizeless : size === 0,
    faint: (color === undefined ? before.faint : PALE.test(color)) || (size !== null && size > 0 && size <= TINY),
  });
}

/** Forgets the elements that lie deeper. */
export function leaveLooks(looks: Look[], depth: number): void {
  while (looks.length > 0 && looks.at(-1)!.depth > depth) looks.pop();
}

export function bitsOf(looks: readonly Look[]): number {
  const look = looks.at(-1);
  if (look === undefined) return 0;
  return look.gone || look.unseen || look.sizeless ? CONCEALED : look.faint ? FAINT : 0;
}

/** Zero, a size in points or pixels, or null where it is that of the element around, or told by it. */
function sizeOf(styles: ReadonlyMap<string, string>): number | null {
  const size = styles.get('font-size') ?? /(?:^|\s)([\d.]+[a-z%]*)(?:\/|\s|$)/.exec(styles.get('font')?.slice(0, 200) ?? '')?.[1];
  if (size === undefined) return null;
  const number = Number.parseFloat(size);
  if (number === 0) return 0;
  return Number.isNaN(number)
    ? /^(?:inherit|smaller|larger|unset)$/.test(size)
      ? null
      : 16
    : /(?:em|%|ex|ch)$/.test(size) && !size.endsWith('rem')
      ? null
      : number;
}

/** Properties of a style attribute. What is said to be important is not taken back by what follows. */
function* declarations(style: string): Generator<[property: string, value: string]> {
  const important: [string, string][] = [];
  for (const declaration of withoutEscapes(withoutBetween(style, '/*', '*/'))
    .toLowerCase()
    .split(';')) {
    const colon = declaration.indexOf(':');
    if (colon === -1) continue;
    const mark = declaration.lastIndexOf('!');
    const pair: [string, string] = [declaration.slice(0, colon).trim(), declaration.slice(colon + 1, mark > colon ? mark : undefined).trim()];
    if (!SIGNS.test(pair[0]) && pair[0] !== 'font') continue;
    if (mark > colon) important.push(pair);
    else yield pair;
  }
  yield* important;
}

function withoutEscapes(style: string): string {
  if (!style.includes('\\')) return style;
  return style.replace(/\\(?:([0-9a-fA-F]{1,6})\s?|([^]))/g, (_, hex, char) => char ?? String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex, 16))));
}
