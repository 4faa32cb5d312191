import { closeElement, isForeign, openElement, startElements, type Elements } from './elements.ts';
import { dataAddress, dataAddressesIn, type EmbeddedData } from './embedded.ts';
import { decodeEntities } from './entities.ts';
import { addPart, append, built, checkTime, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { asShown, bitsOf, EXTRA } from './looks.ts';
import { addReadings, appendSort, appendSorts, startReadings, startSorts, write, type Readings, type Sorts } from './readings.ts';
import { haveSameLetters, readComment, readTag, withoutTags, type Tag } from './tag.ts';

const BLOCKS = new Set(
  (
    'address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frame h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li link ' +
    'main menu meta nav ol optgroup option p pre section select summary table tbody tfoot thead title tr ul textarea'
  ).split(' '),
);
const CELLS = new Set(['td', 'th']);
/** Elements whose content is no markup. A title and a textarea are shown, the others are not. */
const RAW_TEXT = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'plaintext']);
const SHOWN = new Set(['textarea', 'title', 'xmp', 'plaintext']);
const TAGS = /<\/?(?:html|head|body|div|span|p|table|tr|td|br|a|ul|ol|li|h[1-6]|font|b|i|strong|em|img|meta|script|style|form|title)(?=[\s>/])/gi;
/** Attributes whose text stands on the page, by element. */
const SHOWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  input: ['value', 'placeholder'],
  textarea: ['placeholder'],
  option: ['label'],
  optgroup: ['label'],
  track: ['label'],
};

export function looksLikeHtml(text: string): boolean {
  const start = text.slice(0, 2048).replace(/^[\s\ufeff]*(?:<!--[^]{0,1500}?-->\s*)*/, '');
  if (/^<(?:!doctype\s+html|html|head|body|meta|title)\b/i.test(start)) return true;
  return start.startsWith('<') && !start.startsWith('<?') && start.search(TAGS) !== -1;
}

/** Text that starts as something else and yet is full of HTML: read as both. */
export function hasMarkup(text: string): boolean {
  let count = 0;
  for (const _ of text.matchAll(TAGS)) if (++count >= 4) return true;
  return false;
}

type Page = {
  readonly job: Job;
  readonly text: Readings;
  readonly hidden: TextBuilder;
  readonly values: Sorts;
  readonly elements: Elements;
  readonly embedded: EmbeddedData[];
  hasTitle: boolean;
};

/**
 * Reads HTML as browsers cut it, and what they do not show (comments, scripts, styles, attributes) as a part of its own. Gives the files inside it: those in
 * data addresses, and the pages in frames.
 */
export function readHtml(job: Job, path: Path, html: string): EmbeddedData[] {
  const text = startReadings(job, { leaves: EXTRA, ways: asShown });
  const page: Page = { job, text, hidden: startText(job), values: startSorts(job), elements: startElements(), embedded: [], hasTitle: false };
  let at = 0;
  let tags = 0;
  while (at < html.length) {
    const lt = html.indexOf('<', at);
    write(text, toText(html.slice(at, lt === -1 ? html.length : lt)), bitsOf(page.elements.looks));
    if (lt === -1) break;
    if (++tags % 4096 === 0) checkTime(job);
    at = readMarkup(html, lt, page);
  }
  appendSorts(page.hidden, page.values);
  const shown = built(text.main);
  addPart(job, path, { kind: 'html', text: shown });
  addPart(job, path, { kind: 'hidden', text: built(page.hidden) });
  addReadings(job, path, text);
  const bare = toText(withoutTags(html));
  if (!haveSameLetters(bare, shown)) addPart(job, path, { kind: 'hidden', text: bare });
  return page.embedded;
}

function toText(raw: string): string {
  return decodeEntities(raw).replace(/\r\n?/g, '\n');
}

function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
}

function readMarkup(html: string, lt: number, page: Page): number {
  const next = html.charCodeAt(lt + 1);
  const isClosing = next === 47;
  if (isLetter(isClosing ? html.charCodeAt(lt + 2) : next)) return readElement(html, lt, page);
  if (next === 33 || next === 63 || (isClosing && lt + 2 < html.length)) return skipComment(html, lt, page);
  write(page.text, '<', bitsOf(page.elements.looks));
  return lt + 1;
}

function skipComment(html: string, lt: number, page: Page): number {
  if (html.startsWith('<!--', lt)) {
    const { to, end } = readComment(html, lt);
    append(page.hidden, `${html.slice(lt + 4, to)}\n`);
    return end;
  }
  const isText = html.startsWith('<![CDATA[', lt) && isForeign(page.elements);
  const close = isText ? ']]>' : '>';
  const found = html.indexOf(close, lt + 2);
  const end = found === -1 ? html.length : found;
  append(page.hidden, `${html.slice(lt + 2, end)}\n`);
  if (isText) write(page.text, html.slice(lt + 9, end), EXTRA | bitsOf(page.elements.looks));
  return found === -1 ? end : end + close.length;
}

function readElement(html: string, lt: number, page: Page): number {
  const tag = readTag(html, lt);
  const { name, isClosing } = tag;
  if (name.length > 24) append(page.hidden, `${html.slice(lt + 1, lt + 1 + name.length)}\n`);
  keepAttributes(tag, page);
  // Browsers drop a tag that never ends. Here it is read: it may hold the rest of the file.
  if (tag.end === -1) append(page.hidden, html.slice(lt));
  if (isClosing) closeElement(page.elements, name);
  else openElement(page.elements, tag);
  if (BLOCKS.has(name)) write(page.text, '\n');
  else if (CELLS.has(name) && isClosing) write(page.text, '\t');
  if (tag.end === -1) return html.length;
  return isClosing || !RAW_TEXT.has(name) ? tag.end : readRawText(html, { from: tag.end, name }, page);
}

function readRawText(html: string, { from, name }: { from: number; name: string }, page: Page): number {
  const pattern = new RegExp(`</${name}(?=[\\s>/])`, 'gi');
  pattern.lastIndex = from;
  const end = name === 'plaintext' ? html.length : (pattern.exec(html)?.index ?? html.length);
  const raw = html.slice(from, end);
  if (SHOWN.has(name)) write(page.text, toText(raw), isFirstTitle(name, page) ? 0 : bitsOf(page.elements.looks));
  else {
    append(page.hidden, `${raw}\n`);
    for (const file of dataAddressesIn(raw)) page.embedded.push(file);
  }
  return end;
}

/** The title of a page stands before all of it, and so between no words of it. */
function isFirstTitle(name: string, page: Page): boolean {
  if (name !== 'title' || page.hasTitle) return false;
  page.hasTitle = true;
  return page.text.main.pieces.every((piece) => !/\S/.test(piece));
}

function keepAttributes({ name: element, isClosing, attributes }: Tag, page: Page): void {
  for (const [name, raw] of attributes) {
    appendSort(page.job, page.values, { sort: '', text: name });
    if (raw === '') continue;
    const file = dataAddress(raw);
    if (file !== null) page.embedded.push(file);
    else {
      const value = decodeEntities(raw);
      appendSort(page.job, page.values, { sort: name, text: value });
      if (name === 'srcdoc') page.embedded.push({ type: 'text/html', source: raw, bytes: new TextEncoder().encode(value), isLoose: false });
      else for (const found of dataAddressesIn(value)) page.embedded.push(found);
    }
    if (!isClosing && SHOWN_VALUES[element]?.includes(name)) write(page.text, decodeEntities(raw), EXTRA | bitsOf(page.elements.looks));
  }
}
