/** Random access: any range of a message, read and authenticated chunk by chunk, without what stands before it. */
import type { KeyObject } from 'node:crypto';
import { SealedStreamError } from './error.ts';
import { CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES, openChunk, openHeader, plainSize } from './message.ts';
import type { MessageKeys } from './message.ts';

/** Gives the `length` bytes at `offset`; fewer if the bytes end before. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

export type SealedSource = { readonly key: KeyObject; readonly context: string; readonly read: ReadAt; readonly sealedSize: number };

/** Chunks fetched by one read: 256 KiB, all that an open range holds. */
const CHUNKS_A_READ = 16;

/**
 * Plaintext bytes `from` (included) to `to` (excluded), piece by piece, each authenticated before it is given.
 * The last chunk is opened first, so that a message cut short is refused before a byte of it goes out.
 */
export async function* openRange(source: SealedSource, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
  const size = plainSize(source.sealedSize);
  assertRange(from, to, size);
  const keys = openHeader(source.key, Buffer.from(source.context), await readWhole(source.read, 0, HEADER_BYTES));
  const lastIndex = Math.floor(size / CHUNK_BYTES);
  const lastOffset = HEADER_BYTES + lastIndex * SEALED_CHUNK_BYTES;
  openChunk(keys, lastIndex, await readWhole(source.read, lastOffset, source.sealedSize - lastOffset));
  yield* openChunks({ keys, read: source.read, bodyOffset: HEADER_BYTES, bodyEnd: source.sealedSize }, from, to);
}

/** `bodyOffset` is where chunk 0 begins and `bodyEnd` where the last one ends; both must be known to be right. */
export type ChunkSource = { readonly keys: MessageKeys; readonly read: ReadAt; readonly bodyOffset: number; readonly bodyEnd: number };

export async function* openChunks(source: ChunkSource, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
  const afterLast = Math.ceil(to / CHUNK_BYTES);
  for (let index = Math.floor(from / CHUNK_BYTES); index < afterLast; index += CHUNKS_A_READ) {
    const offset = source.bodyOffset + index * SEALED_CHUNK_BYTES;
    const until = source.bodyOffset + Math.min(index + CHUNKS_A_READ, afterLast) * SEALED_CHUNK_BYTES;
    const sealed = await readWhole(source.read, offset, Math.min(until, source.bodyEnd) - offset);
    for (let at = 0, chunk = index; at < sealed.length; at += SEALED_CHUNK_BYTES, chunk++) {
      const plain = openChunk(source.keys, chunk, sealed.subarray(at, at + SEALED_CHUNK_BYTES));
      const start = chunk * CHUNK_BYTES;
      const piece = plain.subarray(Math.max(from - start, 0), Math.max(to - start, 0));
      if (piece.length > 0) yield piece;
    }
  }
}

export async function readWhole(read: ReadAt, offset: number, length: number): Promise<Buffer> {
  const bytes = await read(offset, length);
  if (bytes.length !== length) throw new SealedStreamError('truncated', 'Cannot open sealed bytes: they end early');
  return bytes;
}

export function assertRange(from: number, to: number, size: number): void {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > size) {
    throw new SealedStreamError('bad_range', 'Cannot open this range: it is not inside the content');
  }
}
