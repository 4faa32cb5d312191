/** Small files that must survive a power cut: flushed themselves, and flushed in their folder. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Flushes what a folder says of its files: without it a new or renamed file may be gone after a power cut. Windows cannot, and need not. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a file for its owner alone. Rejects with EEXIST if there is one; on any other failure it leaves none. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** Puts new text in the place of a file, whole or not at all. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  await writeNewFile(fresh, text);
  await rename(fresh, path);
  await syncFolder(dirname(path));
}
