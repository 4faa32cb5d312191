import { decodeEntities } from './entities.ts';
import { addPart, addProblem, append, built, checkTime, into, mark, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attribute, attributesOf, scanXml, type XmlState } from './markup.ts';
import type { PartKind } from './types.ts';

/** The entries of an Office file that are XML, decoded, by name. */
export type XmlEntries = ReadonlyMap<string, string>;

/** Names under which Office keeps what it writes into every file. Their text is no content, but it is read all the same. */
const TEMPLATE =
  /(?:^|\/)(?:\[Content_Types\]\.xml|_rels\/|theme\/|styles|settings|fontTable|webSettings|numbering|stylesWithEffects|slideMasters\/|slideLayouts\/|notesMasters\/|handoutMasters\/|presProps|viewProps|tableStyles|calcChain|printerSettings)/;
const NOTABLE = new Set(['descr', 'title', 'alt', 'tooltip', 'author', 'string', 'name', 'alias', 'placeholder', 'uniqueName', 'lastClr']);
const NOTABLE_NAMES = /descr|title|author|'/;
const SCHEMA = /^(?:https?:\/\/(?:schemas|purl|www\.w3\.org)|urn:)[^\s]{0,120}$/;
const LONG = 24;

/** Reads the parts of a Word, PowerPoint or Excel file. */
export function readOffice(job: Job, path: Path, entries: XmlEntries): void {
  const rest = new Set(entries.keys());
  const main = [...relations(entries, '').values()].find((target) => /^(?:word|ppt|xl)\//.test(target) && entries.has(target)) ?? '';
  const family = main.split('/')[0] || ['word', 'ppt', 'xl'].find((folder) => [...rest].some((name) => name.startsWith(`${folder}/`)));
  if (family === 'ppt') readSlides(job, path, { entries, rest, main: main || 'ppt/presentation.xml' });
  else if (family === 'xl') readWorkbook(job, path, { entries, rest, main: main || 'xl/workbook.xml' });
  else if (rest.delete(main || 'word/document.xml')) readProse(job, path, { xml: entries.get(main || 'word/document.xml')!, kind: 'word' });
  for (const name of rest) {
    const kind: PartKind = TEMPLATE.test(name)
      ? 'template'
      : /^(?:docProps|customXml|_rels)\//.test(name)
        ? 'hidden'
        : family === 'ppt'
          ? 'slides'
          : family === 'xl'
            ? 'sheets'
            : 'word';
    const allAttributes = kind === 'hidden' || name.includes('pivotCache');
    readProse(job, into(path, name), { xml: entries.get(name)!, kind, allAttributes });
  }
}

type Files = { entries: XmlEntries; rest: Set<string>; main: string };

/** Targets of the relations of a part, by id, as names of entries. */
function relations(entries: XmlEntries, part: string): Map<string, string> {
  const slash = part.lastIndexOf('/');
  const folder = part.slice(0, slash + 1);
  const xml = entries.get(`${folder}_rels/${part.slice(slash + 1)}.rels`);
  const targets = new Map<string, string>();
  for (const match of (xml ?? '').matchAll(/<(?:\w+:)?Relationship\s([^<>]*)>/g)) {
    const target = decodeEntities(attribute(match[1]!, 'Target') ?? '');
    targets.set(attribute(match[1]!, 'Id') ?? '', resolve(folder, target));
  }
  return targets;
}

function resolve(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const steps = folder.split('/').slice(0, -1);
  for (const step of target.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

/** Entries that a list in the main part names by relation, in its order; then those that are there and not listed. */
function inOrder(files: Files, element: string, pattern: RegExp): { name: string; label: string | undefined }[] {
  const targets = relations(files.entries, files.main);
  const listed: { name: string; label: string | undefined }[] = [];
  const seen = new Set<string>();
  for (const match of (files.entries.get(files.main) ?? '').matchAll(new RegExp(`<(?:\\w+:)?${element}\\s([^<>]*)>`, 'g'))) {
    const id = [...attributesOf(match[1]!)].find(([name, value]) => name.endsWith(':id') && targets.has(value))?.[1];
    const name = id === undefined ? undefined : targets.get(id);
    if (name === undefined || !files.entries.has(name) || seen.has(name)) continue;
    seen.add(name);
    const label = attribute(match[1]!, 'name');
    listed.push({ name, label: label === undefined ? undefined : decodeEntities(label) });
  }
  const unlisted = [...files.rest].filter((name) => pattern.test(name) && !seen.has(name));
  unlisted.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return [...listed, ...unlisted.map((name) => ({ name, label: undefined }))];
}

function readSlides(job: Job, path: Path, files: Files): void {
  const shown = startText(job);
  let number = 0;
  for (const { name } of inOrder(files, 'sldId', /^ppt\/slides\/[^/]+\.xml$/)) {
    files.rest.delete(name);
    mark(shown, 'slide', String(++number));
    const beside = { hidden: startText(job), deleted: startText(job) };
    report(job, into(path, name), scanProse(job, files.entries.get(name)!, { shown, ...beside }, { paragraphs: false, allAttributes: false }));
    addPart(job, into(path, name), { kind: 'hidden', text: built(beside.hidden) });
  }
  addPart(job, path, { kind: 'slides', text: built(shown), marks: shown.marks });
}

function report(job: Job, path: Path, state: XmlState): void {
  if (state !== 'whole') addProblem(job, path, state);
}

function readProse(job: Job, path: Path, part: { xml: string; kind: PartKind; allAttributes?: boolean }): void {
  const texts = { shown: startText(job), hidden: startText(job), deleted: startText(job) };
  const state = scanProse(job, part.xml, texts, { paragraphs: part.kind === 'word', allAttributes: part.allAttributes === true });
  const isMain = part.kind !== 'template' && part.kind !== 'hidden';
  const text = built(texts.shown);
  // A part of the document that shows nothing (a chart's colours, an empty header) is not worth a line.
  if (path.length === 0 || !isMain || /\S/.test(text) || state !== 'whole') {
    addPart(job, path, { kind: part.kind, text, marks: texts.shown.marks, whole: state === 'whole' });
  }
  addPart(job, path, { kind: 'deleted', text: built(texts.deleted) });
  addPart(job, path, { kind: part.kind === 'template' ? 'template' : 'hidden', text: built(texts.hidden) });
  report(job, path, state);
}

type Paragraph = { shown: string[]; before: string[]; changed: boolean };
type Texts = { shown: TextBuilder; hidden: TextBuilder; deleted: TextBuilder };

/**
 * Text of WordprocessingML and DrawingML: runs of paragraphs. A paragraph inside a paragraph (a text box) comes first and does not tear the outer
 * one. A paragraph with tracked deletions is also given as it stood before them.
 */
function scanProse(job: Job, xml: string, texts: Texts, options: { paragraphs: boolean; allAttributes: boolean }): XmlState {
  const loose: Paragraph = { shown: [], before: [], changed: false };
  const stack: Paragraph[] = [loose];
  let reading: 'shown' | 'deleted' | 'hidden' | null = null;
  let inserted = 0;
  let removed = 0;
  let inTabs = false;
  let number = 0;

  function write(text: string, to: 'shown' | 'deleted' | 'hidden'): void {
    const paragraph = stack[stack.length - 1]!;
    if (to === 'hidden') append(texts.hidden, `${text}\n`);
    else if (to === 'deleted' || removed > 0) {
      paragraph.before.push(text);
      paragraph.changed = true;
    } else {
      paragraph.shown.push(text);
      if (inserted === 0) paragraph.before.push(text);
    }
  }
  function finish(paragraph: Paragraph): void {
    const text = paragraph.shown.join('');
    if (options.paragraphs && text !== '') mark(texts.shown, 'paragraph', String(++number));
    append(texts.shown, `${text}\n`);
    if (paragraph.changed) append(texts.deleted, `${paragraph.before.join('')}\n`);
  }

  const state = scanXml(
    xml,
    {
      open(name, attributes, empty) {
        switch (name) {
          case 'p':
            if (!empty) stack.push({ shown: [], before: [], changed: false });
            break;
          case 't':
          case 'v':
          case 'text':
            reading = 'shown';
            break;
          case 'delText':
            reading = 'deleted';
            break;
          case 'tabs':
          case 'tabLst':
            inTabs = !empty;
            break;
          case 'tab':
          case 'ptab':
            if (!inTabs) write('\t', 'shown');
            break;
          case 'br':
          case 'cr':
            write('\n', 'shown');
            break;
          case 'noBreakHyphen':
            write('-', 'shown');
            break;
          case 'ins':
          case 'moveTo':
            if (!empty) inserted++;
            break;
          case 'del':
          case 'moveFrom':
            if (!empty) removed++;
            break;
          default:
            if (reading !== null) reading = 'hidden';
        }
        if (options.allAttributes || attributes.length >= LONG) keepAttributes(attributes, texts.hidden, options.allAttributes);
      },
      close(name) {
        reading = null;
        if (name === 'p' && stack.length > 1) finish(stack.pop()!);
        else if (name === 'pt' || name === 'text' || name === 'comment') write('\n', 'shown');
        else if (name === 'ins' || name === 'moveTo') inserted = Math.max(0, inserted - 1);
        else if (name === 'del' || name === 'moveFrom') removed = Math.max(0, removed - 1);
        else if (name === 'tabs' || name === 'tabLst') inTabs = false;
      },
      text(text, isCdata) {
        if (reading === null && !/\S/.test(text)) return;
        write(isCdata ? text : decodeEntities(text), reading ?? 'hidden');
      },
      aside(text) {
        append(texts.hidden, `${text}\n`);
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  while (stack.length > 1) finish(stack.pop()!);
  if (loose.shown.length > 0 || loose.changed) finish(loose);
  return state;
}

function keepAttributes(attributes: string, hidden: TextBuilder, all: boolean): void {
  if (!all && !hasLongValue(attributes) && !NOTABLE_NAMES.test(attributes)) return;
  for (const [name, value] of attributesOf(attributes)) {
    const local = name.slice(name.indexOf(':') + 1);
    if (value !== '' && (all || value.length >= LONG || NOTABLE.has(local)) && !SCHEMA.test(value)) append(hidden, `${decodeEntities(value)}\n`);
    if (name.length > 60) append(hidden, `${name}\n`);
  }
}

function hasLongValue(attributes: string): boolean {
  for (let at = attributes.indexOf('"'); at !== -1;) {
    const end = attributes.indexOf('"', at + 1);
    if (end === -1 || end - at > LONG) return true;
    at = attributes.indexOf('"', end + 1);
  }
  return false;
}

function readWorkbook(job: Job, path: Path, files: Files): void {
  const sheets = inOrder(files, 'sheet', /^xl\/(?:worksheets|macrosheets|dialogsheets|chartsheets)\/[^/]+\.xml$/);
  const hidden = startText(job);
  const stringsName =
    [...relations(files.entries, files.main).values()].find((name) => /sharedStrings/i.test(name) && files.entries.has(name)) ?? 'xl/sharedStrings.xml';
  const strings = readSharedStrings(job, into(path, stringsName), { xml: files.entries.get(stringsName), hidden });
  files.rest.delete(stringsName);
  const used = new Uint8Array(strings.length);
  const shown = startText(job);
  for (const { name, label } of sheets) {
    files.rest.delete(name);
    mark(shown, 'sheet', label ?? name.slice(name.lastIndexOf('/') + 1));
    if (label !== undefined) append(shown, `${label}\n`);
    report(job, into(path, name), scanSheet(job, files.entries.get(name)!, { shown, hidden, strings, used }));
  }
  addPart(job, path, { kind: 'sheets', text: built(shown), marks: shown.marks });
  for (let i = 0; i < strings.length; i++) if (used[i] === 0) append(hidden, `${strings[i]}\n`);
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
}

function readSharedStrings(job: Job, path: Path, from: { xml: string | undefined; hidden: TextBuilder }): string[] {
  const strings: string[] = [];
  if (from.xml === undefined) return strings;
  let current = '';
  let reading = false;
  let phonetic = false;
  const state = scanXml(
    from.xml,
    {
      open(name) {
        if (name === 'si') current = '';
        else if (name === 'rPh') phonetic = true;
        reading = name === 't';
      },
      close(name) {
        reading = false;
        if (name === 'rPh') phonetic = false;
        else if (name === 'si') strings.push(current);
      },
      text(text, isCdata) {
        const plain = isCdata ? text : decodeEntities(text);
        if (reading && !phonetic) current += plain;
        else if (/\S/.test(plain)) append(from.hidden, `${plain}\n`);
      },
      aside: (text) => append(from.hidden, `${text}\n`),
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  report(job, path, state);
  return strings;
}

type SheetTexts = { shown: TextBuilder; hidden: TextBuilder; strings: readonly string[]; used: Uint8Array };

/** Cells by rows: tab between cells, new line after a row. Numbers as they are stored, formulas beside the content. */
function scanSheet(job: Job, xml: string, to: SheetTexts): XmlState {
  let reading: 'value' | 'text' | 'hidden' | null = null;
  let isShared = false;
  let isFirst = true;
  let value = '';
  return scanXml(
    xml,
    {
      open(name, attributes, empty) {
        if (name === 'c') {
          append(to.hidden, value);
          isShared = attribute(attributes, 't') === 's';
          value = '';
        } else if (name === 'row') isFirst = true;
        else if (name === 'v') reading = 'value';
        else if (name === 't') reading = 'text';
        else if (name === 'rPh') reading = 'hidden';
        else if (attributes.length >= LONG && !empty) keepAttributes(attributes, to.hidden, false);
      },
      close(name) {
        if (name === 'v' && isShared) {
          const index = Number(value);
          const shared = to.strings[index];
          value = shared ?? value;
          if (shared !== undefined) to.used[index] = 1;
        }
        if (name === 'v' || name === 't' || name === 'rPh') reading = null;
        if (name === 'c') {
          append(to.shown, isFirst ? value : `\t${value}`);
          isFirst = false;
          value = '';
        } else if (name === 'row') append(to.shown, '\n');
      },
      text(text, isCdata) {
        if (reading === null && !/\S/.test(text)) return;
        const plain = isCdata ? text : decodeEntities(text);
        if (reading === 'value' || reading === 'text') value += plain;
        else append(to.hidden, `${plain}\n`);
      },
      aside: (text) => append(to.hidden, `${text}\n`),
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
}
