/**
 * The keyfile, made once, for its owner alone:
 *
 *   underseal-keyfile v1
 *   id root_...
 *   key <43 characters of base64url>
 *   check <first 16 hex digits of the SHA-256 of the three lines above>
 *
 * The check finds a mistyped or cut file; the id, which is derived from the key, says that it is the key that is meant.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeNewFile } from '../durable-files.ts';
import { KeyError } from './error.ts';
import { newRootKeyBytes, toRootKey } from './root.ts';
import type { RootKey } from './root.ts';

const FIRST_LINE = 'underseal-keyfile v1';
const MAX_BYTES = 4096;

/** Makes a keyfile, with a new key or the one of a recovery kit (whose bytes are zeroed). Throws `keyfile_exists`; never overwrites. */
export async function createKeyfile(path: string, key: Buffer = newRootKeyBytes()): Promise<RootKey> {
  const encoded = key.toString('base64url');
  const root = toRootKey(key);
  const lines = [FIRST_LINE, `id ${root.id}`, `key ${encoded}`];
  try {
    await writeNewFile(path, `${[...lines, `check ${checkOf(lines)}`].join('\n')}\n`);
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw new KeyError('keyfile_exists', `Cannot make keyfile "${path}": there is one already`);
    throw error;
  }
  return root;
}

/** Throws `keyfile_missing`, `keyfile_exposed` (others may read it) or `keyfile_damaged`. */
export async function openKeyfile(path: string): Promise<RootKey> {
  const bytes = await readPrivateFile(path);
  const lines = bytes
    .toString('utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  bytes.fill(0);
  const [first, id, key, check] = lines;
  const whole = lines.length === 4 && first === FIRST_LINE && check === `check ${checkOf(lines.slice(0, 3))}`;
  const root = whole && key?.length === 47 ? toRootKey(Buffer.from(key.slice(4), 'base64url')) : undefined;
  if (!root || id !== `id ${root.id}`)
    throw new KeyError('keyfile_damaged', `Cannot open keyfile "${path}": it is damaged or mistyped; make it again from the recovery kit`);
  return root;
}

/** Reads a small file, refusing one that other users of the machine may read. */
export async function readPrivateFile(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) throw new KeyError('keyfile_missing', `Cannot open keyfile "${path}": there is none`);
    throw error;
  });
  try {
    const { mode, size } = await file.stat();
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new KeyError('keyfile_exposed', `Cannot use keyfile "${path}": other users may read it; run chmod 600 on it`);
    }
    if (size > MAX_BYTES) throw new KeyError('keyfile_damaged', `Cannot open keyfile "${path}": it is too long to be one`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

function checkOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
