import { isBlank, toBinaryText, u32 } from './bytes.ts';
import { decodeText } from './charset.ts';
import { detect, mailStart, mayBeMail, type Kind } from './detect.ts';
import { dataAddressesIn, filesInJson, isFont, type EmbeddedData } from './embedded.ts';
import { classify, encodedRuns, hasEncoded, readings, withoutEscapes } from './encoded.ts';
import { ExtractError } from './errors.ts';
import { hasMarkup, looksLikeHtml, readHtml } from './html.ts';
import { isDecorative } from './image.ts';
import {
  addFile,
  addPart,
  addProblem,
  append,
  besideContent,
  built,
  checkTime,
  inflateWithin,
  into,
  spendBytes,
  startText,
  type Job,
  type Path,
} from './job.ts';
import { readMail, splitMbox } from './mail.ts';
import { readOffice } from './office.ts';
import { readOpenDocument } from './opendocument.ts';
import { readPdf } from './pdf.ts';
import { printableRuns } from './raw.ts';
import { readRtf } from './rtf.ts';
import { readTar } from './tar.ts';
import { readXml } from './xml.ts';
import { hasDirectory, readZip, walkLocalHeaders, type Zip, type ZipEntry } from './zip.ts';

/** What the container says of an entry. Only a charset and "this is HTML" are heard, and only for text. */
export type Hint = { readonly charset?: string | undefined; readonly type?: string; readonly name?: string };

type Place = { path: Path; depth: number };

const PRINTER_SETTINGS = /^(?:xl|word)\/printerSettings\/[^/]+\.bin$/;
const MAX_PRINTER_SETTINGS = 64 * 1024;
/** What begins as a drawing or declares entities is XML, even if elements of HTML stand in it. */
const DRAWING = /<!DOCTYPE\s+(?!html)[\w:]|<!ENTITY|^[\s\ufeff]*(?:<!--[^]{0,1500}?-->\s*)?<svg[\s>]/i;
const MAX_NAMES = 1024 * 1024;
const MAIL_NAME = /\.(?:eml|emlx|mht|mhtml)$/i;

/** Reads bytes by what they are, and everything inside them. `depth` counts the containers around them. */
export async function inspect(job: Job, place: Place, bytes: Uint8Array, hint: Hint = {}): Promise<void> {
  checkTime(job);
  if (bytes.length === 0) {
    if (place.path.length === 0) addPart(job, place.path, { kind: 'text', text: '' });
    return;
  }
  addFile(job, place.path, bytes);
  const kind = detect(bytes);
  if (kind === null) return readTextOrUnknown(job, place, { bytes, hint });
  if (isContainer(kind) && place.depth >= job.limits.depth) {
    addProblem(job, place.path, 'too_deep');
    return;
  }
  await readKind(job, place, { kind, bytes });
  // A file may be two things at once: an archive is found from its end, whatever stands at the start.
  // A PDF may carry one as an attachment, which its reader gives.
  const isRead = isContainer(kind) && kind !== 'gzip';
  if (!isRead && hasDirectory(bytes, kind === 'pdf')) await readZipBehind(job, place, bytes);
}

function isContainer(kind: Kind): boolean {
  return kind === 'zip' || kind === 'gzip' || kind === 'tar' || kind === 'mail' || kind === 'mbox';
}

