import { decodeEntities } from './entities.ts';
import { addPart, addProblem, append, built, checkTime, into, mark, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attribute, attributesOf, scanXml } from './markup.ts';
import type { XmlEntries } from './office.ts';

const LONG = 24;
const TEMPLATE = /(?:^|\/)(?:styles\.xml|settings\.xml|manifest\.xml|manifest\.rdf|Configurations2\/)/;

/** Reads the parts of an OpenDocument text, sheet or presentation. */
export function readOpenDocument(job: Job, path: Path, entries: XmlEntries): void {
  if (/<(?:\w+:)?encryption-data\b/.test(entries.get('META-INF/manifest.xml') ?? '')) addProblem(job, path, 'encrypted');
  for (const [name, xml] of entries) {
    const isMain = name === 'content.xml';
    readParagraphs(job, isMain ? path : into(path, name), { xml, kind: isMain ? 'opendocument' : TEMPLATE.test(name) ? 'template' : 'hidden' });
  }
}

/** Text of paragraphs and headings, cells by rows. A paragraph inside a paragraph (a note, a text box) does not tear the outer one. */
function readParagraphs(job: Job, path: Path, part: { xml: string; kind: 'opendocument' | 'template' | 'hidden' }): void {
  const shown = startText(job);
  const hidden = startText(job);
  const stack: string[][] = [];
  let cell = false;

  function write(text: string): void {
    const paragraph = stack.at(-1);
    if (paragraph) paragraph.push(text);
    else append(hidden, `${text}\n`);
  }
  function finish(paragraph: string[]): void {
    append(shown, `${paragraph.join('')}${cell ? ' ' : '\n'}`);
  }

  const state = scanXml(
    part.xml,
    {
      open(name, attributes, empty) {
        if ((name === 'p' || name === 'h') && !empty) stack.push([]);
        else if (name === 'tab') write('\t');
        else if (name === 'line-break') write('\n');
        else if (name === 's') write(' '.repeat(Math.min(Number(attribute(attributes, 'c') ?? 1) || 1, 100)));
        else if (name === 'table-cell') cell = !empty;
        else if (name === 'table') mark(shown, 'sheet', decodeEntities(attribute(attributes, 'name') ?? ''));
        else if (name === 'page') mark(shown, 'slide', decodeEntities(attribute(attributes, 'name') ?? ''));
        if (attributes.length >= LONG) keepLong(attributes, hidden);
      },
      close(name) {
        if ((name === 'p' || name === 'h') && stack.length > 0) finish(stack.pop()!);
        else if (name === 'table-cell' || name === 'covered-table-cell') {
          append(shown, '\t');
          cell = false;
        } else if (name === 'table-row') append(shown, '\n');
      },
      text(text, isCdata) {
        if (stack.length === 0 && !/\S/.test(text)) return;
        write(isCdata ? text : decodeEntities(text).replace(/\s+/g, ' '));
      },
      aside: (text) => append(hidden, `${text}\n`),
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  while (stack.length > 0) finish(stack.pop()!);
  addPart(job, path, { kind: part.kind, text: built(shown), marks: shown.marks, whole: state === 'whole' });
  addPart(job, path, { kind: part.kind === 'template' ? 'template' : 'hidden', text: built(hidden) });
  if (state !== 'whole') addProblem(job, path, state);
}

function keepLong(attributes: string, hidden: TextBuilder): void {
  for (const [name, value] of attributesOf(attributes)) {
    if (value.length >= LONG && !name.startsWith('xmlns')) append(hidden, `${decodeEntities(value)}\n`);
  }
}

/** Reads XML that belongs to no known format: its text, and its attributes and comments beside it. */
export function readXml(job: Job, path: Path, xml: string): void {
  const shown = startText(job);
  const hidden = startText(job);
  const state = scanXml(
    xml,
    {
      open(_name, attributes) {
        for (const [name, value] of attributes.length > 2 ? attributesOf(attributes) : []) {
          if (value.length > 2 && !(name.startsWith('xmlns') && value.length < 200)) append(hidden, `${decodeEntities(value)}\n`);
          if (name.length > LONG) append(hidden, `${name}\n`);
        }
      },
      close(name) {
        if (name.length > LONG) append(hidden, `${name}\n`);
      },
      text: (text, isCdata) => append(shown, isCdata ? text : decodeEntities(text)),
      aside: (text) => append(hidden, `${text}\n`),
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  addPart(job, path, { kind: 'xml', text: built(shown) });
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  // XML that is not well-formed is text that somebody wrote: then the text itself is what there is to read.
  if (state !== 'whole') addPart(job, path, { kind: 'text', text: xml });
}
