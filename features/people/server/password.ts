import { argon2, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyRing } from '#platform/server/keys.ts';

/** OWASP's first choice for argon2id; about 35 ms here. Never inside a transaction. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORMAT = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;
const derive = promisify(argon2);

/** The hash as it is kept, with its costs, so that they can grow later. */
export async function hashPassword(keys: KeyRing, password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return format(salt, await compute(keys, { password, salt, cost: COST }));
}

/** Whether this is the password. Without a hash it takes the same time and answers no: a stranger cannot tell who has an account. */
export async function passwordHolds(keys: KeyRing, password: string, kept: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = FORMAT.exec(kept ?? format(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES))) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('A kept password hash has an unknown form');
  const found = await compute(keys, {
    password,
    salt: Buffer.from(salt, 'base64url'),
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
  });
  return timingSafeEqual(found, Buffer.from(hash, 'base64url')) && kept !== undefined;
}

function compute(keys: KeyRing, { password, salt, cost }: { password: string; salt: Buffer; cost: typeof COST }): Promise<Buffer> {
  // With a key that the database does not have, a stolen table of hashes cannot be guessed at.
  const pepper: KeyObject = keys.key('second-factor', 'password-pepper');
  return derive('argon2id', { message: password.normalize('NFKC'), nonce: salt, tagLength: HASH_BYTES, secret: pepper.export(), ...cost });
}
function format(salt: Buffer, hash: Buffer): string {
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}