async function readKind(job: Job, place: Place, from: { kind: Kind; bytes: Uint8Array }): Promise<void> {
  const { path } = place;
  const { bytes } = from;
  switch (from.kind) {
    case 'zip':
      return readArchive(job, place, bytes);
    case 'gzip':
      return readGzip(job, place, bytes);
    case 'tar':
      return readTarball(job, place, bytes);
    case 'mail':
      return readMessage(job, place, bytes.subarray(mailStart(bytes)));
    case 'mbox':
      for (const [i, message] of splitMbox(bytes).entries()) {
        const inner = into(path, `message ${i + 1}`);
        addFile(job, inner, message);
        await readMessage(job, { path: inner, depth: place.depth + 1 }, message);
      }
      return;
    case 'pdf':
      for (const extra of await readPdf(job, path, bytes)) await inspectCopy(job, { path: into(path, extra.name), depth: place.depth + 1 }, extra.bytes);
      return;
    case 'rtf':
      for (const [i, object] of readRtf(job, path, bytes).entries())
        await inspectCopy(job, { path: into(path, `object ${i + 1}`), depth: place.depth + 1 }, object);
      return;
    case 'image':
      if (!isDecorative(bytes)) addProblem(job, path, 'image');
      break;
    case 'encrypted':
      addProblem(job, path, 'encrypted');
      break;
    default:
      addProblem(job, path, 'unsupported');
  }
  addPart(job, path, { kind: 'raw', text: printableRuns(bytes) });
}

/** Reads bytes that a reader took out of a file. They count against the total, like what comes out of an archive. */
async function inspectCopy(job: Job, place: Place, bytes: Uint8Array, hint?: Hint): Promise<void> {
  if (place.depth > job.limits.depth) addProblem(job, place.path, 'too_deep');
  else if (job.left.entries-- <= 0) addProblem(job, place.path, 'too_many_entries');
  else if (!spendBytes(job, bytes.length)) addProblem(job, place.path, 'too_large');
  else await inspect(job, place, bytes, hint);
}

async function readTextOrUnknown(job: Job, place: Place, from: { bytes: Uint8Array; hint: Hint }): Promise<void> {
  const { path } = place;
  const { bytes, hint } = from;
  if (hasDirectory(bytes)) return readZipBehind(job, place, bytes);
  const decoded = decodeText(bytes, job.tools, hint.charset ?? declaredCharset(bytes));
  if (decoded === null) {
    addProblem(job, path, 'unknown');
    addPart(job, path, { kind: 'raw', text: printableRuns(bytes) });
    return;
  }
  if (!decoded.certain) addProblem(job, path, 'unknown');
  const { text } = decoded;
  if (text.includes('-----BEGIN PGP MESSAGE-----')) addProblem(job, path, 'encrypted');
  const files = await readText(job, path, { text, hint });
  await readEmbedded(job, place, files);
  for (const guess of decoded.guesses) addPart(job, path, { kind: 'guess', text: guess });
  await readEncoded(job, place, { text, seen: new Set(files.map(({ source }) => source)) });
  if (mayBeMail(bytes) || MAIL_NAME.test(hint.name ?? '')) await readAsMailToo(job, place, bytes);
}

/** A text that a mail reader would show as another one. That it is no whole mail is no problem: it was read as the text that it is. */
async function readAsMailToo(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  const from = job.problems.length;
  await besideContent(job, () => readMessage(job, place, bytes.subarray(mailStart(bytes))));
  const found = job.problems.splice(from);
  job.problems.push(...found.filter(({ path, reason }) => reason !== 'broken' || path !== place.path));
}

/** Reads what a text holds in digits or escapes. Its texts stand together in one part; its files are read as files. `seen`: runs that were read. */
async function readEncoded(job: Job, place: Place, from: { text: string; seen: Set<string> }): Promise<void> {
  const { text, seen } = from;
  if (place.depth > job.limits.depth) {
    if (hasEncoded(text, seen)) addProblem(job, place.path, 'too_deep');
    return;
  }
  const texts = startText(job);
  const raw = startText(job);
  let files = 0;
  for (const run of encodedRuns(text)) {
    checkTime(job);
    if (seen.has(run.source)) continue;
    seen.add(run.source);
    let file: Uint8Array | undefined;
    let isFirst = true;
    for (const bytes of readings(run)) {
      if (!spendBytes(job, bytes.length)) return addProblem(job, place.path, 'too_large');
      const found = run.kind === 'uuencode' ? { file: bytes } : classify(bytes, { tools: job.tools, isFirst });
      isFirst = false;
      if ('runs' in found) append(raw, `${found.runs}\n`);
      else if ('texts' in found) for (const one of found.texts) append(texts, `${one}\n`);
      else file = found.file;
      if (file || ('isSure' in found && found.isSure)) break;
    }
    if (file) await inspectCopy(job, { path: into(place.path, run.name ?? `${run.kind} ${++files}`), depth: place.depth + 1 }, file);
  }
  append(texts, withoutEscapes(text) ?? '');
  const found = built(texts);
  addPart(job, place.path, { kind: 'hidden', text: found });
  addPart(job, place.path, { kind: 'raw', text: built(raw) });
  if (found === '') return;
  if (hasMarkup(found)) await besideContent(job, () => void readHtml(job, place.path, found));
  await readEncoded(job, { path: place.path, depth: place.depth + 1 }, { text: found, seen });
}

