/** A tag of HTML as browsers cut it out of the text. */
export type Tag = {
  readonly name: string;
  readonly isClosing: boolean;
  readonly isSelfClosing: boolean;
  /** Names in lower case, values raw. */
  readonly attributes: readonly (readonly [name: string, raw: string])[];
  /** Behind its `>`; -1 if it never ends. */
  readonly end: number;
};

/** Reads the tag whose `<` stands at `lt`. A quote delimits only behind a `=`: anywhere else it is a letter of a name (HTML 13.2.5). */
export function readTag(html: string, lt: number): Tag {
  const isClosing = html.charCodeAt(lt + 1) === 47;
  const from = lt + (isClosing ? 2 : 1);
  let at = endOfName(html, from);
  const name = html.slice(from, at).toLowerCase();
  const attributes: [string, string][] = [];
  let isSelfClosing = false;
  while (at < html.length) {
    const unit = html.charCodeAt(at);
    if (unit === 62) return { name, isClosing, isSelfClosing, attributes, end: at + 1 };
    if (unit === 47 || isSpace(unit)) {
      isSelfClosing = unit === 47;
      at++;
      continue;
    }
    isSelfClosing = false;
    // A `=` that begins a name belongs to it.
    const nameEnd = endOfName(html, at + 1, true);
    const key = html.slice(at, nameEnd).toLowerCase();
    const equals = skipSpace(html, nameEnd);
    if (html.charCodeAt(equals) !== 61) {
      attributes.push([key, '']);
      at = nameEnd;
      continue;
    }
    const start = skipSpace(html, equals + 1);
    const [valueFrom, valueEnd, next] = endOfValue(html, start);
    attributes.push([key, html.slice(valueFrom, valueEnd)]);
    at = next;
  }
  return { name, isClosing, isSelfClosing, attributes, end: -1 };
}

function endOfValue(html: string, start: number): [from: number, to: number, next: number] {
  const quote = html[start];
  if (quote === '"' || quote === "'") {
    const close = html.indexOf(quote, start + 1);
    return close === -1 ? [start + 1, html.length, html.length] : [start + 1, close, close + 1];
  }
  let end = start;
  while (end < html.length && html.charCodeAt(end) !== 62 && !isSpace(html.charCodeAt(end))) end++;
  return [start, end, end];
}

function endOfName(html: string, from: number, stopsAtEquals = false): number {
  let at = from;
  for (; at < html.length; at++) {
    const unit = html.charCodeAt(at);
    if (unit === 62 || unit === 47 || isSpace(unit) || (stopsAtEquals && unit === 61)) break;
  }
  return at;
}

function skipSpace(html: string, from: number): number {
  let at = from;
  while (at < html.length && isSpace(html.charCodeAt(at))) at++;
  return at;
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

/** Behind the comment that begins at `lt`, and where its text ends. Browsers end it at `--!>` too, and `<!-->` and `<!--->` are whole. */
export function readComment(html: string, lt: number): { to: number; end: number } {
  const from = lt + 4;
  if (html.startsWith('>', from)) return { to: from, end: from + 1 };
  if (html.startsWith('->', from)) return { to: from, end: from + 2 };
  COMMENT_END.lastIndex = from;
  const match = COMMENT_END.exec(html);
  return match ? { to: match.index, end: COMMENT_END.lastIndex } : { to: html.length, end: html.length };
}

const COMMENT_END = /--!?>/g;

/** The text with everything between `<` and the next `>` taken out: nobody's way to read HTML, and so nobody's way to be led astray in it. */
export function withoutTags(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const lt = html.indexOf('<', at);
    const gt = lt === -1 ? -1 : html.indexOf('>', lt);
    pieces.push(html.slice(at, gt === -1 ? html.length : lt));
    if (gt === -1) break;
    at = gt + 1;
  }
  return pieces.join('');
}

/** Whether two texts have the same letters and digits in the same order. */
export function haveSameLetters(one: string, other: string): boolean {
  return lettersOf(one) === lettersOf(other);
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '');
}
