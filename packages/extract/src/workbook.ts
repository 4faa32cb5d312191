import { declaresEntities } from './doctype.ts';
import { decodeEntities } from './entities.ts';
import { addPart, append, built, checkTime, into, mark, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { attribute, scanXml, type XmlState } from './markup.ts';
import { isWorthKeeping, keepAttributes, report, withoutEscapes } from './prose.ts';
import { addReadings, appendSorts, startReadings, startSorts, write, type Readings, type Sorts } from './readings.ts';
import { inOrder, relations, type Files } from './relations.ts';

const SHEETS = /^xl\/(?:worksheets|macrosheets|dialogsheets|chartsheets)\/[^/]+\.xml$/;
const SHEET_ROOTS = new Set(['worksheet', 'macrosheet', 'dialogsheet', 'chartsheet']);
const VEILED = 1;
/** As it is shown: without sheets, rows and columns that are not. */
const readings = { leaves: 0, ways: [{ leaves: VEILED, when: VEILED }] } as const;
const MAX_COLUMN = 16_384;

type Book = {
  readonly text: Readings;
  readonly columns: TextBuilder;
  readonly hidden: TextBuilder;
  readonly values: Sorts;
  readonly strings: string[];
  readonly used: Uint8Array;
};

export function readWorkbook(job: Job, path: Path, files: Files): void {
  const sheets = inOrder(files, 'sheet', SHEETS).filter(({ name }) => SHEET_ROOTS.has(rootOf(files.entries.get(name)!)));
  const hidden = startText(job);
  const stringsName = findStrings(files);
  const strings = readSharedStrings(job, into(path, stringsName), { xml: files.entries.get(stringsName), hidden });
  files.rest.delete(stringsName);
  const text = startReadings(job, readings);
  const book: Book = { text, columns: startText(job), hidden, values: startSorts(job), strings, used: new Uint8Array(strings.length) };
  for (const { name, label, isVeiled } of sheets) {
    files.rest.delete(name);
    mark(text.main, 'sheet', label ?? name.slice(name.lastIndexOf('/') + 1));
    if (label !== undefined) write(text, `${label}\n`, isVeiled ? VEILED : 0);
    report(job, into(path, name), scanSheet(job, files.entries.get(name)!, { book, isVeiled }));
  }
  addPart(job, path, { kind: 'sheets', text: built(text.main), marks: text.main.marks });
  for (let i = 0; i < strings.length; i++) if (book.used[i] === 0) append(hidden, `${strings[i]}\n`);
  appendSorts(hidden, book.values);
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  addPart(job, path, { kind: 'hidden', text: built(book.columns) });
  addReadings(job, path, text);
}

/** Local name of the first element. */
function rootOf(xml: string): string {
  for (let lt = xml.indexOf('<'); lt !== -1;) {
    if (xml.startsWith('<!--', lt)) lt = xml.indexOf('<', xml.indexOf('-->', lt) + 1 || xml.length);
    else if (xml[lt + 1] === '?' || xml[lt + 1] === '!') lt = xml.indexOf('<', lt + 1);
    else return /^<(?:[^\s:>/]{1,100}:)?([^\s:>/]{1,100})/.exec(xml.slice(lt, lt + 250))?.[1] ?? '';
  }
  return '';
}

/** The strings that cells share: by the kind of the relation, else by the name. */
function findStrings(files: Files): string {
  const related = [...relations(files.entries, files.main).values()].filter(({ target }) => files.entries.has(target));
  const named = [...related.filter(({ type }) => type.endsWith('/sharedStrings')), ...related.filter(({ target }) => /sharedStrings/i.test(target))];
  return named.map(({ target }) => target).find((target) => rootOf(files.entries.get(target)!) === 'sst') ?? 'xl/sharedStrings.xml';
}

function readSharedStrings(job: Job, path: Path, from: { xml: string | undefined; hidden: TextBuilder }): string[] {
  const strings: string[] = [];
  if (from.xml === undefined) return strings;
  let current: string | null = null;
  let reading = false;
  let phonetic = false;
  let declares = false;
  const state = scanXml(
    from.xml,
    {
      open(name) {
        if (name === 'si') {
          if (current !== null) append(from.hidden, `${current}\n`);
          current = '';
        } else if (name === 'rPh') phonetic = true;
        reading = name === 't';
      },
      close(name) {
        reading = false;
        if (name === 'rPh') phonetic = false;
        else if (name === 'si') {
          strings.push(withoutEscapes(current ?? ''));
          current = null;
        }
      },
      text(text, isCdata) {
        const plain = isCdata ? text : decodeEntities(text);
        if (reading && !phonetic && current !== null) current += plain;
        else if (/\S/.test(plain)) append(from.hidden, `${withoutEscapes(plain)}\n`);
      },
      aside(text) {
        append(from.hidden, `${text}\n`);
        declares ||= declaresEntities(text);
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  append(from.hidden, current ?? '');
  report(job, path, declares ? 'broken' : state);
  return strings;
}

/** Cells by rows: tab between cells, new line after a row. Numbers as they are stored, formulas beside the content. And once more by columns. */
function scanSheet(job: Job, xml: string, to: { book: Book; isVeiled: boolean }): XmlState {
  const { text: shown, hidden, values, strings, used } = to.book;
  const grid = startGrid(to.isVeiled);
  let reading: 'value' | 'text' | 'hidden' | null = null;
  let isShared = false;
  let inCell = false;
  let value = '';
  let declares = false;

  /** What stands where no cell is, is read all the same. */
  function flush(): void {
    if (value !== '') write(shown, `${withoutEscapes(value)}\n`);
    value = '';
  }
  const state = scanXml(
    xml,
    {
      open(name, attributes, empty) {
        if (name === 'c') {
          flush();
          isShared = attribute(attributes, 't') === 's';
          inCell = !empty;
          nextCell(grid, attributes);
        } else if (name === 'row') {
          flush();
          nextRow(grid, attributes);
        } else if (name === 'v') reading = 'value';
        else if (name === 't') reading = 'text';
        else if (name === 'rPh') reading = 'hidden';
        else if (name === 'col') veilColumns(grid, attributes);
        else if (isWorthKeeping(name, attributes)) keepAttributes(job, { hidden, values }, { name, attributes, all: false });
      },
      close(name) {
        if (name === 'v' && isShared) {
          const index = Number(value);
          const shared = strings[index];
          value = shared ?? value;
          if (shared !== undefined) used[index] = 1;
        }
        if (name === 'v' || name === 't' || name === 'rPh') reading = null;
        if (name === 'c') {
          const cell = isShared ? value : withoutEscapes(value);
          write(shown, grid.isFirst ? cell : `\t${cell}`, isVeiled(grid) ? VEILED : 0);
          keepCell(grid, cell);
          inCell = false;
          value = '';
        } else if (name === 'row') {
          flush();
          write(shown, '\n');
        } else if (!inCell && (name === 'p' || name === 'text' || name === 'si' || name === 'is')) flush();
      },
      text(text, isCdata) {
        if (reading === null && !/\S/.test(text)) return;
        const plain = isCdata ? text : decodeEntities(text);
        if (reading === 'value' || reading === 'text') value += plain;
        else append(hidden, `${withoutEscapes(plain)}\n`);
      },
      aside(text) {
        append(hidden, `${text}\n`);
        declares ||= declaresEntities(text);
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  flush();
  appendColumns(to.book.columns, grid);
  return declares && state === 'whole' ? 'broken' : state;
}

/** Where in a sheet its reader is, and what stands in each column so far. */
type Grid = {
  readonly columns: Map<number, string[]>;
  readonly veiled: Uint8Array;
  veils: number;
  isVeiled: boolean;
  isRowVeiled: boolean;
  isFirst: boolean;
  column: number;
  rows: number;
};

function startGrid(isVeiled: boolean): Grid {
  return { columns: new Map(), veiled: new Uint8Array(MAX_COLUMN + 1), veils: 0, isVeiled, isRowVeiled: false, isFirst: true, column: 0, rows: 0 };
}

function isVeiled(grid: Grid): boolean {
  return grid.isVeiled || grid.isRowVeiled || grid.veiled[grid.column] === 1;
}

function nextRow(grid: Grid, attributes: string): void {
  grid.isFirst = true;
  grid.column = 0;
  grid.rows++;
  grid.isRowVeiled = isOn(attribute(attributes, 'hidden')) || Number(attribute(attributes, 'ht') ?? 1) === 0;
}

function nextCell(grid: Grid, attributes: string): void {
  const letters = /^[A-Za-z]{1,3}/.exec(attribute(attributes, 'r') ?? '')?.[0].toUpperCase();
  let column = 0;
  for (const letter of letters ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
  grid.column = Math.min(column || grid.column + 1, MAX_COLUMN);
}

function keepCell(grid: Grid, text: string): void {
  grid.isFirst = false;
  if (text === '') return;
  const column = grid.columns.get(grid.column);
  if (column) column.push(text);
  else grid.columns.set(grid.column, [text]);
}

/** A column is hidden, or has no width. More of these than there are columns tell nothing new. */
function veilColumns(grid: Grid, attributes: string): void {
  if (grid.veils++ >= MAX_COLUMN) return;
  if (!isOn(attribute(attributes, 'hidden')) && Number(attribute(attributes, 'width') ?? 1) !== 0) return;
  const first = Number(attribute(attributes, 'min') ?? 0) || 1;
  const last = Number(attribute(attributes, 'max') ?? 0) || first;
  grid.veiled.fill(1, Math.min(first, MAX_COLUMN), Math.min(last, MAX_COLUMN) + 1);
}

function isOn(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

/** One column reads as the rows do, and so do rows where there is but one. */
function appendColumns(to: TextBuilder, grid: Grid): void {
  if (grid.columns.size < 2 || grid.rows < 2) return;
  for (const [, cells] of [...grid.columns].sort(([a], [b]) => a - b)) {
    for (const cell of cells) append(to, `${cell}\n`);
  }
}