/** Reads a text by what is marked up in it, and gives the files in it. What browsers take for the one and others for the other is read as both. */
async function readText(job: Job, path: Path, from: { text: string; hint: Hint }): Promise<EmbeddedData[]> {
  const { text, hint } = from;
  const head = text.slice(0, 4096);
  const isXml = /^\s*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s/>])/.test(head.slice(0, 300));
  const isNamedHtml = hint.type === 'text/html' || /\.x?html?$/i.test(hint.name ?? '');
  if (looksLikeHtml(text)) {
    const files = readHtml(job, path, text);
    return isXml && DRAWING.test(head) ? withNew(files, await beside(job, () => readXml(job, path, text))) : files;
  }
  if (isXml) {
    const files = readXml(job, path, text);
    return isNamedHtml || /<html[\s>]/i.test(head) ? withNew(files, await beside(job, () => readHtml(job, path, text))) : files;
  }
  addPart(job, path, { kind: 'text', text });
  return isNamedHtml || hasMarkup(text) ? [...readHtml(job, path, text), ...filesInJson(text)] : filesInJson(text);
}

async function beside(job: Job, read: () => EmbeddedData[]): Promise<EmbeddedData[]> {
  let files: EmbeddedData[] = [];
  await besideContent(job, () => void (files = read()));
  return files;
}

/** Files, and those of a second reading that are not among them. */
function withNew(files: readonly EmbeddedData[], more: readonly EmbeddedData[]): EmbeddedData[] {
  const seen = new Set(files.map(({ source }) => source));
  return [...files, ...more.filter(({ source }) => !seen.has(source))];
}

/** The charset that HTML or XML names in its first bytes. */
function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = toBinaryText(bytes.subarray(0, 2048));
  const xml = /^\s*<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})/.exec(head);
  return (xml ?? /<meta\s[^>]{0,500}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})/i.exec(head))?.[1];
}

/** Reads the files in a text. What is no file of its own there (short texts, fonts, keys) stands together in one part of its kind. */
async function readEmbedded(job: Job, place: Place, embedded: readonly EmbeddedData[]): Promise<void> {
  const texts = startText(job);
  const raw = startText(job);
  for (const [i, { type, bytes, isLoose }] of embedded.entries()) {
    const found = isLoose ? asNoFile(job, bytes) : null;
    if (found === null) await inspectCopy(job, { path: into(place.path, `data ${i + 1}`), depth: place.depth + 1 }, bytes, { type });
    else if (!spendBytes(job, bytes.length)) return addProblem(job, place.path, 'too_large');
    else append(found.isText ? texts : raw, `${found.text}\n`);
  }
  addPart(job, place.path, { kind: 'hidden', text: built(texts) });
  addPart(job, place.path, { kind: 'raw', text: built(raw) });
}

