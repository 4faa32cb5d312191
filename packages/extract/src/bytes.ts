export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** May exceed what a number holds exactly; such a size is over every limit anyway. */
export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32;
}

export function be16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function be32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function startsWith(bytes: Uint8Array, prefix: readonly number[] | string, at = 0): boolean {
  if (at < 0 || at + prefix.length > bytes.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[at + i] !== (typeof prefix === 'string' ? prefix.charCodeAt(i) : prefix[i])) return false;
  }
  return true;
}

/** First place of an ASCII needle in `[from, to)`, or -1. */
export function findBytes(bytes: Uint8Array, needle: string, from = 0, to = bytes.length): number {
  const first = needle.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at !== -1 && at + needle.length <= to; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, needle, at)) return at;
  }
  return -1;
}

/** Last place of an ASCII needle, not before `from`, or -1. */
export function findLastBytes(bytes: Uint8Array, needle: string, from = 0): number {
  for (let at = bytes.length - needle.length; at >= from; at--) {
    if (startsWith(bytes, needle, at)) return at;
  }
  return -1;
}

/** Each byte as the character of the same number. For syntax that is ASCII, where `TextDecoder` would change bytes 128 to 159. */
export function toBinaryText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

export function fromBinaryText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0 || byte === 10 || byte === 13 || byte === 32 || byte === 9 || byte === 26);
}

/** Where the first byte stands that is neither blank nor a mark of the byte order. Every reader skips those. */
export function afterBlank(bytes: Uint8Array): number {
  let at = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  // Printers are sent an end of file (4) first.
  while (at < bytes.length && (bytes[at]! === 32 || bytes[at]! === 4 || bytes[at]! === 0 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at++;
  return at;
}
