import { detect, mayBeMail } from './detect.ts';
import { filesInJson } from './embedded.ts';
import { hasEncoded } from './encoded.ts';

/** What tells of markup, of a mark of the byte order, or of bytes that are no text. */
// eslint-disable-next-line no-control-regex
const SIGNS = /[<\0-\x08\x0b\x0c\x0e-\x1f\x7f]|^\ufeff|-----BEGIN PGP MESSAGE-----/;

/**
 * Whether `extract` would read the UTF-8 bytes of this text as this very text, and nothing else in them: then nobody needs to ask it. False wherever it might find
 * more, such as markup, a mail, a file written as text, or something encrypted. Cheap, and never throws.
 */
export function isPlainText(text: string): boolean {
  if (!text.isWellFormed() || SIGNS.test(text) || hasEncoded(text) || filesInJson(text).length > 0) return false;
  const bytes = new TextEncoder().encode(text);
  return detect(bytes) === null && !mayBeMail(bytes);
}
