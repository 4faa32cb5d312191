import type { PdfPage, PdfReading, Reason, Tools } from '@underseal/extract';
import { getDocumentProxy, getResolvedPDFJS } from 'unpdf';
import { mayShowText, walkPaints, type Operators, type Page, type Painted } from './pdf-painted.ts';
import { textAsPlaced, textOf } from './pdf-placed.ts';

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;
type Options = Parameters<Tools['readPdf']>[1];

/** Pictures of fewer pixels are decoration. Larger ones are not decoded at all: pdf.js only says that it left them out. */
const MAX_DECORATIVE_PIXELS = 64 * 64;
const MAX_DETAILS = 20_000;
const MAX_OUTLINE = 10_000;
/** Warnings that mean lost text. pdf.js goes on where it can, and says so nowhere else. */
const LOST =
  /CMap|loadFont|Font "[^"]*" is not available|Type3 font resource|Filter "[^"]*" is not supported|Invalid stream|Error during|ignoring errors|getTextContent|getOperatorList|Cannot fetch|Search depth/;
const BENIGN = /preferred cmap table|No cmap table/;
const LEFT_OUT = /Image exceeded maximum/;
const REBUILT = /Indexing all PDF objects/;

const nothing = { pages: [], details: [], attachments: [] };

/** Texts of a PDF, page by page, within the limits. Nothing in it is run, fetched or decoded as a picture. Never throws on hostile bytes. */
export async function readPdf(bytes: Uint8Array, options: Options): Promise<PdfReading> {
  const tree = scanPageTree(bytes);
  if (tree.declared > options.maxPages) return { ...nothing, problem: 'too_many_pages' };
  const heard = listen();
  try {
    // pdf.js takes over the bytes it is given.
    const document = await open(Uint8Array.from(bytes));
    try {
      return await readDocument(document, { options, heard, bytes, pageObjects: tree.pageObjects });
    } finally {
      await document.loadingTask.destroy();
    }
  } catch (error) {
    return { ...nothing, problem: (error as Error | undefined)?.name === 'PasswordException' ? 'encrypted' : 'broken' };
  } finally {
    heard.stop();
  }
}

function open(data: Uint8Array): Promise<Document> {
  // pdfjs still reads some of these though its types no longer list them.
  const settings = {
    verbosity: 1,
    maxImageSize: MAX_DECORATIVE_PIXELS,
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    enableXfa: false,
    stopAtErrors: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    disableAutoFetch: true,
    disableStream: true,
    cMapUrl: undefined,
    standardFontDataUrl: undefined,
  };
  return getDocumentProxy(data, settings as object);
}

type Heard = { take(): string[]; stop(): void };

/** Collects what pdf.js says on the console, the only place where it tells what it left out. Bounded, and never printed: it quotes the file. */
function listen(): Heard {
  const before = console.warn;
  let lines: string[] = [];
  console.warn = (line: unknown) => {
    if (lines.length < 1_000) lines.push(String(line).slice(0, 200));
  };
  return {
    take() {
      const taken = lines;
      lines = [];
      return taken;
    },
    stop() {
      console.warn = before;
    },
  };
}

type Reading = { options: Options; heard: Heard; bytes: Uint8Array; pageObjects: number };

async function readDocument(document: Document, reading: Reading): Promise<PdfReading> {
  const { options, heard } = reading;
  if (document.numPages > options.maxPages) return { ...nothing, problem: 'too_many_pages' };
  const { OPS } = await getResolvedPDFJS();
  const details: string[] = [];
  const attachments: { name: string; bytes: Uint8Array }[] = [];
  let problem: Reason | undefined = await readDetails(document, { details, attachments });
  const atOpening = heard.take();
  if (atOpening.some((line) => REBUILT.test(line)) && !endsWhole(reading.bytes)) problem ??= 'broken';
  // pdf.js gives the files of the list of names, not those that only /AF or an annotation reaches.
  const embedded = countObjects(Buffer.from(reading.bytes.buffer, reading.bytes.byteOffset, reading.bytes.length), /^\/Type\s{0,9}\/EmbeddedFile\b/);
  if (embedded > attachments.length) problem ??= 'unsupported';
  // A page that the tree does not list is shown by no reader, and is there.
  if (reading.pageObjects > document.numPages) problem ??= 'broken';
  const pages: PdfPage[] = [];
  let length = 0;
  for (let number = 1; number <= document.numPages; number++) {
    if (options.expired()) return { pages, details, attachments, problem: 'timeout' };
    const page = await readPage(document, number, { OPS, details, heard });
    pages.push(page);
    length += [page.text, ...(page.otherwise ?? [])].reduce((sum, text) => sum + text.length, 0);
    if (length > options.maxText) return { pages, details, attachments, problem: 'too_large' };
  }
  return { pages, details, attachments, ...(problem === undefined ? {} : { problem }) };
}

/**
 * The largest page count that a page tree declares, and how many page objects lie open in the file. pdf.js corrects a count that is wrong, but only
 * after a walk that hostile bytes can make long.
 */
function scanPageTree(bytes: Uint8Array): { declared: number; pageObjects: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let declared = 0;
  for (let at = buffer.indexOf('/Count'); at !== -1; at = buffer.indexOf('/Count', at + 6)) {
    const count = Number(/^\/Count\s{0,9}(\d{1,15})/.exec(buffer.toString('latin1', at, at + 40))?.[1] ?? 0);
    if (count <= declared) continue;
    const around = buffer.toString('latin1', Math.max(0, at - 200), at + 200);
    if (/\/Type\s{0,9}\/Pages\b/.test(around)) declared = count;
  }
  return { declared, pageObjects: countObjects(buffer, /^\/Type\s{0,9}\/Page(?![A-Za-z])/) };
}

/** How many objects of a type lie open in the file. */
function countObjects(buffer: Buffer, type: RegExp): number {
  const objects = new Set<string>();
  for (let at = buffer.indexOf('/Type'); at !== -1; at = buffer.indexOf('/Type', at + 5)) {
    if (!type.test(buffer.toString('latin1', at, at + 40))) continue;
    const before = buffer.toString('latin1', Math.max(0, at - 1_000), at);
    const number = before.slice(0, before.lastIndexOf(' obj')).match(/(\d{1,10}) \d{1,5}$/)?.[1];
    if (number !== undefined) objects.add(number);
  }
  return objects.size;
}

function endsWhole(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-1024).includes('%%EOF');
}

