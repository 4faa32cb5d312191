/**
 * A root key kept in the file `root.sealed`, wrapped under a key that argon2id makes of a passphrase. The file is JSON with the parameters in clear:
 * they can be raised later, by `changePassphrase`. Reading takes what they cost, about a second.
 */
import { argon2, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { replaceFile, writeNewFile } from '../durable-files.ts';
import { openBox, sealBox, toSecretKey } from './box.ts';
import { KeyError } from './error.ts';
import { isSystemError, readPrivateFile } from './keyfile.ts';
import { exportRootKey, newRootKeyBytes, toRootKey } from './root.ts';
import type { RootKey } from './root.ts';

const FORMAT = 'underseal-root-sealed v1';
const CONTEXT = 'root.sealed';
const MIN_CHARACTERS = 12;

/** Upper bounds, because the file may have been changed: without them it could make the start take all memory. */
const costs = z.strictObject({
  memoryKib: z
    .int()
    .min(8)
    .max(2 ** 21),
  passes: z.int().min(1).max(64),
  parallelism: z.int().min(1).max(64),
});
const sealedRoot = z.strictObject({ format: z.literal(FORMAT), id: z.string(), argon2id: costs.extend({ salt: z.base64url() }), wrapped: z.base64url() });

export type PassphraseCosts = z.infer<typeof costs>;
/** RFC 9106's second recommendation with four times its memory. */
export const DEFAULT_COSTS: PassphraseCosts = { memoryKib: 262_144, passes: 3, parallelism: 4 };

export type Passphrase = { readonly passphrase: string; readonly costs?: PassphraseCosts };

/** Makes `root.sealed`, with a new key or the one of a recovery kit (whose bytes are zeroed). Throws `weak_passphrase` or `keyfile_exists`. */
export async function createPassphraseRoot(path: string, { passphrase, costs = DEFAULT_COSTS, key }: Passphrase & { readonly key?: Buffer }): Promise<RootKey> {
  assertStrong(passphrase);
  const root = toRootKey(key ?? newRootKeyBytes());
  try {
    await writeNewFile(path, await sealRoot(root, passphrase, costs));
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw new KeyError('keyfile_exists', `Cannot make "${path}": there is one already`);
    throw error;
  }
  return root;
}

/** Throws `wrong_passphrase`, or what `openKeyfile` throws. */
export async function openPassphraseRoot(path: string, passphrase: string): Promise<RootKey> {
  const file = parseSealedRoot(path, await readPrivateFile(path));
  const { salt, ...fileCosts } = file.argon2id;
  const wrapping = await stretch(passphrase, Buffer.from(salt, 'base64url'), fileCosts);
  const root = toRootKey(unwrapRoot(wrapping, Buffer.from(file.wrapped, 'base64url')));
  if (root.id !== file.id) throw damaged(path);
  return root;
}

/** Wraps the same root key under another passphrase or other costs. The old file is replaced whole or not at all. */
export async function changePassphrase(path: string, from: string, to: Passphrase): Promise<void> {
  assertStrong(to.passphrase);
  const root = await openPassphraseRoot(path, from);
  await replaceFile(path, await sealRoot(root, to.passphrase, to.costs ?? DEFAULT_COSTS));
  root.close();
}

async function sealRoot(root: RootKey, passphrase: string, rootCosts: PassphraseCosts): Promise<string> {
  const salt = randomBytes(16);
  const wrapping = await stretch(passphrase, salt, rootCosts);
  const bytes = exportRootKey(root);
  const wrapped = sealBox(wrapping, CONTEXT, bytes).toString('base64url');
  bytes.fill(0);
  return `${JSON.stringify({ format: FORMAT, id: root.id, argon2id: { ...rootCosts, salt: salt.toString('base64url') }, wrapped }, null, 2)}\n`;
}

function parseSealedRoot(path: string, bytes: Buffer): z.infer<typeof sealedRoot> {
  try {
    return sealedRoot.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw damaged(path);
  }
}

function unwrapRoot(wrapping: KeyObject, wrapped: Buffer): Buffer {
  try {
    return openBox(wrapping, CONTEXT, wrapped);
  } catch {
    throw new KeyError('wrong_passphrase', 'Cannot open the root key: the passphrase is wrong');
  }
}

async function stretch(passphrase: string, salt: Buffer, { memoryKib, passes, parallelism }: PassphraseCosts): Promise<KeyObject> {
  const message = Buffer.from(passphrase.normalize('NFKC'));
  const key = await promisify(argon2)('argon2id', { message, nonce: salt, memory: memoryKib, passes, parallelism, tagLength: 32 });
  message.fill(0);
  return toSecretKey(key);
}

function assertStrong(passphrase: string): void {
  if ([...passphrase.normalize('NFKC')].length < MIN_CHARACTERS) {
    throw new KeyError('weak_passphrase', `Cannot use this passphrase: it has fewer than ${MIN_CHARACTERS} characters`);
  }
}

function damaged(path: string): KeyError {
  return new KeyError('keyfile_damaged', `Cannot open "${path}": it is damaged; make it again from the recovery kit`);
}
