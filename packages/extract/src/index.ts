import { inspectAll } from './inspect.ts';
import { addProblem, startJob } from './job.ts';
import { limitsWith } from './limits.ts';
import type { Extraction, Options, Part } from './types.ts';

export { ExtractError, type ExtractErrorCode } from './errors.ts';
export { defaultLimits, limitsWith, type Limits } from './limits.ts';
export { isPlainText } from './plain.ts';
export { markKinds, partKinds, reasons } from './types.ts';
export type { Extraction, Inflated, InnerFile, Mark, Options, Part, PartKind, PdfPage, PdfReading, Problem, Reason, Tools } from './types.ts';

/**
 * Answers with every text a file holds, and with what of it could not be read. Hostile bytes never throw: they give a problem. Throws
 * `ExtractError` for limits that make no sense.
 */
export async function extract(bytes: Uint8Array, options: Options): Promise<Extraction> {
  const job = startJob(limitsWith(options.limits), options.tools);
  if (bytes.length > job.limits.inputBytes) addProblem(job, [], 'too_large');
  else await inspectAll(job, bytes, options.name === undefined ? {} : { name: options.name });
  const { parts, files, problems } = job;
  return { parts, files, problems, whole: problems.length === 0 && parts.every((part) => part.whole) };
}

const CONTENT: ReadonlySet<Part['kind']> = new Set(['text', 'html', 'xml', 'word', 'slides', 'sheets', 'opendocument', 'rtf', 'pdf', 'mail', 'deleted']);

/**
 * Whether a part is what the file says, and not what its program wrote around it (templates, names, attributes, raw bytes). To find secrets, read
 * every part; to register a file as a secret, take the content alone, or the secret would match every file of the same program.
 */
export function isContent(part: Part): boolean {
  return CONTENT.has(part.kind);
}

/** Where an offset of a part lies: the last mark at or before it. Undefined if the part has no marks there. */
export function markAt(part: Part, offset: number): Part['marks'][number] | undefined {
  let low = 0;
  let high = part.marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (part.marks[middle]!.at <= offset) low = middle + 1;
    else high = middle;
  }
  return part.marks[low - 1];
}
