/**
 * The one spelling of tar that a backup has: ustar, plain files, every byte determined by names, sizes and contents. Any tar program reads it. The reader
 * accepts nothing else, so that a byte that no checksum of tar covers (padding, the end) cannot be changed unseen.
 */
import type { FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { BackupError } from './error.ts';

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);
const PIECE_BYTES = 1 << 20;
const NAME = /^[a-z0-9_./-]{1,99}$/;
const SIZE_OCTAL_MAX = 8 ** 11 - 1;

export interface TarWriter {
  /** SHA-256 over all that was written so far. */
  digest(): Buffer;
  add(name: string, bytes: Uint8Array): Promise<void>;
  /** Adds a file of exactly `size` bytes. */
  addPieces(name: string, size: number, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
}

/** Writes to `file` from its beginning. */
export function createTarWriter(file: FileHandle, at: Date): TarWriter {
  const hash = createHash('sha256');
  const put = async (bytes: Uint8Array) => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  };
  const addPieces = async (name: string, size: number, pieces: AsyncIterable<Uint8Array> | readonly Uint8Array[]) => {
    await put(encodeHeader(name, size, Math.floor(at.getTime() / 1000)));
    let written = 0;
    for await (const piece of pieces) {
      written += piece.length;
      await put(piece);
    }
    if (written !== size) throw new Error(`Cannot write "${name}": it has ${written} bytes, not ${size}`);
    await put(Buffer.alloc(paddingOf(size)));
  };
  return {
    digest: () => hash.copy().digest(),
    add: (name, bytes) => addPieces(name, bytes.length, [bytes]),
    addPieces,
    finish: () => put(END),
  };
}

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** Where its header begins. */
  readonly start: number;
}

/** The files of a tar, in order. Throws `file_damaged` at the first byte that `createTarWriter` would not have written outside of contents. */
export async function* readTar(file: FileHandle): AsyncGenerator<TarEntry, void, undefined> {
  const { size: end } = await file.stat();
  let at = 0;
  for (;;) {
    const block = await readExactly(file, at, BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const entry = { ...decodeHeader(block), start: at };
    const padding = paddingOf(entry.size);
    at += BLOCK + entry.size + padding;
    if (at > end) throw damaged('it is cut off');
    if (!(await readExactly(file, at - padding, padding)).every((byte) => byte === 0)) throw damaged('its form is not that of a backup');
    yield entry;
  }
  if (at + END.length !== end || !(await readExactly(file, at, END.length)).equals(END)) throw damaged('its end is not that of a backup');
}

/** The contents of an entry, in pieces. */
export function readEntry(file: FileHandle, { start, size }: TarEntry): AsyncGenerator<Buffer, void, undefined> {
  return readRange(file, start + BLOCK, start + BLOCK + size);
}

export async function* readRange(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = from; at < to; at += PIECE_BYTES) yield await readExactly(file, at, Math.min(PIECE_BYTES, to - at));
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw damaged('it is cut off');
    done += bytesRead;
  }
  return bytes;
}

function encodeHeader(name: string, size: number, mtime: number): Buffer {
  if (!NAME.test(name)) throw new Error('Cannot write a tar entry: its name is malformed');
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  header.write('0000600\0' + '0000000\0' + '0000000\0', 100, 'latin1');
  if (size <= SIZE_OCTAL_MAX) header.write(`${octal(size, 11)}\0`, 124, 'latin1');
  else {
    // As GNU has it: past 8 GiB the number is binary, and the first bit says so.
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`${octal(mtime, 11)}\0`, 136, 'latin1');
  header.write(`        0`, 148, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

/** Read, written again and compared: what comes out the same has one spelling only. */
function decodeHeader(header: Buffer): { name: string; size: number } {
  const name = header.toString('latin1', 0, header.indexOf(0));
  const size = header[124] === 0x80 ? Number(header.readBigUInt64BE(128)) : parseOctal(header, 124);
  const mtime = parseOctal(header, 136);
  const sound = NAME.test(name) && Number.isSafeInteger(size) && Number.isSafeInteger(mtime) && encodeHeader(name, size, mtime).equals(header);
  if (!sound) throw damaged('its form is not that of a backup');
  return { name, size };
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
function parseOctal(header: Buffer, at: number): number {
  const text = header.toString('latin1', at, at + 11);
  return /^[0-7]{11}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}
function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
function damaged(state: string): BackupError {
  return new BackupError('file_damaged', `Cannot read this backup: ${state}`);
}
