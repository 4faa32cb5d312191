import { mkdir, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '#platform/server/durable-files.ts';
import { CliError, type Io } from './io.ts';

const Kept = z.strictObject({ server: z.string(), email: z.string(), token: z.string(), expiresAt: z.iso.datetime() });
export type Session = z.infer<typeof Kept>;

export function sessionFile({ env }: Pick<Io, 'env'>): string {
  if (env['UNDERSEAL_SESSION_FILE']) return path.resolve(env['UNDERSEAL_SESSION_FILE']);
  const folder = process.platform === 'win32' ? env['APPDATA'] : env['XDG_CONFIG_HOME'];
  return path.join(folder || path.join(env['HOME'] || os.homedir(), '.config'), 'underseal', 'session.json');
}

/** The session with this server, if one is kept and has not ended. One with another server is never sent to this one. */
export async function findSession(io: Pick<Io, 'env'>, server: string): Promise<Session | undefined> {
  const session = await readSession(io);
  return session && session.server === server && Date.parse(session.expiresAt) > Date.now() ? session : undefined;
}

export async function readSession(io: Pick<Io, 'env'>): Promise<Session | undefined> {
  const file = sessionFile(io);
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new CliError('session_unreadable', `Cannot read the session in "${file}": ${error.code}`);
  });
  if (!handle) return undefined;
  try {
    const { mode, size } = await handle.stat();
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new CliError(
        'session_exposed',
        `Cannot use the session in "${file}": other users may read it`,
        'Run chmod 600 on it, or sign in again after removing it.',
      );
    const parsed = size < 65_536 ? Kept.safeParse(parseJson(await handle.readFile('utf8'))) : undefined;
    if (!parsed?.success)
      throw new CliError('session_unreadable', `Cannot read the session in "${file}": it is damaged`, 'Remove it and sign in again: underseal login');
    return parsed.data;
  } finally {
    await handle.close();
  }
}

/** Kept for its owner alone, put in place whole. */
export async function keepSession(io: Pick<Io, 'env'>, session: Session): Promise<string> {
  const file = sessionFile(io);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, `${JSON.stringify(session)}\n`);
  return file;
}

export async function forgetSession(io: Pick<Io, 'env'>): Promise<void> {
  await rm(sessionFile(io), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
