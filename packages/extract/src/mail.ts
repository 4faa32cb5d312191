import { fromBase64 } from './base64.ts';
import { findBytes, isBlank, startsWith, toBinaryText } from './bytes.ts';
import { addFile, addPart, addProblem, append, built, checkTime, into, spendBytes, startText, type Job, type Path, type TextBuilder } from './job.ts';
import { printableRuns } from './raw.ts';
import { isDetachedSignature } from './signature.ts';
import { fromQuotedPrintable, parseFields, parseHeaders, type Fields, type Header } from './mime.ts';

/** A decoded leaf of a message, to be read by what it is. */
export type MailLeaf = {
  readonly path: Path;
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly charset: string | undefined;
  readonly isMessage: boolean;
};

const MAX_HEADER = 1024 * 1024;
const MAX_MULTIPART_DEPTH = 32;
const MAX_SIGNATURE = 16 * 1024;

type Walk = { job: Job; shown: TextBuilder; hidden: TextBuilder; leaves: MailLeaf[] };

/** Reads the headers of a message and finds the leaves of its MIME tree. */
export function readMail(job: Job, path: Path, bytes: Uint8Array): MailLeaf[] {
  const walk: Walk = { job, shown: startText(job), hidden: startText(job), leaves: [] };
  walkEntity(walk, path, { bytes, depth: 0, number: '' });
  addPart(job, path, { kind: 'mail', text: built(walk.shown) });
  addPart(job, path, { kind: 'hidden', text: built(walk.hidden) });
  return walk.leaves;
}

/** Messages of an mbox file: each begins with a line "From " behind an empty line. */
export function splitMbox(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let from = bytes.indexOf(10) + 1;
  for (let at = findBytes(bytes, '\nFrom ', from); at !== -1; at = findBytes(bytes, '\nFrom ', at + 1)) {
    if (bytes[at - 1] !== 10 && !(bytes[at - 1] === 13 && bytes[at - 2] === 10)) continue;
    messages.push(bytes.subarray(from, at));
    const line = bytes.indexOf(10, at + 1);
    from = line === -1 ? bytes.length : line + 1;
  }
  messages.push(bytes.subarray(from));
  return messages;
}

function walkEntity(walk: Walk, path: Path, entity: { bytes: Uint8Array; depth: number; number: string }): void {
  const { job } = walk;
  checkTime(job);
  if (job.left.entries-- <= 0) {
    addProblem(job, path, 'too_many_entries');
    return;
  }
  const { headers, body } = splitEntity(job, path, entity.bytes);
  const to = entity.depth === 0 ? walk.shown : walk.hidden;
  for (const { name, value } of headers) append(to, name === '' ? `${value}\n` : `${name}: ${value}\n`);
  const type = parseFields(headers.find(({ name }) => name === 'content-type')?.value ?? 'text/plain');
  const boundary = type.parameters.get('boundary');
  if (type.value === 'multipart/encrypted') addProblem(job, path, 'encrypted');
  if (!type.value.startsWith('multipart/')) readLeaf(walk, path, { headers, body, type, number: entity.number });
  else if (boundary === undefined || boundary === '') {
    addProblem(job, path, 'broken');
    walk.leaves.push({ path: into(path, entity.number || '1'), bytes: body, type: 'text/plain', charset: undefined, isMessage: false });
  } else if (entity.depth >= MAX_MULTIPART_DEPTH) addProblem(job, path, 'too_deep');
  else walkParts(walk, path, { body, boundary, depth: entity.depth, number: entity.number });
}

function splitEntity(job: Job, path: Path, bytes: Uint8Array): { headers: Header[]; body: Uint8Array } {
  let end = findBytes(bytes, '\n\n');
  const dos = findBytes(bytes, '\n\r\n', 0, end === -1 ? bytes.length : end);
  if (dos !== -1) end = dos;
  if (bytes[0] === 10) return { headers: [], body: bytes.subarray(1) };
  if (startsWith(bytes, '\r\n')) return { headers: [], body: bytes.subarray(2) };
  const headerEnd = end === -1 ? bytes.length : end;
  if (headerEnd > MAX_HEADER) addProblem(job, path, 'too_large');
  const block = bytes.subarray(0, Math.min(headerEnd, MAX_HEADER));
  const body = end === -1 ? bytes.subarray(bytes.length) : bytes.subarray(end + (dos === -1 ? 2 : 3));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(block);
  } catch {
    text = toBinaryText(block);
  }
  return { headers: parseHeaders(text), body };
}

