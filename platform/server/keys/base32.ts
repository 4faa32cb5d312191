/** Crockford's base 32: no I, L, O or U, so that a hand-copied key has few ways to go wrong. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Five bits a character; missing bits at the end are zero. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  for (let bit = 0; bit < bytes.length * 8; bit += 5) {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += ALPHABET[(pair >> (11 - (bit & 7))) & 31];
  }
  return text;
}

/** The values of the characters; undefined if one is none of the alphabet. Small letters, O for 0 and I or L for 1 are understood. */
export function fromBase32(text: string): readonly number[] | undefined {
  const values = Array.from(readable(text), (character) => ALPHABET.indexOf(character));
  return values.includes(-1) ? undefined : values;
}

export function base32Text(values: readonly number[]): string {
  return values.map((value) => ALPHABET[value]).join('');
}

/** Packs values of five bits into `length` bytes. Bits left over are dropped. */
export function packBase32(values: readonly number[], length: number): Buffer {
  const bytes = Buffer.alloc(length);
  values.forEach((value, i) => {
    const at = (i * 5) >> 3;
    const shifted = value << (11 - ((i * 5) & 7));
    if (at < length) bytes[at]! |= shifted >> 8;
    if (at + 1 < length) bytes[at + 1]! |= shifted & 255;
  });
  return bytes;
}

/** The one spelling of all that reads the same. */
export function readable(text: string): string {
  return text.normalize('NFKC').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
