import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import { startHouse } from '#testing/house.ts';
import { hashPassword, passwordHolds } from './password.ts';

const { services } = await startHouse();
const PASSWORD = 'four tall herons at noon';

test('the cipher is the argon2id of RFC 9106', () => {
  // Section 5.3.
  const tag = argon2Sync('argon2id', {
    message: Buffer.alloc(32, 1),
    nonce: Buffer.alloc(16, 2),
    secret: Buffer.alloc(8, 3),
    associatedData: Buffer.alloc(12, 4),
    memory: 32,
    passes: 3,
    parallelism: 4,
    tagLength: 32,
  });
  assert.equal(tag.toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

test('a password is kept as argon2id of the cost that it says, under a pepper that is not beside it', async () => {
  const kept = await hashPassword(services.keys, PASSWORD);
  const [, salt, hash] = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([\w-]{22})\$([\w-]{43})$/.exec(kept)!;
  const given = { message: PASSWORD, nonce: Buffer.from(salt!, 'base64url'), memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
  const secret = services.keys.key('second-factor', 'password-pepper').export();
  assert.equal(argon2Sync('argon2id', { ...given, secret }).toString('base64url'), hash);
  assert.notEqual(argon2Sync('argon2id', given).toString('base64url'), hash);
  assert.notEqual(await hashPassword(services.keys, PASSWORD), kept, 'each with a salt of its own');
  assert.deepEqual([await passwordHolds(services.keys, PASSWORD, kept), await passwordHolds(services.keys, `${PASSWORD}.`, kept)], [true, false]);
  assert.equal(await passwordHolds(services.keys, PASSWORD, undefined), false);
});

test('one of a lower cost still holds, and one that was changed by hand is no password', async () => {
  const secret = services.keys.key('second-factor', 'password-pepper').export();
  const nonce = Buffer.alloc(16, 7);
  const hash = argon2Sync('argon2id', { message: PASSWORD, nonce, secret, memory: 8192, passes: 1, parallelism: 1, tagLength: 32 });
  assert.equal(
    await passwordHolds(services.keys, PASSWORD, `$argon2id$v=19$m=8192,t=1,p=1$${nonce.toString('base64url')}$${hash.toString('base64url')}`),
    true,
  );
  await assert.rejects(passwordHolds(services.keys, PASSWORD, PASSWORD), /unknown form/);
});
