import { be16, be32, startsWith, u16, u32 } from './bytes.ts';

const SMALL_BYTES = 2 * 1024;
const ICON_BYTES = 16 * 1024;
const ICON_SIDE = 64;

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
 * Whether a picture is too small to show a readable passage: under 2 KiB, or under 64 by 64 pixels by its header and under 16 KiB. The header is
 * the sender's word, so it never excuses a large file.
 */
export function isDecorative(bytes: Uint8Array): boolean {
  if (bytes.length < SMALL_BYTES) return true;
  if (bytes.length >= ICON_BYTES) return false;
  const size = sizeOf(bytes);
  return size !== null && size.width < ICON_SIDE && size.height < ICON_SIDE;
}

function sizeOf(bytes: Uint8Array): { width: number; height: number } | null {
  if (startsWith(bytes, '\x89PNG')) return { width: be32(bytes, 16), height: be32(bytes, 20) };
  if (startsWith(bytes, 'GIF8')) return { width: u16(bytes, 6), height: u16(bytes, 8) };
  if (startsWith(bytes, 'BM')) return { width: u32(bytes, 18), height: u32(bytes, 22) };
  if (startsWith(bytes, [0xff, 0xd8])) return jpegSize(bytes);
  return null;
}

function jpegSize(bytes: Uint8Array): { width: number; height: number } | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + be16(bytes, at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: be16(bytes, at + 5), width: be16(bytes, at + 7) };
    }
  }
  return null;
}
