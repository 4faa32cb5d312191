import { afterBlank, findBytes, startsWith, toBinaryText } from './bytes.ts';
import { isImage } from './image.ts';
import { isTar } from './tar.ts';
import { isZipStart } from './zip.ts';

export type Kind = 'zip' | 'gzip' | 'tar' | 'pdf' | 'rtf' | 'mail' | 'mbox' | 'image' | 'ole' | 'encrypted' | 'unsupported';

const ARCHIVES: readonly (string | readonly number[])[] = [
  [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  'Rar!\x1a\x07',
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  'BZh',
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x04, 0x22, 0x4d, 0x18],
  'LZIP',
  'MSCF',
  'xar!',
  '!<arch>\n',
];
const UNSUPPORTED: readonly (string | readonly number[])[] = [
  ...ARCHIVES,
  [0x1f, 0x9d],
  [0x1f, 0xa0],
  [0x60, 0xea],
  // PostScript in the frame of Windows programs, and what printers are sent.
  [0xc5, 0xd0, 0xd3, 0xc6],
  '\x1b%-12345X',
  '\x7fELF',
  [0xca, 0xfe, 0xba, 0xbe],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xce, 0xfa, 0xed, 0xfe],
  [0, 0x61, 0x73, 0x6d],
  'ID3',
  'OggS',
  'fLaC',
  [0x1a, 0x45, 0xdf, 0xa3],
  'SQLite format 3\0',
  [0x78, 0x9f, 0x3e, 0x22],
  [0, 1, 0, 0, 0],
  'OTTO',
  'wOFF',
  'wOF2',
  'PAR1',
  'VCLMTF',
];
/** RFC 5322: a name is of any printable characters but the colon. */
const HEADER = /^[!-9;-~]{1,998}[ \t]*:/;
const KNOWN_HEADER =
  /^(?:from|to|cc|subject|date|received|mime-version|content-type|message-id|return-path|delivered-to|reply-to|content-transfer-encoding|in-reply-to|x-[a-z-]+)[ \t]*:/i;
/** By one of these a body or a header is decoded: a text with it is shown as another text. */
const DECODING_HEADER = /^content-(?:type|transfer-encoding)[ \t]*:|=\?[^?\s]{1,60}\?[bq]\?/i;
const MAX_HEADER = 1024 * 1024;
const MAX_HEADER_LINE = 2_000;
const PDF_HEADER_WITHIN = 1024;

/** What bytes are, by the bytes: a name says nothing. Null for text, and for binary bytes that nobody knows. */
export function detect(bytes: Uint8Array): Kind | null {
  if (isZipStart(bytes)) return 'zip';
  if (startsWith(bytes, [0x1f, 0x8b, 8])) return 'gzip';
  if (isTar(bytes)) return 'tar';
  const start = afterBlank(bytes);
  if (startsWith(bytes, '{\\rtf', start)) return 'rtf';
  if (findBytes(bytes, '%PDF-', 0, Math.min(bytes.length, PDF_HEADER_WITHIN)) !== -1) return 'pdf';
  if (isImage(bytes)) return 'image';
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) return isEncryptedOffice(bytes) ? 'encrypted' : 'ole';
  if (startsWith(bytes, '-----BEGIN PGP MESSAGE-----') || startsWith(bytes, 'age-encryption.org/') || startsWith(bytes, '-----BEGIN AGE ENCRYPTED'))
    return 'encrypted';
  if (startsWith(bytes, 'Salted__')) return 'encrypted';
  if (UNSUPPORTED.some((magic) => startsWith(bytes, magic)) || (startsWith(bytes, 'MZ') && bytes.includes(0)) || startsWith(bytes, 'ftyp', 4))
    return 'unsupported';
  if (startsWith(bytes, 'RIFF') && (startsWith(bytes, 'WAVE', 8) || startsWith(bytes, 'AVI ', 8))) return 'unsupported';
  if (isPostScript(bytes, start)) return 'unsupported';
  const head = readMailHead(bytes);
  return head === null || head.known < 2 ? null : head.isBox ? 'mbox' : 'mail';
}

/** Whether a text may be a mail as well: one header is enough for a mail reader to decode what stands below it. */
export function mayBeMail(bytes: Uint8Array): boolean {
  return readMailHead(bytes)?.decodes === true;
}

/** Whether bytes are an archive that nobody here reads, by a mark that does not come about by chance. */
export function isArchive(bytes: Uint8Array): boolean {
  return ARCHIVES.some((magic) => startsWith(bytes, magic));
}

/** Whether bytes are known by so short a mark that any bytes may carry it. */
export function isWeaklyKnown(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0xff, 0x0a]);
}

/** A program that paints: what its text says is seen only by running it. `%!TEX` is what editors of TeX write. */
function isPostScript(bytes: Uint8Array, start: number): boolean {
  return startsWith(bytes, '%!', start) && !/^%![ \t]*tex\b/i.test(toBinaryText(bytes.subarray(start, start + 20)));
}

/** An encrypted Office file is an OLE file with one stream of that name. */
function isEncryptedOffice(bytes: Uint8Array): boolean {
  const name = [...'EncryptedPackage'].join('\0');
  return findBytes(bytes, name) !== -1;
}

/** Where a mail begins: behind blank lines, and behind the line with its length that Apple Mail writes. */
export function mailStart(bytes: Uint8Array): number {
  const start = afterBlank(bytes);
  const length = /^\d{1,12}[ \t]*\r?\n/.exec(toBinaryText(bytes.subarray(start, start + 40)));
  return start + (length?.[0].length ?? 0);
}

function readMailHead(bytes: Uint8Array): { known: number; isBox: boolean; decodes: boolean } | null {
  const start = mailStart(bytes);
  const end = Math.min(bytes.length, start + MAX_HEADER);
  let isBox = false;
  let known = 0;
  let decodes = false;
  for (let line = start; line < end;) {
    const lineEnd = bytes.indexOf(10, line);
    const stop = lineEnd === -1 || lineEnd > end ? end : lineEnd;
    const text = toBinaryText(bytes.subarray(line, Math.min(stop, line + MAX_HEADER_LINE))).replace(/\r$/, '');
    if (text === '') break;
    if (line === start && /^From \S+ .*\d{4}/.test(text)) isBox = true;
    else if (!HEADER.test(text) && !/^[ \t>]/.test(text)) return null;
    if (KNOWN_HEADER.test(text)) known++;
    decodes ||= DECODING_HEADER.test(text);
    line = stop + 1;
  }
  return { known, isBox, decodes };
}
