import { findBytes, startsWith, toBinaryText } from './bytes.ts';
import { isImage } from './image.ts';
import { isTar } from './tar.ts';
import { isZipStart } from './zip.ts';

export type Kind = 'zip' | 'gzip' | 'tar' | 'pdf' | 'rtf' | 'mail' | 'mbox' | 'image' | 'ole' | 'encrypted' | 'unsupported';

const UNSUPPORTED: readonly (string | readonly number[])[] = [
  [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  'Rar!\x1a\x07',
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  'BZh',
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x04, 0x22, 0x4d, 0x18],
  [0x1f, 0x9d],
  [0x1f, 0xa0],
  'LZIP',
  'MSCF',
  'xar!',
  '!<arch>\n',
  [0x60, 0xea],
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
const HEADER = /^[A-Za-z][A-Za-z0-9-]{1,60}[ \t]*:/;
const KNOWN_HEADER =
  /^(?:from|to|cc|subject|date|received|mime-version|content-type|message-id|return-path|delivered-to|reply-to|content-transfer-encoding|in-reply-to|x-[a-z-]+)[ \t]*:/i;
const PDF_HEADER_WITHIN = 1024;

/** What bytes are, by the bytes: a name says nothing. Null for text, and for binary bytes that nobody knows. */
export function detect(bytes: Uint8Array): Kind | null {
  if (isZipStart(bytes)) return 'zip';
  if (startsWith(bytes, [0x1f, 0x8b, 8])) return 'gzip';
  if (isTar(bytes)) return 'tar';
  if (startsWith(bytes, '{\\rtf')) return 'rtf';
  if (findBytes(bytes, '%PDF-', 0, Math.min(bytes.length, PDF_HEADER_WITHIN)) !== -1) return 'pdf';
  if (isImage(bytes)) return 'image';
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) return isEncryptedOffice(bytes) ? 'encrypted' : 'ole';
  if (startsWith(bytes, '-----BEGIN PGP MESSAGE-----') || startsWith(bytes, 'age-encryption.org/') || startsWith(bytes, '-----BEGIN AGE ENCRYPTED'))
    return 'encrypted';
  if (startsWith(bytes, 'Salted__')) return 'encrypted';
  if (UNSUPPORTED.some((magic) => startsWith(bytes, magic)) || (startsWith(bytes, 'MZ') && bytes.includes(0)) || startsWith(bytes, 'ftyp', 4))
    return 'unsupported';
  if (startsWith(bytes, 'RIFF') && (startsWith(bytes, 'WAVE', 8) || startsWith(bytes, 'AVI ', 8))) return 'unsupported';
  return detectMail(bytes);
}

/** An encrypted Office file is an OLE file with one stream of that name. */
function isEncryptedOffice(bytes: Uint8Array): boolean {
  const name = [...'EncryptedPackage'].join('\0');
  return findBytes(bytes, name) !== -1;
}

function detectMail(bytes: Uint8Array): Kind | null {
  const head = toBinaryText(bytes.subarray(0, 16 * 1024)).replace(/^(?:\xef\xbb\xbf)?[\r\n]*/, '');
  const lines = head.split(/\r?\n/, 200);
  const isBox = /^From \S+ .*\d{4}/.test(lines[0] ?? '');
  let known = 0;
  for (const line of isBox ? lines.slice(1) : lines) {
    if (line === '') break;
    if (KNOWN_HEADER.test(line)) known++;
    else if (!HEADER.test(line) && !/^[ \t>]/.test(line)) return null;
  }
  return known < 2 ? null : isBox ? 'mbox' : 'mail';
}
