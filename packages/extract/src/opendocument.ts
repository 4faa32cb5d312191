import { declaresEntities } from './doctype.ts';
import { decodeEntities } from './entities.ts';
import { addPart, addProblem, append, built, checkTime, into, mark, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attribute, attributesOf, scanXml } from './markup.ts';
import { fromBase64 } from './base64.ts';
import type { XmlEntries } from './relations.ts';

const LONG = 24;
const TEMPLATE = /(?:^|\/)(?:styles\.xml|settings\.xml|manifest\.xml|manifest\.rdf|Configurations2\/)/;

/** Reads the parts of an OpenDocument text, sheet or presentation. Gives the pictures that stand in them as text. */
export function readOpenDocument(job: Job, path: Path, entries: XmlEntries): Uint8Array[] {
  const pictures: Uint8Array[] = [];
  if (/<(?:\w+:)?encryption-data\b/.test(entries.get('META-INF/manifest.xml') ?? '')) addProblem(job, path, 'encrypted');
  for (const [name, xml] of entries) {
    const isMain = name === 'content.xml';
    const found = readParagraphs(job, isMain ? path : into(path, name), { xml, kind: isMain ? 'opendocument' : TEMPLATE.test(name) ? 'template' : 'hidden' });
    for (const picture of found) pictures.push(picture);
  }
  return pictures;
}

/** Text of paragraphs and headings, cells by rows. A paragraph inside a paragraph (a note, a text box) does not tear the outer one. */
function readParagraphs(job: Job, path: Path, part: { xml: string; kind: 'opendocument' | 'template' | 'hidden' }): Uint8Array[] {
  const shown = startText(job);
  const hidden = startText(job);
  const stack: string[][] = [];
  const pictures: Uint8Array[] = [];
  let data: string[] | null = null;
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
        else if (name === 'binary-data') data = [];
        if (attributes.length >= LONG) keepLong(attributes, hidden);
      },
      close(name) {
        if ((name === 'p' || name === 'h') && stack.length > 0) finish(stack.pop()!);
        else if (name === 'table-cell' || name === 'covered-table-cell') {
          append(shown, '\t');
          cell = false;
        } else if (name === 'table-row') append(shown, '\n');
        else if (name === 'binary-data' && data !== null) {
          pictures.push(fromBase64(data.join('')));
          data = null;
        }
      },
      text(text, isCdata) {
        data?.push(text);
        if (stack.length === 0 && !/\S/.test(text)) return;
        write(isCdata ? text : decodeEntities(text).replace(/\s+/g, ' '));
      },
      aside(text) {
        append(hidden, `${text}\n`);
        // Programs put the entities of a document type in; no program of ordinary people writes any.
        if (declaresEntities(text)) addProblem(job, path, 'unsupported');
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  while (stack.length > 0) finish(stack.pop()!);
  addPart(job, path, { kind: part.kind, text: built(shown), marks: shown.marks, whole: state === 'whole' });
  addPart(job, path, { kind: part.kind === 'template' ? 'template' : 'hidden', text: built(hidden) });
  if (state !== 'whole') addProblem(job, path, state);
  return pictures;
}

function keepLong(attributes: string, hidden: TextBuilder): void {
  for (const [name, value] of attributesOf(attributes)) {
    if (value.length >= LONG && !name.startsWith('xmlns')) append(hidden, `${decodeEntities(value)}\n`);
  }
}
