import { declaresEntities } from './doctype.ts';
import { decodeEntities } from './entities.ts';
import { addPart, addProblem, append, built, checkTime, mark, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attribute, attributesOf, scanXml, type XmlState } from './markup.ts';
import { addReadings, appendSort, appendSorts, startReadings, startSorts, write, type Readings, type Sorts } from './readings.ts';
import type { PartKind } from './types.ts';

const NOTABLE = new Set(['descr', 'title', 'alt', 'tooltip', 'author', 'string', 'name', 'alias', 'placeholder', 'uniqueName', 'lastClr']);
const NOTABLE_NAMES = /descr|title|author|'/;
/** Elements whose attributes say what people typed, however short: lists to choose from, names, numbering, formats, prompts. */
const SAID = new Set(
  (
    'listItem textpath lvlText numFmt sheet table tableColumn definedName hyperlink dataValidation filter customFilter cacheField cacheHierarchy listEntry default alias tag statusText ' +
    'helpText docVar docPr cNvPr caption fldSimple bookmarkStart comment pt cat s'
  ).split(' '),
);
const SCHEMA = /^(?:https?:\/\/(?:schemas|purl|www\.w3\.org)|urn:)[^\s]{0,120}$/;
const LONG = 24;

/** What a run of a paragraph is, beside being shown. */
const INSERTED = 1;
const REMOVED = 2;
const VANISHED = 4;
const FALLBACK = 8;
const CHOICE = 16;
const FAINT = 32;
const SYMBOL = 64;
const readings = {
  leaves: REMOVED | SYMBOL,
  ways: [
    { leaves: REMOVED | VANISHED | FALLBACK, when: VANISHED | FALLBACK | SYMBOL },
    // As an older program shows it, and as a program does that does not know what it may choose.
    { leaves: REMOVED | VANISHED | CHOICE, when: CHOICE },
    { leaves: REMOVED | VANISHED | FALLBACK | FAINT, when: FAINT },
    // As it stood before what was changed.
    { leaves: INSERTED | VANISHED | FALLBACK, when: INSERTED | REMOVED },
  ],
} as const;
const TINY_HALF_POINTS = 6;
const PICTORIAL = /dings|webdings|marlett|bullet/i;

type Run = { readonly text: string; readonly bits: number };
type Paragraph = { readonly runs: Run[]; readonly around: number; look: number; inRun: boolean; isChanged: boolean };

export type Prose = { readonly text: Readings; readonly hidden: TextBuilder; readonly deleted: TextBuilder; readonly values: Sorts };
export type ProseOptions = { readonly paragraphs: boolean; readonly allAttributes: boolean; readonly hasEscapes: boolean };

export function startProse(job: Job): Prose {
  return { text: startReadings(job, readings), hidden: startText(job), deleted: startText(job), values: startSorts(job) };
}

/** Adds what stands beside the content of a text. */
export function addBeside(job: Job, path: Path, prose: Prose, kind: 'template' | 'hidden'): void {
  appendSorts(prose.hidden, prose.values);
  addPart(job, path, { kind: 'deleted', text: built(prose.deleted) });
  addPart(job, path, { kind, text: built(prose.hidden) });
  addReadings(job, path, prose.text);
}

export function report(job: Job, path: Path, state: XmlState): void {
  if (state !== 'whole') addProblem(job, path, state);
}

export function readProse(job: Job, path: Path, part: { xml: string; kind: PartKind; allAttributes?: boolean; hasEscapes?: boolean }): void {
  const prose = startProse(job);
  const options = { paragraphs: part.kind === 'word', allAttributes: part.allAttributes === true, hasEscapes: part.hasEscapes === true };
  const state = scanProse(job, part.xml, prose, options);
  const isMain = part.kind !== 'template' && part.kind !== 'hidden';
  const text = built(prose.text.main);
  // A part of the document that shows nothing (a chart's colours, an empty header) is not worth a line.
  if (path.length === 0 || !isMain || /\S/.test(text) || state !== 'whole') {
    addPart(job, path, { kind: part.kind, text, marks: prose.text.main.marks, whole: state === 'whole' });
  }
  addBeside(job, path, prose, part.kind === 'template' ? 'template' : 'hidden');
  report(job, path, state);
}

