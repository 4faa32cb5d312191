import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { constants, crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { analyse } from 'chardet';
import type { Inflated, Tools } from '@underseal/extract';
import { readPdf } from './pdf.ts';

/** What the extraction needs from Node, with a deadline that starts now. */
export function createTools(milliseconds: number): Tools {
  const deadline = performance.now() + milliseconds;
  return {
    inflate,
    crc32: (bytes) => crc32(bytes),
    sha256: (bytes) => hash('sha256', bytes),
    guessCharsets: (sample) => analyse(sample).map(({ name, confidence }) => ({ charset: name, confidence })),
    readPdf,
    expired: () => performance.now() > deadline,
  };
}

type InflateOptions = { readonly format: 'raw' | 'gzip'; readonly maxOutput: number };

function inflate(bytes: Uint8Array, { format, maxOutput }: InflateOptions): Inflated {
  const run = format === 'raw' ? inflateRawSync : gunzipSync;
  // `info` gives the engine too, and with it how much of the input belonged to the stream.
  const attempt = (finishFlush: number): Inflated => {
    const result = run(bytes, { maxOutputLength: maxOutput, chunkSize: chunkFor(bytes), finishFlush, info: true } as object) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { bytes: result.buffer, used: result.engine.bytesWritten, state: 'whole' };
  };
  try {
    return attempt(constants.Z_FINISH);
  } catch (error) {
    if (isTooLarge(error)) return { bytes: new Uint8Array(0), used: bytes.length, state: 'too_large' };
  }
  try {
    // What a cut stream still gives is read, though it is never called whole.
    return { ...attempt(constants.Z_SYNC_FLUSH), state: 'broken' };
  } catch (error) {
    return { bytes: new Uint8Array(0), used: bytes.length, state: isTooLarge(error) ? 'too_large' : 'broken' };
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError || (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}

/** Large chunks inflate faster; small entries shall not pay for them. */
function chunkFor(bytes: Uint8Array): number {
  return Math.min(1024 * 1024, Math.max(16 * 1024, bytes.length * 4));
}