/** The text of bytes that are no file which anybody reads, or null for those that are. */
function asNoFile(job: Job, bytes: Uint8Array): { text: string; isText: boolean } | null {
  checkTime(job);
  if (!isFont(bytes) && (detect(bytes) !== null || hasDirectory(bytes))) return null;
  const decoded = isFont(bytes) ? null : decodeText(bytes, job.tools);
  if (!decoded?.certain) return { text: printableRuns(bytes), isText: false };
  return decoded.text.includes('<') ? null : { text: [decoded.text, ...decoded.guesses].join('\n'), isText: true };
}

async function readMessage(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  if (place.depth >= job.limits.depth) return addProblem(job, place.path, 'too_deep');
  for (const leaf of readMail(job, place.path, bytes)) {
    const inner: Place = { path: leaf.path, depth: place.depth + 1 };
    if (leaf.isMessage) {
      addFile(job, leaf.path, leaf.bytes);
      await readMessage(job, inner, leaf.bytes);
    } else await inspect(job, inner, leaf.bytes, { charset: leaf.charset, type: leaf.type, name: leaf.path.at(-1)! });
  }
}

async function readGzip(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  if (job.left.entries-- <= 0) return addProblem(job, place.path, 'too_many_entries');
  const inflated = inflateWithin(job, bytes, 'gzip');
  const { name, asides } = gzipHeader(bytes);
  const path = into(place.path, name || '(content)');
  addPart(job, place.path, { kind: 'names', text: asides });
  if (inflated.problem !== undefined) addProblem(job, path, inflated.problem);
  await inspect(job, { path, depth: place.depth + 1 }, inflated.bytes, { name });
  const rest = bytes.subarray(inflated.used);
  if (inflated.problem === undefined && !isBlank(rest)) await inspectCopy(job, { path: into(place.path, '(trailing bytes)'), depth: place.depth + 1 }, rest);
}

/** Name in the header of a gzip file, and every text in it. */
function gzipHeader(bytes: Uint8Array): { name: string; asides: string } {
  const flags = bytes[3] ?? 0;
  let at = 10;
  const texts: string[] = [];
  if (flags & 4) {
    const length = (bytes[10] ?? 0) | ((bytes[11] ?? 0) << 8);
    texts.push(printableRuns(bytes.subarray(12, 12 + length)));
    at = 12 + length;
  }
  let name = '';
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    const text = new TextDecoder('windows-1252').decode(bytes.subarray(at, Math.min(end === -1 ? bytes.length : end, at + MAX_NAMES)));
    if (flag === 8) name = text;
    texts.push(text);
    at = end === -1 ? bytes.length : end + 1;
  }
  return { name, asides: texts.join('\n') };
}

async function readTarball(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  const tar = readTar(bytes, Math.max(0, job.left.entries));
  job.left.entries -= tar.entries.length;
  if (tar.state !== 'whole') addProblem(job, place.path, tar.state);
  addNames(job, place.path, { names: tar.entries.map(({ name }) => name), asides: tar.asides });
  for (const entry of tar.entries) {
    if (!entry.isFile) continue;
    const path = into(place.path, entry.name);
    if (entry.to - entry.from > job.limits.entryBytes || !spendBytes(job, entry.to - entry.from)) addProblem(job, path, 'too_large');
    else await inspect(job, { path, depth: place.depth + 1 }, bytes.subarray(entry.from, entry.to), { name: entry.name });
  }
  await inspectGaps(job, place, { bytes, gaps: tar.gaps });
}

function addNames(job: Job, path: Path, from: { names: readonly string[]; asides: readonly Uint8Array[] }): void {
  const names = startText(job);
  for (const name of from.names) append(names, `${name}\n`);
  for (const aside of from.asides) append(names, `${aside.includes(0) ? printableRuns(aside) : new TextDecoder().decode(aside)}\n`);
  addPart(job, path, { kind: 'names', text: built(names) });
}

