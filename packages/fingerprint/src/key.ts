import { TEXT_CHANNEL } from './constants.ts';
import { FingerprintError } from './errors.ts';

/** AES-128-ECB without padding over any number of 16-byte blocks, under one secret key that is used for nothing else. */
export type BlockCipher = (blocks: Uint8Array) => Uint8Array;

/** What fingerprinting needs of the key. `id` names the key without giving it away, and stands in every segment. */
export type FingerprintKey = {
  readonly id: string;
  readonly encrypt: BlockCipher;
  /** Keyed word of each byte value, for the choice of grams. Never stored. */
  readonly selection: Int32Array;
  /** State of the CBC-MAC after its first block, which names the channel. */
  readonly start: Int32Array;
};

const LABEL = 'UNDERSEAL-FP';
const KEY_ID = 1;
const SELECTION = 2;
const IDENTITY = 3;

/** Readies a key: 66 blocks are enciphered once. Throws `cipher_invalid` when `encrypt` does not answer block for block. */
export function fingerprintKey(encrypt: BlockCipher): FingerprintKey {
  const labels = [label(KEY_ID, 0), label(IDENTITY, 0)];
  for (let i = 0; i < 64; i++) labels.push(label(SELECTION, i));
  const blocks = new Uint8Array(labels.length * 16);
  labels.forEach((one, i) => blocks.set(one, i * 16));
  const words = encipher(encrypt, blocks);
  const idBytes = new Uint8Array(words.buffer, words.byteOffset, 16);
  const id = Array.from(idBytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { id, encrypt, start: words.slice(4, 8), selection: words.slice(8, 264) };
}

function label(purpose: number, counter: number): Uint8Array {
  const block = new Uint8Array(16);
  for (let i = 0; i < LABEL.length; i++) block[i] = LABEL.charCodeAt(i);
  block.set([purpose, TEXT_CHANNEL, counter & 255, counter >> 8], 12);
  return block;
}

/** Enciphers and gives the answer as little-endian words, copied only if it does not lie on a word boundary. */
export function encipher(encrypt: BlockCipher, blocks: Uint8Array): Int32Array {
  const out = encrypt(blocks);
  if (!(out instanceof Uint8Array) || out.length !== blocks.length) {
    throw new FingerprintError('cipher_invalid', 'Cannot fingerprint: the cipher does not answer block for block');
  }
  // Not slice(): of a Node Buffer that is a view of the same memory.
  const aligned = out.byteOffset % 4 === 0 ? out : new Uint8Array(out);
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}
