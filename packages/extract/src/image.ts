import { be16, be32, startsWith, u16, u32 } from './bytes.ts';

const UNKNOWN_BYTES = 200;
const ICON_BYTES = 5 * 1024;
const ICON_SIDE = 32;
const MAX_ICONS = 16;

type Size = { readonly width: number; readonly height: number };

/** Whether bytes are a picture, by their first bytes. */
export function isImage(bytes: Uint8Array): boolean {
  return (
    startsWith(bytes, '\x89PNG') ||
    startsWith(bytes, [0xff, 0xd8, 0xff]) ||
    startsWith(bytes, 'GIF8') ||
    (startsWith(bytes, 'BM') && bytes.length >= 26 && u32(bytes, 6) === 0) ||
    (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) ||
    startsWith(bytes, [0x49, 0x49, 0x2a, 0]) ||
    startsWith(bytes, [0x4d, 0x4d, 0, 0x2a]) ||
    (startsWith(bytes, [0, 0, 1, 0]) && bytes.length >= 22 && bytes[4] !== 0 && bytes[5] === 0 && bytes[9] === 0) ||
    startsWith(bytes, '8BPS') ||
    startsWith(bytes, [0xd7, 0xcd, 0xc6, 0x9a]) ||
    (startsWith(bytes, [1, 0, 0, 0]) && startsWith(bytes, ' EMF', 40)) ||
    startsWith(bytes, [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]) ||
    startsWith(bytes, [0xff, 0x4f, 0xff, 0x51]) ||
    startsWith(bytes, [0xff, 0x0a]) ||
    startsWith(bytes, 'AT&TFORM') ||
    (startsWith(bytes, 'ftyp', 4) && ['heic', 'heix', 'mif1', 'msf1', 'avif', 'avis'].some((brand) => startsWith(bytes, brand, 8)))
  );
}

/**
 * Whether a picture is too small to show a readable passage: at most 32 by 32 pixels by its header and under 5 KiB, or under 200 bytes where the header
 * does not tell. A page of one colour takes few bytes, so bytes alone excuse nothing; the header is the sender's word, so it never excuses a large file.
 */
export function isDecorative(bytes: Uint8Array): boolean {
  if (bytes.length >= ICON_BYTES) return false;
  const size = sizeOf(bytes);
  if (size === null || size.width === 0 || size.height === 0) return bytes.length < UNKNOWN_BYTES;
  return size.width <= ICON_SIDE && size.height <= ICON_SIDE;
}

function sizeOf(bytes: Uint8Array): Size | null {
  if (bytes.length < 26) return null;
  if (startsWith(bytes, '\x89PNG')) return startsWith(bytes, 'IHDR', 12) ? { width: be32(bytes, 16), height: be32(bytes, 20) } : null;
  if (startsWith(bytes, 'GIF8')) return gifSize(bytes);
  if (startsWith(bytes, 'BM')) return u32(bytes, 14) === 12 ? { width: u16(bytes, 18), height: u16(bytes, 20) } : bitmapSize(bytes, 18);
  if (startsWith(bytes, [0xff, 0xd8])) return jpegSize(bytes);
  if (startsWith(bytes, 'RIFF')) return webpSize(bytes);
  if (startsWith(bytes, [0, 0, 1, 0])) return iconSize(bytes);
  return null;
}

/** A height below zero is one that is painted from the top. */
function bitmapSize(bytes: Uint8Array, at: number): Size {
  return { width: Math.abs(u32(bytes, at) | 0), height: Math.abs(u32(bytes, at + 4) | 0) };
}

/** The largest of the screen and every frame: readers make room for a frame that is larger than the screen. */
function gifSize(bytes: Uint8Array): Size | null {
  let width = u16(bytes, 6);
  let height = u16(bytes, 8);
  let at = 13 + colours(bytes[10]!);
  while (at < bytes.length && bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) at += 2;
    else if (bytes[at] === 0x2c && at + 10 < bytes.length) {
      width = Math.max(width, u16(bytes, at + 5));
      height = Math.max(height, u16(bytes, at + 7));
      at += 11 + colours(bytes[at + 9]!);
    } else return null;
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1;
    at++;
  }
  return { width, height };
}

function colours(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function webpSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 30) return null;
  const u24 = (at: number): number => u16(bytes, at) | (bytes[at + 2]! << 16);
  if (startsWith(bytes, 'VP8X', 12)) return { width: u24(24) + 1, height: u24(27) + 1 };
  if (startsWith(bytes, 'VP8 ', 12)) return { width: u16(bytes, 26) & 0x3fff, height: u16(bytes, 28) & 0x3fff };
  if (!startsWith(bytes, 'VP8L', 12)) return null;
  const bits = u32(bytes, 21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** The largest picture of an icon, by its own header: what the list of them says is shown by nobody. */
function iconSize(bytes: Uint8Array): Size | null {
  const count = u16(bytes, 4);
  if (count > MAX_ICONS || bytes.length < 6 + 16 * count) return null;
  let largest: Size = { width: 0, height: 0 };
  for (let i = 0; i < count; i++) {
    const at = u32(bytes, 6 + 16 * i + 12);
    if (at + 26 > bytes.length) return null;
    const isPng = startsWith(bytes, '\x89PNG', at);
    // The height of a bitmap in an icon counts its mask too.
    const bitmap = bitmapSize(bytes, at + 4);
    const size = isPng ? sizeOf(bytes.subarray(at)) : { width: bitmap.width, height: bitmap.height / 2 };
    if (size === null) return null;
    largest = { width: Math.max(largest.width, size.width), height: Math.max(largest.height, size.height) };
  }
  return largest;
}

function jpegSize(bytes: Uint8Array): Size | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + be16(bytes, at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: be16(bytes, at + 5), width: be16(bytes, at + 7) };
    }
  }
  return null;
}
