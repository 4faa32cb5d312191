const DIGITS = new Int8Array(256).fill(-1);
for (const [i, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) DIGITS[char.charCodeAt(0)] = i;
DIGITS[45] = 62;
DIGITS[95] = 63;

/** Bytes of base64, both alphabets. What is no digit is passed over, as mail readers do; a group ends at its padding. */
export function fromBase64(source: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor((source.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < source.length; i++) {
    const unit = typeof source === 'string' ? source.charCodeAt(i) : source[i]!;
    const digit = unit < 256 ? DIGITS[unit]! : -1;
    if (digit === -1) {
      if (unit === 61) bits = 0;
      continue;
    }
    held = ((held << 6) | digit) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[length++] = (held >> bits) & 0xff;
    }
  }
  return out.subarray(0, length);
}
