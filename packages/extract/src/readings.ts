import { addPart, append, built, startText, type Job, type Path, type TextBuilder } from './job.ts';

/** One more way to read a text: which pieces it leaves out, and of which there must be some for it to be another text at all. Both in bits. */
export type Way = { readonly leaves: number; readonly when: number };

/** The text of a part, and the same text read in other ways: as it is shown, as it stood before. Each piece tells in bits what it is. */
export type Readings = {
  readonly main: TextBuilder;
  readonly leaves: number;
  readonly others: readonly { readonly way: Way; readonly text: TextBuilder }[];
  /** What there was so far. */
  bits: number;
};

export function startReadings(job: Job, from: { readonly leaves: number; readonly ways: readonly Way[] }): Readings {
  return { main: startText(job), leaves: from.leaves, others: from.ways.map((way) => ({ way, text: startText(job) })), bits: 0 };
}

export function write(readings: Readings, text: string, bits = 0): void {
  if ((bits & readings.leaves) === 0) append(readings.main, text);
  for (const { way, text: other } of readings.others) if ((bits & way.leaves) === 0) append(other, text);
  if ((bits & ~readings.bits) !== 0 && /[\p{L}\p{N}]/u.test(text)) readings.bits |= bits;
}

/** Adds the other readings beside the content, each text once. */
export function addReadings(job: Job, path: Path, readings: Readings): void {
  const told = new Set<string>();
  for (const { way, text } of readings.others) {
    if ((readings.bits & way.when) === 0) continue;
    const other = built(text);
    if (!told.has(other)) addPart(job, path, { kind: 'hidden', text: other });
    told.add(other);
  }
}

/** Short texts of several sorts, each sort in one run: what stands between the words of one is of another. */
export type Sorts = { readonly runs: Map<string, TextBuilder>; readonly rest: TextBuilder; left: number };

const MAX_SORTS = 200;

export function startSorts(job: Job): Sorts {
  const rest = startText(job);
  return { runs: new Map(), rest, left: rest.max };
}

export function appendSort(job: Job, sorts: Sorts, one: { readonly sort: string; readonly text: string }): void {
  if (sorts.left <= 0 || one.text === '') return;
  let run = sorts.runs.get(one.sort);
  if (run === undefined && sorts.runs.size < MAX_SORTS) sorts.runs.set(one.sort, (run = startText(job)));
  append(run ?? sorts.rest, `${one.text}\n`);
  sorts.left -= one.text.length + 1;
}

export function appendSorts(to: TextBuilder, sorts: Sorts): void {
  for (const run of sorts.runs.values()) append(to, built(run));
  append(to, built(sorts.rest));
}