function walkParts(walk: Walk, path: Path, multi: { body: Uint8Array; boundary: string; depth: number; number: string }): void {
  const { body } = multi;
  const { ranges, closed } = splitParts(body, multi.boundary);
  if (!closed || ranges.length < 3) addProblem(walk.job, path, 'broken');
  for (const [i, range] of ranges.entries()) {
    const part = body.subarray(range.from, range.to);
    const isBeside = i === 0 || (closed && i === ranges.length - 1);
    // No reader shows what stands before the first and after the last part.
    if (isBeside && !isBlank(part))
      walk.leaves.push({ path: into(path, i === 0 ? '(preamble)' : '(epilogue)'), bytes: part, type: '', charset: undefined, isMessage: false });
    if (!isBeside) walkEntity(walk, path, { bytes: part, depth: multi.depth + 1, number: multi.number === '' ? String(i) : `${multi.number}.${i}` });
  }
}

/** Preamble, parts, and (if the last boundary is there) epilogue. */
function splitParts(body: Uint8Array, boundary: string): { ranges: { from: number; to: number }[]; closed: boolean } {
  const needle = `--${boundary}`;
  const ranges: { from: number; to: number }[] = [];
  let from = 0;
  let line = 0;
  while (line < body.length) {
    const lineEnd = body.indexOf(10, line);
    const next = lineEnd === -1 ? body.length : lineEnd + 1;
    if (body[line] === 45 && startsWith(body, needle, line)) {
      const isLast = startsWith(body, '--', line + needle.length);
      const rest = body.subarray(line + needle.length + (isLast ? 2 : 0), next);
      if (isBlank(rest)) {
        ranges.push({ from, to: Math.max(from, line - (body[line - 2] === 13 ? 2 : 1)) });
        from = next;
        if (isLast) {
          ranges.push({ from, to: body.length });
          return { ranges, closed: true };
        }
      }
    }
    line = next;
  }
  ranges.push({ from, to: body.length });
  return { ranges, closed: false };
}

function readLeaf(walk: Walk, path: Path, leaf: { headers: Header[]; body: Uint8Array; type: Fields; number: string }): void {
  const { job } = walk;
  const encoding = (leaf.headers.find(({ name }) => name === 'content-transfer-encoding')?.value ?? '').trim().toLowerCase();
  const disposition = parseFields(leaf.headers.find(({ name }) => name === 'content-disposition')?.value ?? '');
  const name = disposition.parameters.get('filename') ?? leaf.type.parameters.get('name') ?? `part ${leaf.number || '1'}`;
  const to = into(path, name);
  if (!spendBytes(job, leaf.body.length)) {
    addProblem(job, to, 'too_large');
    return;
  }
  const bytes = encoding === 'base64' ? fromBase64(leaf.body) : encoding === 'quoted-printable' ? fromQuotedPrintable(leaf.body) : leaf.body;
  if (!['', '7bit', '8bit', 'binary', 'base64', 'quoted-printable'].includes(encoding)) addProblem(job, to, 'unsupported');
  const type = leaf.type.value;
  if (/^application\/(?:x-)?pkcs7-mime$/.test(type) && leaf.type.parameters.get('smime-type') !== 'signed-data') addProblem(job, to, 'encrypted');
  else if (/^application\/(?:x-)?pkcs7-signature$/.test(type) && bytes.length <= MAX_SIGNATURE && isDetachedSignature(bytes)) {
    addFile(job, to, bytes);
    addPart(job, to, { kind: 'raw', text: printableRuns(bytes) });
  } else
    walk.leaves.push({
      path: to,
      bytes,
      type,
      charset: leaf.type.parameters.get('charset'),
      isMessage: type === 'message/rfc822' || type === 'message/global',
    });
}
