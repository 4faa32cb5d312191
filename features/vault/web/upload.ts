import { client, Failure } from '@underseal/contract';
import { sha256 } from '@noble/hashes/sha2.js';
import { send } from '#platform/web/operations.ts';
import { vault, vaultFailures } from '../contract.ts';

export interface UploadProgress {
  readonly sent: number;
  /** `same`: a document has these very bytes already; nothing was sent, or nothing kept of it. */
  readonly state: 'waiting' | 'sending' | 'paused' | 'checking' | 'failed' | 'same' | 'done';
  readonly why?: string;
  /** The document whose newest version has the same bytes. */
  readonly sameAs?: string;
  /** What it became, or is a version of. */
  readonly documentId?: string;
}
/** One document on its way into the vault; can be paused, gone on with and given up. */
export interface Upload {
  readonly file: File;
  start(): Promise<void>;
  pause(): void;
  drop(): Promise<void>;
}
interface Starting {
  readonly secretId: string;
  readonly documentId?: string | undefined;
  readonly file: File;
  readonly onProgress: (progress: UploadProgress) => void;
}
const call = client(vault, send);

export function createUpload({ secretId, documentId, file, onProgress }: Starting): Upload {
  let uploadId: string | undefined;
  let request: XMLHttpRequest | undefined;
  let paused = false;
  const run = async () => {
    paused = false;
    onProgress({ sent: 0, state: 'sending' });
    await assertReadable(file);
    const digest = digestOf(file);
    const begun = uploadId
      ? await call.resume({ uploadId: uploadId as never })
      : await call.begin({
          secretId: secretId as never,
          name: file.name.slice(-255),
          bytes: file.size,
          ...(documentId ? { documentId: documentId as never } : {}),
        });
    uploadId = begun.uploadId;
    await put(begun.put.url, { blob: file.slice(begun.offset), offset: begun.offset });
    onProgress({ sent: file.size, state: 'checking' });
    const kept = await call.finish({ uploadId: begun.uploadId, digest: await digest });
    onProgress({ sent: file.size, state: 'done', documentId: kept.documentId });
  };
  const put = (url: string, { blob, offset }: { blob: Blob; offset: number }) =>
    new Promise<void>((resolve, reject) => {
      request = new XMLHttpRequest();
      request.open('PUT', url);
      request.setRequestHeader('content-type', 'application/octet-stream');
      request.setRequestHeader('upload-offset', String(offset));
      request.upload.onprogress = (event) => onProgress({ sent: offset + event.loaded, state: 'sending' });
      request.onload = () => (request?.status === 200 ? resolve() : reject(new Error(messageOf(request?.responseText))));
      request.onerror = () => reject(new Error('The connection broke; what arrived is kept, go on when it is back'));
      request.onabort = () => reject(new Error('paused'));
      request.send(blob);
    });
  return {
    file,
    async start() {
      try {
        await run();
      } catch (error) {
        if (paused) return;
        if (error instanceof Failure && error.code === vaultFailures.sameAlready.code) {
          if (uploadId) await call.drop({ uploadId: uploadId as never });
          uploadId = undefined;
          return onProgress({ sent: 0, state: 'same', sameAs: error.details[0] ?? '' });
        }
        onProgress({ sent: 0, state: 'failed', why: error instanceof Error ? error.message : 'Something went wrong' });
      }
    },
    pause() {
      paused = true;
      request?.abort();
      onProgress({ sent: 0, state: 'paused' });
    },
    async drop() {
      paused = true;
      request?.abort();
      if (uploadId) await call.drop({ uploadId: uploadId as never });
    },
  };
}

/** Larger ones are read once only, while they are sent. */
const READ_BEFORE = 16 * 2 ** 20;
/** The document that has these very bytes already; undefined where there is none, or the file is too large to be read for it. */
export async function findSame(secretId: string, file: File): Promise<string | undefined> {
  if (file.size > READ_BEFORE) return undefined;
  const { documentId } = await call.same({ secretId: secretId as never, digest: await digestOf(file) });
  return documentId ?? undefined;
}

/** Over the whole file, a piece at a time: a document of gigabytes is never in memory. */
async function digestOf(file: File): Promise<string> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    hash.update(value);
  }
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A folder is given as a file that cannot be read; sending it would look as if the connection had broken. */
async function assertReadable(file: File) {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new Error('It could not be read here: it is a folder, or it was moved or changed since. Add the files of a folder; choose a moved file once more');
    });
}

function messageOf(text: string | undefined): string {
  try {
    return (JSON.parse(text ?? '') as { error: { message: string } }).error.message;
  } catch {
    return 'The server did not take the document';
  }
}

/** Fetches one version for a fresh ticket and hands it to the browser as a download. */
export async function download(versionId: string): Promise<void> {
  const { get } = await call.open({ versionId: versionId as never });
  const link = document.createElement('a');
  link.href = get.url;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}
