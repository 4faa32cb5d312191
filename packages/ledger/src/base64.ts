const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

type Alphabet = { readonly letters: string; readonly pairs: readonly string[]; readonly values: Int16Array; readonly padded: boolean };

/** Two letters at a time: an entry carries a dozen digests and salts, and this halves the cost of writing them. */
function alphabet(lastTwo: string, padded: boolean): Alphabet {
  const letters = LETTERS + lastTwo;
  const pairs: string[] = [];
  for (const high of letters) for (const low of letters) pairs.push(high + low);
  const values = new Int16Array(128).fill(-1);
  for (let i = 0; i < 64; i++) values[letters.charCodeAt(i)] = i;
  return { letters, pairs, values, padded };
}

const STANDARD = alphabet('+/', true);
const URL_SAFE = alphabet('-_', false);

function encode(bytes: Uint8Array, { letters, pairs, padded }: Alphabet): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = '';
  for (let i = 0; i < whole; i += 3) {
    const n = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text += pairs[n >> 12]! + pairs[n & 4095]!;
  }
  if (bytes.length - whole === 1) return text + pairs[bytes[whole]! << 4]! + (padded ? '==' : '');
  if (bytes.length - whole === 2) {
    const n = ((bytes[whole]! << 8) | bytes[whole + 1]!) << 2;
    return text + pairs[n >> 6]! + letters[n & 63]! + (padded ? '=' : '');
  }
  return text;
}

/** Undefined unless `text` is exactly what `encode` writes: one sequence of bytes has one text, so no signature can be dressed anew. */
function decode(text: string, { values, padded }: Alphabet): Uint8Array | undefined {
  let length = text.length;
  if (padded) {
    if (length % 4 !== 0) return undefined;
    if (text.endsWith('==')) length -= 2;
    else if (text.endsWith('=')) length -= 1;
  }
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const value = values[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  return held === 0 ? bytes : undefined;
}

export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD);
}

export function fromBase64(text: string): Uint8Array | undefined {
  return decode(text, STANDARD);
}

export function toBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

export function fromBase64Url(text: string): Uint8Array | undefined {
  return decode(text, URL_SAFE);
}
