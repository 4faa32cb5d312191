import { hash } from 'node:crypto';
import { constants, crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { analyse } from 'chardet';
import type { Inflated, Tools } from '../src/index.ts';

/** Tools on Node's own parts. Without a PDF reader: that is a library, and lives where libraries may be used. */
export function nodeTools(changes: Partial<Tools> = {}): Tools {
  return {
    inflate,
    crc32: (bytes) => crc32(bytes),
    sha256: (bytes) => hash('sha256', bytes),
    guessCharsets: (sample) => analyse(sample).map(({ name, confidence }) => ({ charset: name, confidence })),
    readPdf: () => Promise.resolve({ pages: [], details: [], attachments: [], problem: 'unsupported' }),
    expired: () => false,
    ...changes,
  };
}

function inflate(bytes: Uint8Array, { format, maxOutput }: { format: 'raw' | 'gzip'; maxOutput: number }): Inflated {
  const run = format === 'raw' ? inflateRawSync : gunzipSync;
  const attempt = (finishFlush: number): { buffer: Buffer; engine: { bytesWritten: number } } =>
    run(bytes, { maxOutputLength: maxOutput, chunkSize: chunkFor(bytes), finishFlush, info: true } as object) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
  for (const [flush, state] of [
    [constants.Z_FINISH, 'whole'],
    [constants.Z_SYNC_FLUSH, 'broken'],
  ] as const) {
    try {
      const { buffer, engine } = attempt(flush);
      return { bytes: buffer, used: engine.bytesWritten, state };
    } catch (error) {
      if (error instanceof RangeError) return { bytes: new Uint8Array(0), used: bytes.length, state: 'too_large' };
    }
  }
  return { bytes: new Uint8Array(0), used: bytes.length, state: 'broken' };
}

/** Large chunks inflate faster; small entries shall not pay for them. */
function chunkFor(bytes: Uint8Array): number {
  return Math.min(1024 * 1024, Math.max(16 * 1024, bytes.length * 4));
}
