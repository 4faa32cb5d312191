import { decodeEntities } from './entities.ts';
import { addPart, append, built, checkTime, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attributesOf, tagEnd } from './markup.ts';

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
const MIN_ATTRIBUTE = 3;

export type EmbeddedData = { type: string; data: string; base64: boolean };

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

/**
 * Reads HTML as people see it, and what they do not see (comments, scripts, styles, attributes) as a part of its own. Gives the data URLs, which
 * are files inside the file.
 */
export function readHtml(job: Job, path: Path, html: string): EmbeddedData[] {
  const shown = startText(job);
  const hidden = startText(job);
  const embedded: EmbeddedData[] = [];
  let at = 0;
  let tags = 0;
  while (at < html.length) {
    const lt = html.indexOf('<', at);
    append(shown, toText(html.slice(at, lt === -1 ? html.length : lt)));
    if (lt === -1) break;
    if (++tags % 4096 === 0) checkTime(job);
    const next = html.charCodeAt(lt + 1);
    if (next === 33 || next === 63) at = skipComment(html, lt, hidden);
    else if (next === 47 || isLetter(next)) at = readTag(html, lt, { shown, hidden, embedded });
    else {
      append(shown, '<');
      at = lt + 1;
    }
  }
  addPart(job, path, { kind: 'html', text: built(shown) });
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  return embedded;
}

function toText(raw: string): string {
  return decodeEntities(raw).replace(/\r\n?/g, '\n');
}

function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
}

function skipComment(html: string, lt: number, hidden: TextBuilder): number {
  const isComment = html.startsWith('<!--', lt);
  const close = isComment ? '-->' : '>';
  const end = html.indexOf(close, lt + 2);
  append(hidden, `${html.slice(lt + (isComment ? 4 : 2), end === -1 ? html.length : end)}\n`);
  return end === -1 ? html.length : end + close.length;
}

function readTag(html: string, lt: number, to: { shown: TextBuilder; hidden: TextBuilder; embedded: EmbeddedData[] }): number {
  const gt = tagEnd(html, lt + 1);
  // Browsers drop a tag that never ends. Here it is read: it may hold the rest of the file.
  const end = gt === -1 ? html.length : gt;
  const isClosing = html.charCodeAt(lt + 1) === 47;
  let nameEnd = lt + (isClosing ? 2 : 1);
  while (nameEnd < end && html.charCodeAt(nameEnd) > 32 && html.charCodeAt(nameEnd) !== 47) nameEnd++;
  const name = html.slice(lt + (isClosing ? 2 : 1), Math.min(nameEnd, lt + 64)).toLowerCase();
  if (nameEnd - lt > 24) append(to.hidden, `${html.slice(lt + 1, nameEnd)}\n`);
  keepAttributes(html.slice(nameEnd, end), to);
  if (gt === -1) append(to.hidden, html.slice(lt));
  if (BLOCKS.has(name)) append(to.shown, '\n');
  else if (CELLS.has(name) && isClosing) append(to.shown, '\t');
  if (isClosing || !RAW_TEXT.has(name) || gt === -1) return end + 1;
  return readRawText(html, gt + 1, name, to);
}

function readRawText(html: string, from: number, name: string, to: { shown: TextBuilder; hidden: TextBuilder }): number {
  const pattern = new RegExp(`</${name}(?=[\\s>/])`, 'gi');
  pattern.lastIndex = from;
  const end = name === 'plaintext' ? html.length : (pattern.exec(html)?.index ?? html.length);
  if (SHOWN.has(name)) append(to.shown, toText(html.slice(from, end)));
  else append(to.hidden, `${html.slice(from, end)}\n`);
  return end;
}

function keepAttributes(attributes: string, to: { hidden: TextBuilder; embedded: EmbeddedData[] }): void {
  if (attributes.length < MIN_ATTRIBUTE) return;
  for (const [name, raw] of attributesOf(attributes)) {
    const data = /^\s*data:([^,;]{0,100})((?:;[^,;]{0,100}){0,8}),/i.exec(raw);
    if (data) {
      const body = raw.slice(data[0].length);
      to.embedded.push({ type: data[1]!.trim().toLowerCase(), data: body, base64: /;\s*base64\s*$/i.test(data[2]!) });
    } else if (raw.length >= MIN_ATTRIBUTE) append(to.hidden, `${decodeEntities(raw)}\n`);
    else if (name.length > 24) append(to.hidden, `${name}\n`);
  }
}