/** Bytes between, before and behind the entries: an archive can carry what its directory does not list. */
async function inspectGaps(job: Job, place: Place, from: { bytes: Uint8Array; gaps: readonly { from: number; to: number }[] }): Promise<void> {
  for (const gap of from.gaps) {
    const bytes = from.bytes.subarray(gap.from, gap.to);
    if (isBlank(bytes)) continue;
    const name = gap.from === 0 ? '(leading bytes)' : gap.to === from.bytes.length ? '(trailing bytes)' : '(unlisted bytes)';
    // The gap is the whole file: reading it again would not end.
    if (gap.from === 0 && gap.to === from.bytes.length) return addProblem(job, place.path, 'broken');
    await inspectCopy(job, { path: into(place.path, name), depth: place.depth + 1 }, bytes);
  }
}

async function readZipBehind(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  if (place.depth >= job.limits.depth) addProblem(job, place.path, 'too_deep');
  else await readArchive(job, place, bytes);
}

async function readArchive(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  const zip = readZip(bytes, Math.max(0, job.left.entries));
  if (!zip) return salvage(job, place, bytes);
  job.left.entries -= zip.entries.length;
  if (zip.state !== 'whole') addProblem(job, place.path, zip.state);
  addNames(job, place.path, { names: zip.entries.map(({ name }) => name), asides: zip.asides });
  const family = familyOf(zip);
  const xml = new Map<string, string>();
  for (const entry of zip.entries) {
    checkTime(job);
    const path = into(place.path, entry.name);
    const content = readEntry(job, path, { bytes, entry });
    if (content === null || content.length === 0) continue;
    if (family !== null && isXml(entry.name, content) && !xml.has(entry.name)) xml.set(entry.name, decodeXml(job, path, content));
    else if (family === 'office' && isPrinterSettings(entry.name, content)) {
      addFile(job, path, content);
      addPart(job, path, { kind: 'raw', text: printableRuns(content) });
    } else if (!isMimetype(entry.name, content)) await inspect(job, { path, depth: place.depth + 1 }, content, { name: entry.name });
  }
  if (family === 'office') readOffice(job, place.path, xml);
  else if (family === 'opendocument')
    for (const [i, picture] of readOpenDocument(job, place.path, xml).entries())
      await inspectCopy(job, { path: into(place.path, `picture ${i + 1}`), depth: place.depth + 1 }, picture);
  for (const [name, text] of xml) await readEmbedded(job, { path: into(place.path, name), depth: place.depth }, dataAddressesIn(text));
  await inspectGaps(job, place, { bytes, gaps: zip.gaps });
}

/** What Excel and Word keep of a printer: bytes of its driver. Anything that is a file of its own is read as that. */
function isPrinterSettings(name: string, content: Uint8Array): boolean {
  return PRINTER_SETTINGS.test(name) && content.length <= MAX_PRINTER_SETTINGS && detect(content) === null;
}

/** The type that OpenDocument and EPUB put first. Anything else under that name is read like every entry. */
function isMimetype(name: string, content: Uint8Array): boolean {
  return name === 'mimetype' && /^application\/[\w.+-]{1,80}\s*$/.test(toBinaryText(content.subarray(0, 128))) && content.length < 128;
}

