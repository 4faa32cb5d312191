import type { Limits } from './limits.ts';

/** Why something was not read, or not read whole. */
export const reasons = [
  'encrypted',
  'broken',
  'too_large',
  'too_deep',
  'too_many_entries',
  'ratio',
  'too_many_pages',
  'timeout',
  'image',
  'unsupported',
  'unknown',
] as const;
export type Reason = (typeof reasons)[number];

/**
 * What the text of a part is. Content: `text html xml word slides sheets opendocument rtf pdf mail deleted` (`deleted` is a paragraph as it
 * stood before a tracked deletion). Beside the content: `hidden` (comments, scripts, attributes, field codes, properties; the same
 * text in other readings: without what is not shown, as it stood before, by columns), `template` (styles,
 * masters, layouts), `names` (names and comments of entries), `raw` (printable runs of bytes that no reader understood), `guess` (the same bytes
 * under the next likely charset).
 */
export const partKinds = [
  'text',
  'html',
  'xml',
  'word',
  'slides',
  'sheets',
  'opendocument',
  'rtf',
  'pdf',
  'mail',
  'deleted',
  'hidden',
  'template',
  'names',
  'raw',
  'guess',
] as const;
export type PartKind = (typeof partKinds)[number];

export const markKinds = ['page', 'slide', 'sheet', 'paragraph'] as const;

/** Where something starts in the text of a part, so that people can be told "page 3". */
export type Mark = { readonly at: number; readonly kind: (typeof markKinds)[number]; readonly label: string };

export type Part = {
  /** Names of the entries that lead to the part; empty for the file itself. Attacker-controlled: never a file path. */
  readonly path: readonly string[];
  readonly kind: PartKind;
  readonly text: string;
  /** In order of `at`. */
  readonly marks: readonly Mark[];
  readonly whole: boolean;
};

export type Problem = { readonly path: readonly string[]; readonly reason: Reason };

/** A file that was found inside another, as it was before anybody packed it. */
export type InnerFile = {
  /** Names of the entries that lead to it. Attacker-controlled: never a file path. */
  readonly path: readonly string[];
  readonly bytes: number;
  /** Of its bytes, in hex. */
  readonly sha256: string;
};

export type Extraction = {
  readonly parts: readonly Part[];
  /** Every file inside, whether anybody could read it or not; what an office program packs its own text in is none. */
  readonly files: readonly InnerFile[];
  readonly problems: readonly Problem[];
  /** True only if every byte that could carry content was read: no problem, every part whole. */
  readonly whole: boolean;
};

export type Inflated = {
  /** What came out, possibly less than all. */
  readonly bytes: Uint8Array;
  /** Compressed bytes that were read. */
  readonly used: number;
  readonly state: 'whole' | 'broken' | 'too_large';
};

export type PdfPage = {
  readonly text: string;
  /** The page read in other ways, where they give more or another order: as it is painted, with patterns and appearances, and as it is placed. */
  readonly otherwise?: readonly string[];
  /** Why the page was not read whole: `image` when it paints something that may show text and is none. */
  readonly problem?: Reason;
};

export type PdfReading = {
  readonly pages: readonly PdfPage[];
  /** Texts beside the pages: annotations, form values, document properties. */
  readonly details: readonly string[];
  readonly attachments: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Why it was read not at all or not to the end. */
  readonly problem?: Reason;
};

/** What the package may not bring itself: it has no I/O, no clock, and no inflate of its own. None of these may throw on hostile bytes. */
export type Tools = {
  /** Inflates up to `maxOutput` bytes and never allocates much more than that, whatever the data declares. */
  inflate(bytes: Uint8Array, options: { readonly format: 'raw' | 'gzip'; readonly maxOutput: number }): Inflated;
  crc32(bytes: Uint8Array): number;
  /** In hex. */
  sha256(bytes: Uint8Array): string;
  /** Likely charsets of a sample, best first, `confidence` 0 to 100. */
  guessCharsets(sample: Uint8Array): readonly { readonly charset: string; readonly confidence: number }[];
  readPdf(bytes: Uint8Array, options: { readonly maxPages: number; readonly maxText: number; expired(): boolean }): Promise<PdfReading>;
  /** True once the time is up. Asked often, so it must be cheap. */
  expired(): boolean;
};

export type Options = { readonly name?: string; readonly limits?: Partial<Limits>; readonly tools: Tools };
