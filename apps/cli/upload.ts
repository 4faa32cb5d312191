import { createHash } from 'node:crypto';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toError, type Failure, type Ticket } from '@underseal/contract';
import { vault, vaultFailures } from '#features/vault/contract.ts';
import { NoServer, type Connection } from './connection.ts';
import { CliError, printable, say, type Io } from './io.ts';

const TRIES = 3;
/** A connection over which nothing moves for so long is broken. */
const SILENCE_MS = 120_000;

export interface Uploading {
  readonly io: Io;
  readonly connection: Connection;
  readonly secretId: string;
  readonly file: FileHandle;
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly onProgress: (sent: number) => void;
}

/** Stores one file in the vault: begin, bytes, finish. A connection that breaks is taken up where it broke. */
export async function uploadFile(parts: Uploading): Promise<{ documentId: string }> {
  const { connection, secretId, file, path, name, bytes } = parts;
  const digest = await digestOf(file);
  const upload = await connection.on(vault).begin({ secretId: secretId as never, name, bytes });
  await sendAll(parts, upload);
  try {
    return await connection.on(vault).finish({ uploadId: upload.uploadId, digest });
  } catch (error) {
    if ((error as { code?: string }).code === vaultFailures.digestDiffers.code)
      throw new CliError('file_changed', `Cannot store "${path}": it changed while it was sent`, 'Run the command again once nobody writes to the file.');
    if ((error as { code?: string }).code !== vaultFailures.sameAlready.code) throw error;
    await connection.on(vault).drop({ uploadId: upload.uploadId });
    say(parts.io, `"${printable(path)}" holds the same bytes as a document that is kept already: it was not kept twice.`);
    return { documentId: String((error as Failure).details[0]) };
  }
}

async function sendAll(parts: Uploading, { uploadId, offset, put }: { uploadId: string; offset: number; put: Ticket }): Promise<void> {
  let from = { offset, put };
  for (let tries = 1; ; tries++) {
    try {
      const { whole } = await putBytes(parts, from);
      if (whole) return;
      throw new CliError('file_changed', `Cannot store "${parts.path}": it became shorter while it was sent`);
    } catch (error) {
      if (!isPassing(error) || tries >= TRIES) throw error;
    }
    // The server may not yet have seen that the old connection is gone.
    await wait(500 * 2 ** tries, undefined, { signal: parts.io.signal });
    from = await parts.connection.on(vault).resume({ uploadId: uploadId as never });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof NoServer || (error as { code?: string }).code === vaultFailures.offsetDiffers.code;
}

/** By node:http and not by fetch: that gives up on a body which takes longer than five minutes. */
function putBytes(
  { io, connection, file, bytes, onProgress }: Uploading,
  { offset, put }: { offset: number; put: Ticket },
): Promise<{ received: number; whole: boolean }> {
  const url = new URL(put.url, connection.server);
  const headers = { ...connection.authorization, 'content-type': 'application/octet-stream', 'content-length': bytes - offset, 'upload-offset': offset };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { method: 'PUT', headers, signal: io.signal, agent: false });
    const fail = (error: Error & { code?: string }) =>
      reject(error.name === 'AbortError' ? error : new NoServer(connection.server, error.code ?? 'the connection broke'));
    request.once('error', fail);
    request.setTimeout(SILENCE_MS, () => request.destroy(new Error('nothing moved')));
    request.once('response', (response) => {
      readAnswer(response)
        .then(({ status, body }) => (status === 200 ? resolve(body as { received: number; whole: boolean }) : reject(toError(body))), fail)
        .finally(() => request.destroy());
    });
    send(request, { file, offset, bytes, onProgress }).catch((error: Error) => request.destroy(error));
  });
}

interface Body {
  readonly file: FileHandle;
  readonly offset: number;
  readonly bytes: number;
  readonly onProgress: (sent: number) => void;
}
async function send(request: ReturnType<typeof requestHttp>, { file, offset, bytes, onProgress }: Body): Promise<void> {
  for (let at = offset; at < bytes && !request.destroyed;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(1 << 18, bytes - at)), 0, null, at);
    if (bytesRead === 0) throw new CliError('file_changed', 'Cannot send this file: it became shorter');
    at += bytesRead;
    if (!request.write(buffer.subarray(0, bytesRead))) await drained(request);
    onProgress(at);
  }
  request.end();
}

/** A request that was destroyed never drains. */
function drained(request: ReturnType<typeof requestHttp>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.on('drain', done).on('close', done);
  });
}

async function readAnswer(response: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown };
}

async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; ;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(1 << 20), 0, null, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
