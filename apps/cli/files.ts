import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError, say, type Io } from './io.ts';

const LARGEST_PASSWORD_FILE = 4096;

/** The first line of a file, or of stdin by `-`. Never quoted in an error. */
export async function readPassword(io: Io, file: string): Promise<string> {
  const bytes = file === '-' ? await readStdin(io, LARGEST_PASSWORD_FILE) : await readPasswordFile(io, file);
  if (bytes === undefined) throw new CliError('usage', `Cannot read a password from ${place(file)}: it is too long to be one`);
  const password = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)[0]!;
  bytes.fill(0);
  if (password === '') throw new CliError('usage', `Cannot read a password from ${place(file)}: its first line is empty`);
  return password;
}

async function readPasswordFile(io: Io, file: string): Promise<Buffer | undefined> {
  const handle = await openFile(file);
  try {
    const { mode, size } = await handle.stat();
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) say(io, `Note: other users of this machine may read "${file}"; chmod 600 it.`);
    return size > LARGEST_PASSWORD_FILE ? undefined : await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Undefined if there are more than `most` bytes. */
export async function readStdin({ stdin }: { readonly stdin: Readable }, most: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    pieces.push(Buffer.from(piece as Uint8Array));
    bytes += pieces.at(-1)!.length;
    if (bytes > most) return undefined;
  }
  return Buffer.concat(pieces);
}

/** Opens a plain file for reading. Throws in words that name the file and nothing else. */
export async function openFile(file: string): Promise<FileHandle> {
  // A pipe or device of that name must not make the program wait.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: NodeJS.ErrnoException) => {
    throw new CliError('usage', `Cannot read "${file}": ${reasonOf(error)}`);
  });
  const status = await handle.stat();
  if (status.isFile()) return handle;
  await handle.close();
  throw new CliError(
    'usage',
    `Cannot read "${file}": it is ${status.isDirectory() ? 'a folder' : 'not a plain file'}`,
    status.isDirectory() ? 'Name its files.' : 'What comes from another program can be piped in.',
  );
}

function reasonOf({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not';
  if (code === 'ENOTDIR') return 'a part of the path is no folder';
  return code ?? 'it failed';
}
function place(file: string): string {
  return file === '-' ? 'stdin' : `"${file}"`;
}
