/**
 * Blobs as files: `ab/<id>`, where ab are the first hex digits of the id's SHA-256, so that no folder grows too large; `ab/<id>.part` until finished.
 * Files are for their owner alone. Bytes, names and renames are flushed before they are relied upon.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, opendir, rename, rm, stat, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../durable-files.ts';
import { BlobError, assertBlobId, assertPlace, createWriterLocks } from './port.ts';
import type { BlobEntry, BlobStore, BlobWriter } from './port.ts';

const PART = '.part';
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** A link put in the place of a blob must not lead reads or writes elsewhere. Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

type Paths = { readonly id: string; readonly finished: string; readonly part: string };

/** Makes the folder if it is missing. */
export async function createDirectoryBlobs(root: string): Promise<BlobStore> {
  await mapped(() => mkdir(root, { recursive: true, mode: 0o700 }));
  const locks = createWriterLocks();
  const pathsOf = (id: string): Paths => {
    assertBlobId(id);
    const finished = join(root, createHash('sha256').update(id).digest('hex').slice(0, 2), id);
    return { id, finished, part: finished + PART };
  };
  const lockedWriter = async (paths: Paths, openPart: () => Promise<FileHandle>, atOffset: number): Promise<BlobWriter> => {
    locks.take(paths.id);
    try {
      if (await exists(paths.finished)) throw new BlobError('finished', `Cannot write blob "${paths.id}": it is finished`);
      return createWriter(paths, { file: await openPart(), size: atOffset, release: () => locks.release(paths.id) });
    } catch (error) {
      locks.release(paths.id);
      throw error;
    }
  };
  return {
    create: (id) => mapped(async () => lockedWriter(pathsOf(id), () => createPart(root, pathsOf(id).part), 0)),
    openAppend: (id, atOffset) =>
      mapped(async () => {
        assertPlace(atOffset);
        return lockedWriter(pathsOf(id), () => openPartAt(pathsOf(id), atOffset), atOffset);
      }),
    read: (id, offset, length) =>
      mapped(async () => {
        assertPlace(offset, length);
        const file = await openForReading(pathsOf(id));
        try {
          return await readAt(file, offset, length);
        } finally {
          await file.close();
        }
      }),
    size: (id) =>
      mapped(async () => {
        const file = await openForReading(pathsOf(id));
        try {
          return (await file.stat()).size;
        } finally {
          await file.close();
        }
      }),
    delete: (id) =>
      mapped(async () => {
        const { finished, part } = pathsOf(id);
        if (!(await exists(dirname(finished)))) return;
        await rm(finished, { force: true });
        await rm(part, { force: true });
        await syncFolder(dirname(finished));
      }),
    list: () => listBlobs(root),
    async health() {
      try {
        await mapped(() => access(root, constants.W_OK));
        const { bavail, bsize } = await statfs(root);
        return bavail > 0 ? { ok: true, freeBytes: bavail * bsize } : { ok: false, freeBytes: 0, reason: 'no_space' };
      } catch {
        return { ok: false, freeBytes: null, reason: 'unavailable' };
      }
    },
  };
}

function createWriter(paths: Paths, opened: { file: FileHandle; size: number; release: () => void }): BlobWriter {
  const { file, release } = opened;
  let { size } = opened;
  let state: 'open' | 'failed' | 'closed' = 'open';
  const work = <T>(action: () => Promise<T>): Promise<T> => {
    if (state !== 'open') return Promise.reject(new BlobError('closed', `Cannot write blob "${paths.id}": its writer is closed or has failed`));
    return mapped(action).catch((error: unknown) => {
      state = 'failed';
      throw error;
    });
  };
  const close = async () => {
    if (state === 'closed') return;
    state = 'closed';
    await file.close().finally(release);
  };
  return {
    get sealedBytes() {
      return size;
    },
    write: (bytes) =>
      work(async () => {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, size + done)).bytesWritten;
        size += bytes.length;
      }),
    sync: () => work(() => file.sync()),
    async finish() {
      await work(() => file.sync());
      await work(() => rename(paths.part, paths.finished));
      await close();
      await mapped(() => syncFolder(dirname(paths.finished)));
    },
    close,
  };
}

async function createPart(root: string, part: string): Promise<FileHandle> {
  const folder = dirname(part);
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(root);
  await rm(part, { force: true });
  const file = await open(part, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
  await syncFolder(folder);
  return file;
}

/** The cut is flushed before anything is appended: torn bytes never come back behind it. */
async function openPartAt({ id, part }: Paths, atOffset: number): Promise<FileHandle> {
  const file = await openIfThere(part, constants.O_RDWR);
  if (!file) throw missing(id);
  try {
    if ((await file.stat()).size < atOffset) throw new BlobError('bad_offset', `Cannot go on with blob "${id}": it ends before this offset`);
    await file.truncate(atOffset);
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openForReading({ id, finished, part }: Paths): Promise<FileHandle> {
  const file =
    (await openIfThere(finished, constants.O_RDONLY)) ?? (await openIfThere(part, constants.O_RDONLY)) ?? (await openIfThere(finished, constants.O_RDONLY));
  if (!file) throw missing(id);
  return file;
}

async function openIfThere(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | NO_FOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const available = Math.max((await file.stat()).size - offset, 0);
  const bytes = Buffer.allocUnsafe(Math.min(length, available));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

async function* listBlobs(root: string): AsyncGenerator<BlobEntry, void, undefined> {
  for await (const folder of await mapped(() => opendir(root))) {
    if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
    for await (const entry of await mapped(() => opendir(join(root, folder.name)))) {
      const found = /^([a-z0-9_]{1,100})(\.part)?$/.exec(entry.name);
      if (!entry.isFile() || !found) continue;
      const size = await stat(join(root, folder.name, entry.name)).then(
        (status) => status.size,
        () => undefined,
      );
      if (size !== undefined) yield { id: found[1]!, size, finished: found[2] === undefined };
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

/** What the operating system says, as a BlobError. Anything but a system error is a bug and stays what it is. */
async function mapped<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || error instanceof BlobError) throw error;
    if (NO_SPACE.has(code)) throw new BlobError('no_space', 'Cannot store sealed bytes: the storage is full', { cause: error });
    throw new BlobError('unavailable', `Cannot use the storage of sealed bytes: ${code}`, { cause: error });
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'syscall' in error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function missing(id: string): BlobError {
  return new BlobError('missing', `Cannot find blob "${id}"`);
}
