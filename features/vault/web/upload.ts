import { client, Failure } from '@underseal/contract';
import { sha256 } from '@noble/hashes/sha2.js';
import { send } from '#platform/web/operations.ts';
import { vault, vaultFailures } from '../contract.ts';
import { cleanName } from '../file-name.ts';

export interface UploadProgress {
  readonly sent: number;
  /** `same`: a document has these very bytes already; nothing was sent, or nothing kept of it. */
  readonly state: 'waiting' | 'sending' | 'paused' | 'checking' | 'failed' | 'same' | 'done';
  readonly why?: string;
  /** The document whose newest version has the same bytes. */
  readonly sameAs?: string;
  /** What it became, or is a version of. */
  readonly documentId?: string;
  /** How the server calls it, once it knows of it. */
  readonly uploadId?: string;
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
  /** Of an upload that broke off before, which this goes on with. */
  readonly uploadId?: string | undefined;
  readonly file: File;
  readonly onProgress: (progress: UploadProgress) => void;
}
const call = client(vault, send);
const BROKEN = 'The connection broke; what arrived is kept, go on when it is back';
const UNREADABLE = 'It could not be read here: it is a folder, or it was moved or changed since. Add the files of a folder; choose a moved file once more';
const ANOTHER =
  'What arrived first came from another file of this name and size, so it was dropped. Nothing that is kept has changed; Retry sends this file from its beginning.';

/** The name that the server keeps of a file. */
export function nameOf(file: File): string {
  return cleanName(file.name.slice(-255));
}

export function createUpload({ secretId, documentId, uploadId, file, onProgress }: Starting): Upload {
  /** Settled once the server knows of the upload. */
  let begun: Promise<string> | undefined = uploadId === undefined ? undefined : Promise.resolve(uploadId);
  let digest: Promise<string> | undefined;
  let request: XMLHttpRequest | undefined;
  /** Each start and each stop is a turn; what an earlier one still does is told nobody. */
  let turn = 0;
  const askPlace = async () => {
    if (begun) return call.resume({ uploadId: (await begun) as never });
    const answer = call.begin({
      secretId: secretId as never,
      name: file.name.slice(-255),
      bytes: file.size,
      ...(documentId ? { documentId: documentId as never } : {}),
    });
    begun = answer.then((upload) => upload.uploadId);
    begun.catch(() => (begun = undefined));
    return answer;
  };
  const digestNow = () => {
    digest ??= digestOf(file);
    digest.catch(() => (digest = undefined));
    return digest;
  };
  const stop = () => {
    turn++;
    request?.abort();
  };
  const drop = async () => {
    const id = await begun?.catch(() => undefined);
    if (id === undefined) return;
    await call.drop({ uploadId: id as never }).catch((error: unknown) => {
      if (!isEnded(error)) throw error;
    });
    begun = undefined;
  };
  const run = async (tell: (progress: UploadProgress) => void, isOver: () => boolean) => {
    tell({ sent: 0, state: 'sending' });
    if (!(await isReadable(file))) throw new Error(UNREADABLE);
    const { uploadId: id, offset, put } = await askPlace();
    tell({ sent: offset, state: 'sending', uploadId: id });
    if (isOver()) return;
    const whole = digestNow();
    await putBytes({ url: put.url, offset }, tell);
    if (isOver()) return;
    tell({ sent: file.size, state: 'checking' });
    const kept = await call.finish({ uploadId: id, digest: await whole });
    begun = undefined;
    tell({ sent: file.size, state: 'done', documentId: kept.documentId });
  };
  const putBytes = ({ url, offset }: { url: string; offset: number }, tell: (progress: UploadProgress) => void) =>
    new Promise<void>((resolve, reject) => {
      const put = new XMLHttpRequest();
      request = put;
      put.open('PUT', url);
      put.setRequestHeader('content-type', 'application/octet-stream');
      put.setRequestHeader('upload-offset', String(offset));
      put.upload.onprogress = (event) => tell({ sent: offset + event.loaded, state: 'sending' });
      put.onload = () => (put.status === 200 ? resolve() : reject(new Error(messageOf(put.responseText))));
      put.onerror = () => reject(new Error(BROKEN));
      put.onabort = () => reject(new Error('It was stopped'));
      put.send(file.slice(offset));
    });
  const describe = async (error: unknown): Promise<UploadProgress> => {
    const code = error instanceof Failure ? error.code : undefined;
    if (code === vaultFailures.sameAlready.code || code === vaultFailures.digestDiffers.code) {
      // It can never be finished. Where it cannot be dropped now, the sheet lists it.
      await drop().catch(() => undefined);
      if (code === vaultFailures.digestDiffers.code) return { sent: 0, state: 'failed', why: ANOTHER };
      return { sent: 0, state: 'same', sameAs: (error as Failure).details[0] ?? '' };
    }
    if (isEnded(error)) begun = undefined;
    if (!(await isReadable(file))) return { sent: 0, state: 'failed', why: UNREADABLE };
    return { sent: 0, state: 'failed', why: error instanceof Error ? error.message : 'Something went wrong' };
  };
  return {
    file,
    async start() {
      const mine = ++turn;
      const isOver = () => mine !== turn;
      const tell = (progress: UploadProgress) => {
        if (!isOver()) onProgress(progress);
      };
      try {
        await run(tell, isOver);
      } catch (error) {
        if (!isOver()) tell(await describe(error));
      }
    },
    pause() {
      stop();
      onProgress({ sent: 0, state: 'paused' });
    },
    async drop() {
      stop();
      await drop();
    },
  };
}

/** Dropped elsewhere, or after its week: what is left to do is to begin anew. */
function isEnded(error: unknown): boolean {
  return error instanceof Failure && error.code === vaultFailures.uploadEnded.code;
}

/** A folder, or a file that was taken away since it was chosen, has a name and a size and nothing to read. */
async function isReadable(file: File): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
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

function messageOf(text: string | undefined): string {
  try {
    const { code, message } = (JSON.parse(text ?? '') as { error: { code: string; message: string } }).error;
    // Where a connection breaks that was used before, the browser sends once more by itself, for a ticket that is spent.
    return code === 'platform.ticket_missing' ? BROKEN : message;
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
