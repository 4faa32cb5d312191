/** What a scan of XML calls. Names are local names: a prefix is free to choose, so it tells nothing. */
export type XmlSink = {
  open(name: string, attributes: string, empty: boolean): void;
  close(name: string): void;
  text(text: string, isCdata: boolean): void;
  /** Comments, processing instructions, document types: never shown, but text can hide there. */
  aside(text: string): void;
};

export type XmlState = 'whole' | 'broken' | 'too_deep';

const TIME_EVERY = 4096;

/** Reads XML tag by tag, in linear time, without recursion and without expanding entities. Says whether all of it was read. */
export function scanXml(xml: string, sink: XmlSink, options: { maxDepth: number; check(): void }): XmlState {
  let depth = 0;
  let state: XmlState = 'whole';
  const quotes: Quotes = { isStray: false };
  let tags = 0;
  let at = 0;
  while (at < xml.length) {
    const lt = xml.indexOf('<', at);
    if (lt === -1) break;
    if (lt > at) sink.text(xml.slice(at, lt), false);
    if (++tags % TIME_EVERY === 0) options.check();
    const next = xml.charCodeAt(lt + 1);
    if (next === 33 || next === 63) {
      const end = skipAside(xml, lt, sink);
      if (end === -1) return 'broken';
      at = end;
      continue;
    }
    const gt = tagEnd(xml, lt + 1, quotes);
    if (gt === -1) {
      sink.aside(xml.slice(lt));
      return 'broken';
    }
    at = gt + 1;
    if (next === 47) {
      depth--;
      sink.close(localName(xml, lt + 2, gt));
      if (depth < 0) state = 'broken';
      continue;
    }
    const empty = xml.charCodeAt(gt - 1) === 47;
    const nameEnd = endOfName(xml, lt + 1, gt);
    const name = afterPrefix(xml, lt + 1, nameEnd);
    sink.open(name, nameEnd < gt ? xml.slice(nameEnd, empty ? gt - 1 : gt) : '', empty);
    if (empty) sink.close(name);
    else if (++depth > options.maxDepth) return 'too_deep';
  }
  if (at < xml.length) sink.text(xml.slice(at), false);
  return depth === 0 && !quotes.isStray ? state : 'broken';
}

/** Past a comment, CDATA, instruction or document type; -1 if it never ends. */
function skipAside(xml: string, lt: number, sink: XmlSink): number {
  if (xml.startsWith('<![CDATA[', lt)) {
    const end = xml.indexOf(']]>', lt + 9);
    sink.text(xml.slice(lt + 9, end === -1 ? xml.length : end), true);
    return end === -1 ? -1 : end + 3;
  }
  const [open, close] = xml.startsWith('<!--', lt) ? [4, '-->'] : xml.charCodeAt(lt + 1) === 63 ? [2, '?>'] : [2, '>'];
  const end = close === '>' ? endOfDeclaration(xml, lt + open) : xml.indexOf(close, lt + open);
  const body = xml.slice(lt + open, end === -1 ? xml.length : end);
  if (!body.startsWith('xml ')) sink.aside(body);
  return end === -1 ? -1 : end + close.length;
}

/** The `>` that ends a document type. It may carry declarations in brackets, and these may carry text in quotes, with any letter in it. */
function endOfDeclaration(xml: string, from: number): number {
  let inBrackets = false;
  for (let i = from; i < xml.length; i++) {
    const unit = xml.charCodeAt(i);
    if (unit === 62 && !inBrackets) return i;
    if (unit === 91) inBrackets = true;
    else if (unit === 93) inBrackets = false;
    else if (unit === 34 || unit === 39) i = xml.indexOf(unit === 34 ? '"' : "'", i + 1);
    else if (unit === 60 && xml.startsWith('<!--', i)) i = xml.indexOf('-->', i + 4);
    else if (unit === 60 && xml.charCodeAt(i + 1) === 63) i = xml.indexOf('?>', i + 2);
    if (i === -1) return -1;
  }
  return -1;
}

/** Whether a quote stood where XML has none. */
type Quotes = { isStray: boolean };

/** The `>` that ends a tag: one inside quotes does not. Only a quote behind a `=` opens a value. */
function tagEnd(xml: string, from: number, quotes: Quotes): number {
  let before = 0;
  for (let i = from; i < xml.length; i++) {
    const unit = xml.charCodeAt(i);
    if (unit === 62) return i;
    if (unit === 34 || unit === 39) {
      if (before !== 61) quotes.isStray = true;
      else {
        i = xml.indexOf(unit === 34 ? '"' : "'", i + 1);
        if (i === -1) return -1;
      }
    }
    if (unit > 32) before = unit;
  }
  return -1;
}

function endOfName(xml: string, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const unit = xml.charCodeAt(i);
    if (unit <= 32 || unit === 47) return i;
  }
  return to;
}

function afterPrefix(xml: string, from: number, to: number): string {
  for (let i = from; i < to; i++) if (xml.charCodeAt(i) === 58) return xml.slice(i + 1, to);
  return xml.slice(from, to);
}

function localName(xml: string, from: number, gt: number): string {
  return afterPrefix(xml, from, endOfName(xml, from, gt));
}

/** The text without what stands between two marks, and without the marks. What never ends goes to the end. */
export function withoutBetween(text: string, open: string, close: string): string {
  let out = '';
  let at = 0;
  for (let from = text.indexOf(open); from !== -1; from = text.indexOf(open, at)) {
    out += text.slice(at, from);
    const to = text.indexOf(close, from + open.length);
    if (to === -1) return out;
    at = to + close.length;
  }
  return out + text.slice(at);
}

/** Name and raw value of each attribute. Unquoted values are taken up to the next space, as HTML has them. */
export function* attributesOf(attributes: string): Generator<[name: string, value: string]> {
  const pattern = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)("|$)|'([^']*)('|$)|([^\s"'>]+)))?/g;
  for (const match of attributes.matchAll(pattern)) yield [match[1]!, match[2] ?? match[4] ?? match[6] ?? ''];
}

/** Value of an attribute by its local name, raw. */
export function attribute(attributes: string, local: string): string | undefined {
  if (!attributes.includes(local)) return undefined;
  for (const [name, value] of attributesOf(attributes)) {
    if (name === local || (name.endsWith(local) && name.charCodeAt(name.length - local.length - 1) === 58)) return value;
  }
  return undefined;
}