function familyOf(zip: Zip): 'office' | 'opendocument' | null {
  const names = new Set(zip.entries.map(({ name }) => name));
  if (names.has('[Content_Types].xml') && zip.entries.some(({ name }) => /^(?:word|ppt|xl)\//.test(name))) return 'office';
  return names.has('META-INF/manifest.xml') && names.has('content.xml') ? 'opendocument' : null;
}

function isXml(name: string, content: Uint8Array): boolean {
  if (!/\.(?:xml|rels|vml|rdf)$/i.test(name)) return false;
  const head = content.subarray(0, 64);
  return head.some((byte) => byte === 60) && detect(content) === null;
}

function decodeXml(job: Job, path: Path, content: Uint8Array): string {
  const decoded = decodeText(content, job.tools, declaredCharset(content));
  if (decoded === null || !decoded.certain) addProblem(job, path, 'broken');
  for (const guess of decoded?.guesses ?? []) addPart(job, path, { kind: 'guess', text: guess });
  return decoded?.text ?? '';
}

/** Content of an entry, or null if it cannot be read. Whatever is wrong with it is a problem, and what could be read of it is still read. */
function readEntry(job: Job, path: Path, from: { bytes: Uint8Array; entry: ZipEntry }): Uint8Array | null {
  const { bytes, entry } = from;
  if (entry.encrypted || entry.method === 99) {
    addProblem(job, path, 'encrypted');
    return null;
  }
  if (entry.suspect) addProblem(job, path, 'broken');
  if (entry.dataStart < 0) return null;
  if (entry.size > job.limits.entryBytes || entry.size > job.left.bytes) {
    addProblem(job, path, 'too_large');
    return null;
  }
  const packed = bytes.subarray(entry.dataStart, entry.dataStart + entry.compressedSize);
  const content = unpack(job, path, { packed, method: entry.method });
  if (content === null) return null;
  const isWhole = content.bytes.length === entry.size && content.used === packed.length && job.tools.crc32(content.bytes) === entry.crc;
  if (!isWhole && !content.problem && !entry.suspect) addProblem(job, path, 'broken');
  return content.bytes;
}

function unpack(job: Job, path: Path, from: { packed: Uint8Array; method: number }): { bytes: Uint8Array; used: number; problem: boolean } | null {
  if (from.method === 0) {
    const fits = from.packed.length <= job.limits.entryBytes && spendBytes(job, from.packed.length);
    if (!fits) addProblem(job, path, 'too_large');
    return fits ? { bytes: from.packed, used: from.packed.length, problem: false } : null;
  }
  if (from.method !== 8) {
    addProblem(job, path, 'unsupported');
    return null;
  }
  const inflated = inflateWithin(job, from.packed, 'raw');
  if (inflated.problem !== undefined) addProblem(job, path, inflated.problem);
  return { bytes: inflated.bytes, used: inflated.used, problem: inflated.problem !== undefined };
}

/** Reads what can be read of an archive whose directory is gone: entry after entry, by the local headers. */
async function salvage(job: Job, place: Place, bytes: Uint8Array): Promise<void> {
  addProblem(job, place.path, 'broken');
  let at = 0;
  const texts: { path: Path; content: Uint8Array }[] = [];
  for (let entry = walkLocalHeaders(bytes, at); entry !== null; entry = walkLocalHeaders(bytes, at)) {
    if (job.left.entries-- <= 0) return addProblem(job, place.path, 'too_many_entries');
    const size = entry.compressedSize;
    const packed = bytes.subarray(entry.dataStart, size < 0 ? bytes.length : entry.dataStart + size);
    const path = into(place.path, entry.name);
    if (entry.encrypted) addProblem(job, path, 'encrypted');
    const content = entry.encrypted || (size < 0 && entry.method !== 8) ? null : unpack(job, path, { packed, method: entry.method });
    if (content) texts.push({ path, content: content.bytes });
    if (size < 0 && !content) break;
    at = entry.dataStart + (size < 0 ? content!.used : size);
    if (size < 0) at += at + 16 <= bytes.length && u32(bytes, at) === 0x08074b50 ? 16 : 12;
  }
  for (const { path, content } of texts) await inspect(job, { path, depth: place.depth + 1 }, content);
  if (texts.length === 0) addPart(job, place.path, { kind: 'raw', text: printableRuns(bytes) });
  else if (at < bytes.length) addPart(job, place.path, { kind: 'raw', text: printableRuns(bytes.subarray(at)) });
}

/** Runs an inspection and turns its end by time into a problem. */
export async function inspectAll(job: Job, bytes: Uint8Array, hint: Hint): Promise<void> {
  try {
    await inspect(job, { path: [], depth: 0 }, bytes, hint);
  } catch (error) {
    if (!(error instanceof ExtractError)) throw error;
    addProblem(job, [], error.code === 'timeout' ? 'timeout' : 'broken');
  }
}
