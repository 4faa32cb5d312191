import { dataAddress, dataAddressesIn, filesInBase64, type EmbeddedData } from './embedded.ts';
import { entitiesOf, REFERENCE, type Entities } from './doctype.ts';
import { decodeEntities } from './entities.ts';
import { addPart, addProblem, append, built, checkTime, startText, type Job, type Path } from './job.ts';
import { asShown, bitsOf, CONCEALED, enterLook, EXTRA, leaveLooks, type Look } from './looks.ts';
import { attributesOf, scanXml } from './markup.ts';
import { addReadings, startReadings, write } from './readings.ts';
import { withoutTags } from './tag.ts';

const LONG = 24;
/** Letters of paths from which on they may draw a readable passage, and of text below which a drawing has none worth the name. */
const MUCH_DRAWN = 8 * 1024;
const LITTLE_TEXT = 32;
const DRAWN_BY_USE = 40;

/** Reads XML that belongs to no known format: its text, and its attributes and comments beside it. Gives the files in it. */
export function readXml(job: Job, path: Path, xml: string): EmbeddedData[] {
  const text = startReadings(job, { leaves: EXTRA, ways: asShown });
  const hidden = startText(job);
  const embedded: EmbeddedData[] = [];
  const isPage = /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml)|<svg[\s>]/.test(xml);
  const looks: Look[] = [];
  const drawing = startDrawing();
  const entities = startExpansion(job);
  let depth = 0;
  /** The text of an element between two tags: a comment in it tears no base64. */
  let chunk: string[] = [];

  function endChunk(): void {
    if (chunk.length > 0) embedded.push(...filesInBase64(chunk.join('')));
    chunk = [];
  }
  function keep(name: string, raw: string): void {
    const file = dataAddress(raw);
    if (file) embedded.push(file);
    else if (raw.length > 2 && !(name.startsWith('xmlns') && raw.length < 200)) {
      const value = decodeEntities(expand(raw, entities));
      append(hidden, `${value}\n`);
      embedded.push(...dataAddressesIn(value), ...filesInBase64(value));
    }
    if (name.length > LONG) append(hidden, `${name}\n`);
  }

  const state = scanXml(
    xml,
    {
      open(name, raw) {
        depth++;
        endChunk();
        const attributes = raw.length > 2 ? [...attributesOf(raw)] : [];
        for (const [key, value] of attributes) keep(key, value);
        if (!isPage) return;
        enterLook(looks, { depth, name, attributes });
        draw(drawing, { name, attributes, depth });
      },
      close(name) {
        depth--;
        endChunk();
        leaveLooks(looks, depth);
        endDrawn(drawing, depth);
        if (name.length > LONG) append(hidden, `${name}\n`);
      },
      text(raw, isCdata) {
        const bits = bitsOf(looks);
        if (bits === 0) readDrawn(drawing, raw);
        embedded.push(...dataAddressesIn(raw));
        chunk.push(isCdata ? raw : decodeEntities(raw));
        if (isCdata) return write(text, raw, bits);
        let at = 0;
        for (const reference of entities.declared === null ? [] : raw.matchAll(REFERENCE)) {
          const value = expanded(reference[1]!, entities);
          if (value === null) continue;
          write(text, decodeEntities(raw.slice(at, reference.index)), bits);
          write(text, reference[0], CONCEALED);
          write(text, decodeEntities(withoutTags(value)), EXTRA | bits);
          at = reference.index + reference[0].length;
        }
        write(text, decodeEntities(raw.slice(at)), bits);
      },
      aside(aside) {
        append(hidden, `${aside}\n`);
        embedded.push(...dataAddressesIn(aside));
        if (aside.startsWith('DOCTYPE')) declare(entities, aside);
      },
    },
    { maxDepth: job.limits.xmlDepth, check: () => checkTime(job) },
  );
  endChunk();
  addPart(job, path, { kind: 'xml', text: built(text.main) });
  addPart(job, path, { kind: 'hidden', text: built(hidden) });
  addReadings(job, path, text);
  // XML that is not well-formed is text that somebody wrote: then the text itself is what there is to read.
  if (state !== 'whole') {
    addPart(job, path, { kind: 'text', text: xml });
    addPart(job, path, { kind: 'hidden', text: decodeEntities(withoutTags(xml)) });
  }
  if (entities.isRefused) addProblem(job, path, 'unsupported');
  if (entities.left < 0) addProblem(job, path, 'too_large');
  if (drawing.drawn >= MUCH_DRAWN && drawing.letters < LITTLE_TEXT) addProblem(job, path, 'image');
  return embedded;
}

/** What may be put in for the references of a document: little enough that no reference to a long text, many times, takes the memory. */
type Expansion = { declared: Entities | null; isRefused: boolean; left: number };

function startExpansion(job: Job): Expansion {
  return { declared: null, isRefused: false, left: Math.min(job.limits.partText, job.left.text) };
}

function declare(expansion: Expansion, doctype: string): void {
  expansion.declared ??= entitiesOf(doctype);
  if (expansion.declared?.isOpen) expansion.isRefused = true;
}

/** What a reference stands for, or null for one that the document does not declare. */
function expanded(name: string, expansion: Expansion): string | null {
  const { declared } = expansion;
  if (declared?.refused.has(name)) expansion.isRefused = true;
  const value = declared?.texts.get(name);
  if (value === undefined) return null;
  expansion.left -= value.length;
  return expansion.left < 0 ? null : value;
}

function expand(raw: string, expansion: Expansion): string {
  if (expansion.declared === null || !raw.includes('&')) return raw;
  return raw.replace(REFERENCE, (whole, name: string) => expanded(name, expansion) ?? whole);
}

/** How much a drawing draws by lines, and how many letters it shows as letters. */
type Drawing = { drawn: number; letters: number; textAt: number };

function startDrawing(): Drawing {
  return { drawn: 0, letters: 0, textAt: 0 };
}

function draw(drawing: Drawing, { name, attributes, depth }: { name: string; attributes: readonly (readonly [string, string])[]; depth: number }): void {
  if (name === 'text' || name === 'foreignObject' || name === 'body') drawing.textAt ||= depth;
  else if (name === 'use') drawing.drawn += DRAWN_BY_USE;
  else if (name === 'path' || name === 'polygon' || name === 'polyline')
    for (const [key, value] of attributes) if (key === 'd' || key === 'points') drawing.drawn += value.length;
}

function endDrawn(drawing: Drawing, depth: number): void {
  if (depth < drawing.textAt) drawing.textAt = 0;
}

function readDrawn(drawing: Drawing, text: string): void {
  if (drawing.textAt > 0) drawing.letters += text.trim().length;
}