type PageTools = { OPS: Operators; details: string[]; heard: Heard };

async function readPage(document: Document, number: number, tools: PageTools): Promise<PdfPage> {
  let text = '';
  try {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    text = textOf(items);
    const isUnread = await readAnnotations(page, tools.details);
    const painted = await walkPaints(page, tools.OPS);
    page.cleanup();
    const otherwise = [painted.text, textAsPlaced(items)].filter((other) => lettersOf(other) !== lettersOf(text));
    const problem = problemOf(tools.heard.take(), text, painted) ?? (isUnread ? 'unsupported' : undefined);
    return { text, otherwise, ...(problem === undefined ? {} : { problem }) };
  } catch {
    return { text, problem: 'broken' };
  }
}

function problemOf(heard: readonly string[], text: string, painted: Painted): Reason | undefined {
  if (heard.some((line) => LOST.test(line) && !BENIGN.test(line)) || isGarbled(text)) return 'broken';
  return heard.some((line) => LEFT_OUT.test(line)) || mayShowText(painted) ? 'image' : undefined;
}

function lettersOf(text: string): string {
  return text.replace(/\s/g, '');
}

/** A font that does not say what its glyphs mean gives private or broken characters. */
function isGarbled(text: string): boolean {
  let strange = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd || (unit >= 0xe000 && unit < 0xf900) || (unit < 32 && unit !== 9 && unit !== 10 && unit !== 13)) strange++;
  }
  return strange > 8 && strange * 10 > text.length;
}

/** Keeps what annotations and form fields say. True if one of them carries something that is not read. */
async function readAnnotations(page: Page, details: string[]): Promise<boolean> {
  let isUnread = false;
  for (const annotation of (await page.getAnnotations()) as Record<string, unknown>[]) {
    if (['FileAttachment', 'RichMedia', 'Sound', 'Movie', 'Screen', '3D'].includes(String(annotation['subtype']))) isUnread = true;
    for (const key of ['contentsObj', 'titleObj', 'richText']) keep(details, (annotation[key] as { str?: unknown } | null | undefined)?.str);
    for (const key of ['fieldValue', 'defaultFieldValue', 'alternativeText', 'fieldName', 'url', 'unsafeUrl', 'overlaidText', 'textContent'])
      keep(details, annotation[key]);
    for (const option of Array.isArray(annotation['options']) ? (annotation['options'] as { displayValue?: unknown }[]) : [])
      keep(details, option.displayValue);
  }
  return isUnread;
}

function keep(details: string[], value: unknown): void {
  if (details.length >= MAX_DETAILS) return;
  if (typeof value === 'string' && value.trim() !== '') details.push(value);
  else if (Array.isArray(value)) for (const item of value) if (typeof item === 'string') keep(details, item);
}

type Beside = { details: string[]; attachments: { name: string; bytes: Uint8Array }[] };

/** Properties, outline, scripts and attached files. Gives a problem if one of them was not read. */
async function readDetails(document: Document, beside: Beside): Promise<Reason | undefined> {
  const { details } = beside;
  const { info, metadata } = await document.getMetadata();
  const properties = info as Record<string, unknown>;
  for (const value of Object.values(properties)) keep(details, value);
  for (const value of Object.values((properties['Custom'] ?? {}) as object)) keep(details, value);
  if (metadata) for (const [, value] of metadata) keep(details, value);
  const queue = [...((await document.getOutline()) ?? [])];
  for (let at = 0; at < queue.length && at < MAX_OUTLINE; at++) {
    keep(details, queue[at]!.title);
    queue.push(...(queue[at]!.items as typeof queue));
  }
  for (const scripts of Object.values((await document.getJSActions()) ?? {})) keep(details, scripts);
  const attached = (await document.getAttachments()) as ReadonlyMap<string, { filename: string; content?: unknown }> | null;
  let isUnread = false;
  for (const [id, file] of attached ?? []) {
    const content = file.content ?? (await document.getAttachmentContent(id));
    if (content instanceof Uint8Array) beside.attachments.push({ name: file.filename, bytes: content });
    else isUnread = true;
  }
  return isUnread || properties['IsXFAPresent'] === true || details.length >= MAX_DETAILS ? 'unsupported' : undefined;
}
