/** Sealing and opening of one message piece by piece, as state machines and as Node streams. At most one chunk is held. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { SealedStreamError } from './error.ts';
import { CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES } from './message.ts';
import { deriveMessageKeys, headerOf, openChunk, openHeader, sealChunk } from './message.ts';
import type { MessageKeys } from './message.ts';

/** Turns pieces of any size into other pieces; `final` gives the rest and ends it. */
export type Pieces = { update(piece: Uint8Array): Buffer; final(): Buffer };

/** A transform that seals what runs through it into one message with a random salt. */
export function sealStream(key: KeyObject, context: string): Transform {
  return toTransform(createSealer(key, Buffer.from(context), randomBytes(SALT_BYTES)));
}

/**
 * A transform that opens one message. Each byte it gives has been authenticated with its place in the message, but only the stream's end says
 * that the message is whole: who needs that before the first byte goes out uses `openRange`, which checks the end first.
 */
export function openStream(key: KeyObject, context: string): Transform {
  return toTransform(createOpener(key, Buffer.from(context)));
}

/** `salt` must never have been used with this key before: a second sealing with it would give the content away. */
export function createSealer(key: KeyObject, context: Uint8Array, salt: Uint8Array): Pieces {
  const keys = deriveMessageKeys(key, context, salt);
  const chunks = createChunkSealer(keys);
  let header: Buffer | undefined = headerOf(keys);
  const afterHeader = (body: Buffer) => {
    if (!header) return body;
    const both = Buffer.concat([header, body]);
    header = undefined;
    return both;
  };
  return { update: (piece) => afterHeader(chunks.update(piece)), final: () => afterHeader(chunks.final()) };
}

/** Seals the chunks of one message, without its header. Whole chunks leave at once; less than one chunk waits. */
export function createChunkSealer(keys: MessageKeys): Pieces {
  const waiting = Buffer.alloc(CHUNK_BYTES);
  let waitingBytes = 0;
  let index = 0;
  let ended = false;
  return {
    update(piece) {
      if (ended) throw new SealedStreamError('misuse', 'Cannot seal more bytes: the message has ended');
      const out = Buffer.allocUnsafe(Math.floor((waitingBytes + piece.length) / CHUNK_BYTES) * SEALED_CHUNK_BYTES);
      let written = 0;
      for (let taken = 0; taken < piece.length;) {
        const part = piece.subarray(taken, taken + CHUNK_BYTES - waitingBytes);
        waiting.set(part, waitingBytes);
        waitingBytes += part.length;
        taken += part.length;
        if (waitingBytes < CHUNK_BYTES) break;
        sealChunk(keys, index++, waiting, out.subarray(written));
        written += SEALED_CHUNK_BYTES;
        waitingBytes = 0;
      }
      return out;
    },
    final() {
      if (ended) throw new SealedStreamError('misuse', 'Cannot end the message: it has ended');
      ended = true;
      const last = Buffer.allocUnsafe(waitingBytes + TAG_BYTES);
      sealChunk(keys, index, waiting.subarray(0, waitingBytes), last);
      waiting.fill(0);
      return last;
    },
  };
}

export function createOpener(key: KeyObject, context: Uint8Array): Pieces {
  const waiting = Buffer.alloc(SEALED_CHUNK_BYTES);
  let waitingBytes = 0;
  let index = 0;
  let keys: MessageKeys | undefined;
  return {
    update(piece) {
      const opened: Buffer[] = [];
      for (let taken = 0; taken < piece.length;) {
        const wanted = keys ? SEALED_CHUNK_BYTES : HEADER_BYTES;
        const part = piece.subarray(taken, taken + wanted - waitingBytes);
        waiting.set(part, waitingBytes);
        waitingBytes += part.length;
        taken += part.length;
        if (waitingBytes < wanted) break;
        waitingBytes = 0;
        if (keys) opened.push(openChunk(keys, index++, waiting));
        else keys = openHeader(key, context, waiting.subarray(0, HEADER_BYTES));
      }
      return opened.length === 1 ? opened[0]! : Buffer.concat(opened);
    },
    final() {
      if (!keys) throw new SealedStreamError('truncated', 'Cannot open sealed bytes: they end inside the header');
      return openChunk(keys, index, waiting.subarray(0, waitingBytes));
    },
  };
}

function toTransform(pieces: Pieces): Transform {
  const answer = (done: TransformCallback, work: () => Buffer) => {
    let out: Buffer;
    try {
      out = work();
    } catch (error) {
      return done(error as Error);
    }
    return done(null, out.length > 0 ? out : undefined);
  };
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => answer(done, () => pieces.update(piece)),
    flush: (done) => answer(done, () => pieces.final()),
  });
}
