import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { z } from 'zod';
import type { RootKey } from '../keys.ts';
import { BackupError } from './error.ts';
import { About, LARGEST_MANIFEST, macHolds, Manifest } from './format.ts';
import { readEntry, readRange, readTar, type TarEntry } from './tar.ts';

/** A backup whose every byte was authenticated. */
export interface Archive {
  readonly manifest: Manifest;
  /** Contents of an entry, in pieces; throws `file_damaged` where there is none. */
  read(name: string): AsyncGenerator<Buffer, void, undefined>;
  has(name: string): boolean;
  close(): Promise<void>;
}

/** Opens a backup under its root key. Reads the file once, whole, before anything of it is believed. Throws `other_key` or `file_damaged`. */
export async function openArchive(path: string, root: RootKey): Promise<Archive> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new BackupError('file_missing', `Cannot open backup "${path}": there is none`);
    throw error;
  });
  try {
    const entries = await listEntries(file, root);
    const manifest = await authenticate(file, { entries, root });
    return {
      manifest,
      has: (name) => entries.has(name),
      read: (name) => readEntry(file, requireEntry(entries, name)),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function listEntries(file: FileHandle, root: RootKey): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  for await (const entry of readTar(file)) {
    if (entries.has(entry.name) || entries.has('manifest.mac')) throw damaged('its form is not that of a backup');
    if (entries.size === 0) await assertOwn(file, entry, root);
    entries.set(entry.name, entry);
  }
  return entries;
}

/** Told first and fast: whose backup it is. Nothing relies on it. */
async function assertOwn(file: FileHandle, entry: TarEntry, root: RootKey): Promise<void> {
  if (entry.name !== 'about.json' || entry.size > 4096) throw damaged('it is not a backup of Underseal');
  const about = await parse(file, entry, About);
  if (about.rootKey !== root.id)
    throw new BackupError('other_key', `Cannot restore: this backup was made under root key "${about.rootKey}", and the recovery kit is that of "${root.id}"`);
}

async function authenticate(file: FileHandle, { entries, root }: { entries: Map<string, TarEntry>; root: RootKey }): Promise<Manifest> {
  const mac = requireEntry(entries, 'manifest.mac');
  const hash = createHash('sha256');
  for await (const piece of readRange(file, 0, mac.start)) hash.update(piece);
  if (mac.size !== 64 || !macHolds(root, hash.digest(), (await whole(file, mac)).toString('latin1')))
    throw damaged('it was changed since it was written, or belongs to another root key');
  const entry = requireEntry(entries, 'manifest.json');
  if (entry.size > LARGEST_MANIFEST) throw damaged('its list is too long');
  const manifest = await parse(file, entry, Manifest);
  if (manifest.rootKey !== root.id) throw damaged('it names another root key than its own');
  return manifest;
}

async function parse<T extends z.ZodType>(file: FileHandle, entry: TarEntry, schema: T): Promise<z.infer<T>> {
  try {
    return schema.parse(JSON.parse((await whole(file, entry)).toString('utf8')));
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError('file_damaged', 'Cannot read this backup: it is of a form that this program does not know', { cause: error });
  }
}

async function whole(file: FileHandle, entry: TarEntry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of readEntry(file, entry)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function requireEntry(entries: Map<string, TarEntry>, name: string): TarEntry {
  const entry = entries.get(name);
  if (!entry) throw damaged('a part of it is missing');
  return entry;
}
function damaged(state: string): BackupError {
  return new BackupError('file_damaged', `Cannot read this backup: ${state}`);
}
