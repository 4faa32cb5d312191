import { findBytes, findLastBytes, isBlank, toBinaryText } from './bytes.ts';
import { addPart, addProblem, append, built, into, mark, startText, type Job, type Path } from './job.ts';

/** A file attached to a PDF, or bytes behind its end. */
export type PdfExtra = { readonly name: string; readonly bytes: Uint8Array };

const MIN_TRAILER = 16;

/** Reads a PDF through the reader that was passed in. A page that shows pictures is not read whole: they may hold a scan. */
export async function readPdf(job: Job, path: Path, bytes: Uint8Array): Promise<PdfExtra[]> {
  const { pages: maxPages, partText } = job.limits;
  const reading = await job.tools.readPdf(bytes, { maxPages, maxText: Math.min(partText, job.left.text), expired: () => job.tools.expired() });
  const shown = startText(job);
  for (const [i, page] of reading.pages.entries()) {
    const label = String(i + 1);
    mark(shown, 'page', label);
    append(shown, `${page.text}\n`);
    if (page.problem !== undefined) addProblem(job, into(path, `page ${label}`), page.problem);
  }
  if (reading.problem !== undefined) addProblem(job, path, reading.problem);
  addPart(job, path, { kind: 'pdf', text: built(shown), marks: shown.marks, whole: reading.problem === undefined });
  const hidden = startText(job);
  for (const detail of reading.details) append(hidden, `${detail}\n`);
  for (const { otherwise } of reading.pages) for (const text of otherwise ?? []) append(hidden, `${text}\n`);
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  addPart(job, path, { kind: 'raw', text: outsideStreams(bytes, job.limits.partText) });
  return [...reading.attachments, ...around(bytes)];
}

/** What stands before the header and behind the last end mark: a PDF may carry another file there. */
function around(bytes: Uint8Array): PdfExtra[] {
  const start = findBytes(bytes, '%PDF-');
  const end = findLastBytes(bytes, '%%EOF');
  const extras: PdfExtra[] = [];
  if (start > 0 && !isBlank(bytes.subarray(0, start))) extras.push({ name: '(leading bytes)', bytes: bytes.subarray(0, start) });
  const tail = end === -1 ? bytes.subarray(bytes.length) : bytes.subarray(end + 5);
  if (tail.length > MIN_TRAILER && !isBlank(tail)) extras.push({ name: '(trailing bytes)', bytes: tail });
  return extras;
}

/** Comments and strings that stand in the open between the streams, where no page shows them. */
function outsideStreams(bytes: Uint8Array, max: number): string {
  const pieces: string[] = [];
  let length = 0;
  let at = 0;
  while (at < bytes.length && length < max) {
    const stream = findBytes(bytes, 'stream', at);
    const end = stream === -1 ? bytes.length : stream;
    const text = proseOf(toBinaryText(bytes.subarray(at, end)));
    if (text !== '') pieces.push(text);
    length += text.length;
    if (stream === -1) break;
    const close = findBytes(bytes, 'endstream', stream + 6);
    at = close === -1 ? bytes.length : close + 9;
  }
  return pieces.join('\n');
}

/** Strings and comments of a piece of PDF syntax that are long enough to say something. */
function proseOf(syntax: string): string {
  const found: string[] = [];
  for (const match of syntax.matchAll(/%([^\r\n]{24,})|\(([^()\\]{24,})\)/g)) found.push(match[1] ?? match[2]!);
  return found.join('\n');
}
