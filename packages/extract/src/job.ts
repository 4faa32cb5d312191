import { ExtractError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { InnerFile, Mark, Part, PartKind, Problem, Reason, Tools } from './types.ts';

export type Path = readonly string[];

/** What one extraction has found so far, and what it may still spend. */
export type Job = {
  readonly limits: Limits;
  readonly tools: Tools;
  readonly parts: Part[];
  readonly files: InnerFile[];
  readonly problems: Problem[];
  left: { bytes: number; text: number; entries: number };
};

const MAX_PROBLEMS = 1_000;
const MAX_MARKS = 200_000;
const MAX_NAME = 255;

export function startJob(limits: Limits, tools: Tools): Job {
  return { limits, tools, parts: [], files: [], problems: [], left: { bytes: limits.inflatedBytes, text: limits.totalText, entries: limits.entries } };
}

/** Ends the extraction with what was found, if the time is up. */
export function checkTime(job: Job): void {
  if (job.tools.expired()) throw new ExtractError('timeout', 'Cannot extract: the time is up');
}

export function addProblem(job: Job, path: Path, reason: Reason): void {
  if (job.problems.length < MAX_PROBLEMS) job.problems.push({ path, reason });
}

/** A file inside another. However entries are counted, there are never more than may be in it. */
export function addFile(job: Job, path: Path, bytes: Uint8Array): void {
  if (path.length > 0 && bytes.length > 0 && job.files.length < job.limits.entries)
    job.files.push({ path, bytes: bytes.length, sha256: job.tools.sha256(bytes) });
}

/** One step down. Names are hostile: cut, and never used for I/O. */
export function into(path: Path, name: string): Path {
  return [...path, name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name];
}

export type PartDraft = { kind: PartKind; text: string; marks?: readonly Mark[]; whole?: boolean };

/** Adds a part, cut to what the limits leave. Empty text beside the content is dropped, empty content is kept. */
export function addPart(job: Job, path: Path, draft: PartDraft): void {
  const beside = draft.kind === 'hidden' || draft.kind === 'template' || draft.kind === 'names' || draft.kind === 'raw' || draft.kind === 'deleted';
  if (beside && !/\S/.test(draft.text)) return;
  const room = Math.min(job.limits.partText, job.left.text);
  const cut = draft.text.length > room;
  const text = cut ? draft.text.slice(0, room) : draft.text;
  if (cut) addProblem(job, path, 'too_large');
  job.left.text -= text.length;
  const marks = (draft.marks ?? []).filter((mark) => mark.at <= text.length);
  job.parts.push({ path, kind: draft.kind, text, marks, whole: !cut && draft.whole !== false });
}

/** Reads something a second way: what is found is beside the content, so that a registered document stays as it was. */
export async function besideContent(job: Job, read: () => Promise<void> | void): Promise<void> {
  const from = job.parts.length;
  await read();
  const found = job.parts.splice(from);
  for (const part of found) {
    const isBeside = part.kind === 'hidden' || part.kind === 'template' || part.kind === 'names' || part.kind === 'raw';
    if (/\S/.test(part.text)) job.parts.push(isBeside ? part : { ...part, kind: 'guess' });
  }
}

/** Text put together piece by piece, bounded while it grows. */
export type TextBuilder = { pieces: string[]; length: number; cut: boolean; readonly max: number; marks: Mark[] };

export function startText(job: Job): TextBuilder {
  // One more than the room, so that `addPart` sees what does not fit.
  return { pieces: [], length: 0, cut: false, max: Math.min(job.limits.partText, job.left.text) + 1, marks: [] };
}

export function append(builder: TextBuilder, text: string): void {
  if (builder.cut || text === '') return;
  const room = builder.max - builder.length;
  const piece = text.length > room ? text.slice(0, room) : text;
  builder.cut = piece.length < text.length;
  builder.pieces.push(piece);
  builder.length += piece.length;
}

export function mark(builder: TextBuilder, kind: Mark['kind'], label: string): void {
  if (builder.marks.length < MAX_MARKS) builder.marks.push({ at: builder.length, kind, label: label.slice(0, MAX_NAME) });
}

export function built(builder: TextBuilder): string {
  return builder.pieces.join('');
}

/** Spends bytes of the total. False when there is not so much left. */
export function spendBytes(job: Job, count: number): boolean {
  if (count > job.left.bytes) return false;
  job.left.bytes -= count;
  return true;
}

/** Inflates within what the limits leave, and says which limit stopped it. */
export function inflateWithin(job: Job, bytes: Uint8Array, format: 'raw' | 'gzip'): { bytes: Uint8Array; used: number; problem?: Reason } {
  checkTime(job);
  const byRatio = Math.max(job.limits.ratioFloorBytes, bytes.length * job.limits.ratio);
  const bySize = Math.min(job.limits.entryBytes, job.left.bytes);
  const inflated = job.tools.inflate(bytes, { format, maxOutput: Math.max(1, Math.min(byRatio, bySize)) });
  job.left.bytes -= Math.min(job.left.bytes, inflated.bytes.length);
  if (inflated.state === 'whole') return { bytes: inflated.bytes, used: inflated.used };
  // What came out before the limit is spent too: a thousand bombs cost as much as one.
  if (inflated.state === 'too_large') job.left.bytes -= Math.min(job.left.bytes, Math.max(0, Math.min(byRatio, bySize) - inflated.bytes.length));
  const problem = inflated.state === 'broken' ? 'broken' : byRatio < bySize ? 'ratio' : 'too_large';
  return { bytes: inflated.bytes, used: inflated.used, problem };
}