/**
 * Text of WordprocessingML and DrawingML: runs of paragraphs. A paragraph inside a paragraph (a text box) comes first and does not tear the outer
 * one. A paragraph with tracked deletions is also given as it stood before them.
 */
export function scanProse(job: Job, xml: string, prose: Prose, options: ProseOptions): XmlState {
  const loose = startParagraph(0);
  const stack: Paragraph[] = [loose];
  const open = { inserted: 0, removed: 0, choice: 0, fallback: 0 };
  let reading: 'shown' | 'deleted' | 'hidden' | null = null;
  let inTabs = false;
  let number = 0;
  let declares = false;

  function put(text: string, to: 'shown' | 'deleted' | 'hidden', more = 0): void {
    if (text === '') return;
    if (to === 'hidden') return append(prose.hidden, `${text}\n`);
    const paragraph = stack[stack.length - 1]!;
    const isRemoved = to === 'deleted' || open.removed > 0;
    const change = (isRemoved ? REMOVED : 0) | (open.inserted > 0 && to !== 'deleted' && !isRemoved ? INSERTED : 0);
    const place = (open.choice > 0 ? CHOICE : 0) | (open.fallback > 0 ? FALLBACK : 0);
    paragraph.isChanged ||= isRemoved;
    paragraph.runs.push({ text, bits: change | place | paragraph.look | more });
  }
  function finish(paragraph: Paragraph): void {
    const { runs } = paragraph;
    if (options.paragraphs && runs.some(({ text, bits }) => text !== '' && (bits & readings.leaves) === 0))
      mark(prose.text.main, 'paragraph', String(++number));
    for (const { text, bits } of runs) write(prose.text, text, bits);
    write(prose.text, '\n');
    if (!paragraph.isChanged) return;
    for (const { text, bits } of runs) if ((bits & (INSERTED | SYMBOL)) === 0) append(prose.deleted, text);
    append(prose.deleted, '\n');
  }

  const state = scanXml(
    xml,
    {
      open(name, attributes, empty) {
        const paragraph = stack[stack.length - 1]!;
        switch (name) {
          case 'p':
            if (!empty) stack.push(startParagraph(paragraph.look));
            break;
          case 'r':
            paragraph.look = paragraph.around;
            paragraph.inRun = !empty;
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
            if (!inTabs) put('\t', 'shown');
            break;
          case 'br':
          case 'cr':
            put('\n', 'shown');
            break;
          case 'noBreakHyphen':
            put('-', 'shown');
            break;
          case 'sym':
            put(symbolOf(attributes), 'shown', SYMBOL);
            break;
          case 'ins':
          case 'moveTo':
            if (!empty) open.inserted++;
            break;
          case 'del':
          case 'moveFrom':
            if (!empty) open.removed++;
            break;
          case 'Choice':
            if (!empty) open.choice++;
            break;
          case 'Fallback':
            if (!empty) open.fallback++;
            break;
          default:
            if (paragraph.inRun) paragraph.look |= lookOf(name, attributes);
            if (reading !== null) reading = 'hidden';
        }
        if (options.allAttributes || isWorthKeeping(name, attributes)) keepAttributes(job, prose, { name, attributes, all: options.allAttributes });
      },
      close(name) {
        reading = null;
        if (name === 'p' && stack.length > 1) finish(stack.pop()!);
        else if (name === 'r') {
          const paragraph = stack[stack.length - 1]!;
          paragraph.look = paragraph.around;
          paragraph.inRun = false;
        } else if (name === 'pt' || name === 'text' || name === 'comment') put('\n', 'shown');
        else if (name === 'ins' || name === 'moveTo') open.inserted = Math.max(0, open.inserted - 1);
        else if (name === 'del' || name === 'moveFrom') open.removed = Math.max(0, open.removed - 1);
        else if (name === 'Choice') open.choice = Math.max(0, open.choice - 1);
        else if (name === 'Fallback') open.fallback = Math.max(0, open.fallback - 1);
        else if (name === 'tabs' || name === 'tabLst') inTabs = false;
      },
      text(text, isCdata) {
        if (reading === null && !/\S/.test(text)) return;
        const plain = isCdata ? text : decodeEntities(text);
        put(options.hasEscapes ? withoutEscapes(plain) : plain, reading ?? 'hidden');
      },
      aside(text) {
        append(prose.hidden, `${text}\n`);
        declares ||= declaresEntities(text);
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  while (stack.length > 1) finish(stack.pop()!);
  if (loose.runs.length > 0) finish(loose);
  // Office opens no file that declares entities; a program that does would put them in.
  return declares && state === 'whole' ? 'broken' : state;
}

function startParagraph(around: number): Paragraph {
  return { runs: [], around, look: around, inRun: false, isChanged: false };
}

/** What the properties of a run make of it. */
function lookOf(name: string, attributes: string): number {
  const value = (local: string): string => attribute(attributes, local) ?? '';
  switch (name) {
    case 'vanish':
      return /^(?:0|false|off)$/.test(value('val')) ? 0 : VANISHED;
    case 'sz':
      return Number(value('val') || TINY_HALF_POINTS + 1) <= TINY_HALF_POINTS ? FAINT : 0;
    case 'color':
    case 'srgbClr':
      return /^f{6}$/i.test(value('val')) ? FAINT : 0;
    case 'rPr':
      // DrawingML counts in hundredths of a point.
      return Number(value('sz') || 100 * TINY_HALF_POINTS) <= 50 * TINY_HALF_POINTS ? FAINT : 0;
    default:
      return 0;
  }
}

/** The letter of a symbol: a font that was made for symbols has its letters at F000 and on. Pictures are no letters. */
function symbolOf(attributes: string): string {
  if (PICTORIAL.test(attribute(attributes, 'font') ?? '')) return '';
  const code = Number.parseInt(attribute(attributes, 'char') ?? '', 16);
  if (Number.isNaN(code) || code > 0xffff) return '';
  return String.fromCharCode(code >= 0xf000 && code <= 0xf0ff ? code - 0xf000 : code);
}

/** Excel writes letters that XML has no place for by their numbers, and Excel alone reads them as that. */
export function withoutEscapes(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Keeps values that are long, or that people typed. Those that people typed stand by their sort, so that none tears the words of another. */
export function keepAttributes(job: Job, to: { hidden: TextBuilder; values: Sorts }, element: { name: string; attributes: string; all: boolean }): void {
  const { attributes, all } = element;
  const isSaid = SAID.has(element.name);
  if (!all && !isSaid && !hasLongValue(attributes) && !NOTABLE_NAMES.test(attributes)) return;
  for (const [name, value] of attributesOf(attributes)) {
    const local = name.slice(name.indexOf(':') + 1);
    if (name.length > 60) append(to.hidden, `${name}\n`);
    if (value === '' || SCHEMA.test(value)) continue;
    const text = withoutEscapes(decodeEntities(value));
    if (all || value.length >= LONG || NOTABLE.has(local)) append(to.hidden, `${text}\n`);
    if (isSaid) appendSort(job, to.values, { sort: `${element.name} ${local}`, text });
  }
}

/** Whether an element that is looked at for its attributes at all has some that are worth it. */
export function isWorthKeeping(name: string, attributes: string): boolean {
  return attributes.length >= LONG || (attributes !== '' && SAID.has(name));
}

function hasLongValue(attributes: string): boolean {
  for (let at = attributes.indexOf('"'); at !== -1;) {
    const end = attributes.indexOf('"', at + 1);
    if (end === -1 || end - at > LONG) return true;
    at = attributes.indexOf('"', end + 1);
  }
  return false;
}
