import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { SealedStreamError, openRange, openStream, plainSize, sealStream, sealedSize } from './sealed-stream.ts';
import type { SealedStreamErrorCode } from './sealed-stream.ts';
import { deriveMessageKeys, sealChunk } from './sealed-stream/message.ts';
import { createSealer } from './sealed-stream/stream.ts';

const CHUNK = 16_384;
const runs = { numRuns: process.env['SLOW'] ? 2000 : 60 };
const key = createSecretKey(Buffer.alloc(32, 7));
const CONTEXT = 'vault|doc_1|1|original';

type Vector = { name: string; key: string; context: string; size: number; salt: string; sealedSize: number; sha256: string; sealed?: string };
const vectors = JSON.parse(readFileSync(new URL('sealed-stream/testdata/cobblestone-256.json', import.meta.url), 'utf8')) as Vector[];

function plainOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
}

/** The specification written down once more, in one go and without regard to memory. */
function naiveSeal(rawKey: Buffer, context: string, salt: Buffer, plain: Buffer): Buffer {
  const info = Buffer.concat([Buffer.from('c2sp.org/chunked-encryption@v1+'), Buffer.from('AEAD_AES_256_GCM'), Buffer.of(0), salt, Buffer.from(context)]);
  let block = Buffer.alloc(0);
  let expanded = Buffer.alloc(0);
  for (let i = 1; i <= 2; i++) {
    block = createHmac('sha512', rawKey)
      .update(Buffer.concat([block, info, Buffer.of(i)]))
      .digest();
    expanded = Buffer.concat([expanded, block]);
  }
  const baseNonce = BigInt(`0x${expanded.subarray(32, 44).toString('hex')}`);
  const parts = [salt, expanded.subarray(44, 76)];
  for (let i = 0; i * CHUNK <= plain.length; i++) {
    const nonce = Buffer.from((baseNonce ^ BigInt(i)).toString(16).padStart(24, '0'), 'hex');
    const cipher = createCipheriv('aes-256-gcm', expanded.subarray(0, 32), nonce);
    parts.push(cipher.update(plain.subarray(i * CHUNK, (i + 1) * CHUNK)), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

function seal(plain: Buffer, context = CONTEXT): Buffer {
  const sealer = createSealer(key, Buffer.from(context), randomBytes(24));
  return Buffer.concat([sealer.update(plain), sealer.final()]);
}

async function throughStream(stream: ReturnType<typeof sealStream>, pieces: readonly Buffer[]): Promise<Buffer> {
  const out: Buffer[] = [];
  await pipeline(Readable.from(pieces, { objectMode: false }), stream, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) out.push(piece);
  });
  return Buffer.concat(out);
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes.length > 0 ? sizes[i % sizes.length]! : bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

async function readRange(sealed: Buffer, from: number, to: number, context = CONTEXT, withKey = key): Promise<Buffer> {
  const read = async (offset: number, length: number) => sealed.subarray(offset, offset + length);
  const pieces: Buffer[] = [];
  for await (const piece of openRange({ key: withKey, context, read, sealedSize: sealed.length }, from, to)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function fails(...codes: SealedStreamErrorCode[]) {
  return (error: unknown) => error instanceof SealedStreamError && codes.includes(error.code);
}

const someSize = fc.oneof(fc.nat(300), fc.constantFrom(CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1), fc.nat(5 * CHUNK));
const pieceSizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 5 });

for (const vector of vectors) {
  test(`another implementation's message of ${vector.name} is ours byte for byte, and opens`, async () => {
    const vectorKey = createSecretKey(Buffer.from(vector.key, 'hex'));
    const plain = plainOf(vector.size);
    const sealer = createSealer(vectorKey, Buffer.from(vector.context), Buffer.from(vector.salt, 'hex'));
    const sealed = Buffer.concat([sealer.update(plain), sealer.final()]);

    assert.equal(sealed.length, vector.sealedSize);
    if (vector.sealed) assert.equal(sealed.toString('hex'), vector.sealed);
    assert.equal(createHash('sha256').update(sealed).digest('hex'), vector.sha256);
    assert.deepEqual(await throughStream(openStream(vectorKey, vector.context), [sealed]), plain);
    assert.deepEqual(await readRange(sealed, 0, plain.length, vector.context, vectorKey), plain);
  });
}

test('what is sealed in pieces equals the naive one-shot sealing, and opens in other pieces', async () => {
  await fc.assert(
    fc.asyncProperty(someSize, fc.string(), pieceSizes, pieceSizes, async (size, context, in_, out) => {
      const plain = randomBytes(size);
      const sealed = await throughStream(sealStream(key, context), split(plain, in_));
      assert.deepEqual(sealed, naiveSeal(Buffer.alloc(32, 7), context, sealed.subarray(0, 24), plain));
      assert.deepEqual(await throughStream(openStream(key, context), split(sealed, out)), plain);
    }),
    runs,
  );
});

test('any range opens to just that range', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40 * CHUNK), fc.nat(), fc.nat(), async (size, a, b) => {
      const plain = randomBytes(size);
      const [from, to] = [a % (size + 1), b % (size + 1)].sort((x, y) => x - y) as [number, number];
      assert.deepEqual(await readRange(seal(plain), from, to), plain.subarray(from, to));
    }),
    runs,
  );
});

test('one flipped bit anywhere is found, by stream and by range', async () => {
  await fc.assert(
    fc.asyncProperty(someSize, fc.nat(), fc.integer({ min: 0, max: 7 }), async (size, at, bit) => {
      const sealed = seal(randomBytes(size));
      const place = at % sealed.length;
      sealed.writeUInt8(sealed.readUInt8(place) ^ (1 << bit), place);
      const expected = place < 56 ? fails('wrong_key') : fails('altered');
      await assert.rejects(throughStream(openStream(key, CONTEXT), [sealed]), expected);
      await assert.rejects(readRange(sealed, 0, size), (error) => size === 0 || expected(error));
    }),
    runs,
  );
});

test('a message cut at any byte is refused', async () => {
  await fc.assert(
    fc.asyncProperty(someSize, fc.nat(), async (size, at) => {
      const whole = seal(randomBytes(size));
      const cut = whole.subarray(0, at % whole.length);
      await assert.rejects(throughStream(openStream(key, CONTEXT), [cut]), fails('truncated', 'altered'));
      await assert.rejects(async () => readRange(cut, 0, plainSize(cut.length)), fails('truncated', 'altered'));
    }),
    runs,
  );
});

test('a message cut at a chunk boundary is refused before a range of it gives a byte', async () => {
  const cut = seal(randomBytes(3 * CHUNK + 20)).subarray(0, 56 + 2 * (CHUNK + 16) + 100);
  const read = async (offset: number, length: number) => cut.subarray(offset, offset + length);

  await assert.rejects(openRange({ key, context: CONTEXT, read, sealedSize: cut.length }, 0, 10).next(), fails('altered'));
});

test('bytes added at the end are refused', async () => {
  await fc.assert(
    fc.asyncProperty(someSize, fc.integer({ min: 1, max: 40_000 }), async (size, more) => {
      const longer = Buffer.concat([seal(randomBytes(size)), randomBytes(more)]);
      await assert.rejects(throughStream(openStream(key, CONTEXT), [longer]), fails('altered', 'truncated'));
    }),
    runs,
  );
});

test('swapped, repeated and foreign chunks are refused', async () => {
  const chunkOf = (sealed: Buffer, i: number) => sealed.subarray(56 + i * (CHUNK + 16), 56 + (i + 1) * (CHUNK + 16));
  const sealed = seal(randomBytes(3 * CHUNK));
  const other = seal(randomBytes(3 * CHUNK));
  const header = sealed.subarray(0, 56);
  const end = chunkOf(sealed, 3);
  for (const order of [
    [chunkOf(sealed, 1), chunkOf(sealed, 0), chunkOf(sealed, 2)],
    [chunkOf(sealed, 0), chunkOf(sealed, 0), chunkOf(sealed, 2)],
    [chunkOf(sealed, 0), chunkOf(other, 1), chunkOf(sealed, 2)],
    [chunkOf(sealed, 0), chunkOf(sealed, 1)],
  ]) {
    const mixed = Buffer.concat([header, ...order, end]);
    await assert.rejects(throughStream(openStream(key, CONTEXT), [mixed]), fails('altered'));
    await assert.rejects(readRange(mixed, 0, plainSize(mixed.length)), fails('altered'));
  }
});

test('another key and another context are refused by the commitment', async () => {
  const sealed = seal(randomBytes(100));
  await assert.rejects(throughStream(openStream(createSecretKey(randomBytes(32)), CONTEXT), [sealed]), fails('wrong_key'));
  await assert.rejects(throughStream(openStream(key, `${CONTEXT}2`), [sealed]), fails('wrong_key'));
  await assert.rejects(readRange(sealed, 0, 1, ''), fails('wrong_key'));
});

test('a key of another length is refused', () => {
  assert.throws(() => sealStream(createSecretKey(randomBytes(16)), CONTEXT), fails('misuse'));
});

test('a range outside the content is refused', async () => {
  const sealed = seal(randomBytes(100));
  for (const [from, to] of [
    [0, 101],
    [-1, 5],
    [6, 5],
    [0.5, 2],
    [0, Number.NaN],
  ] as const) {
    await assert.rejects(readRange(sealed, from, to), fails('bad_range'));
  }
});

test('a store that gives fewer bytes than it should is found', async () => {
  const sealed = seal(randomBytes(2 * CHUNK));
  const read = async (offset: number, length: number) => sealed.subarray(offset, Math.min(offset + length, 1000));
  await assert.rejects(openRange({ key, context: CONTEXT, read, sealedSize: sealed.length }, 0, 10).next(), fails('truncated'));
});

test('sizes: they mirror each other, and sealing costs 56 bytes and 16 a chunk', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 45 }), (size) => {
      assert.equal(plainSize(sealedSize(size)), size);
      assert.ok(sealedSize(size) - size <= 56 + 16 + size / 1024);
    }),
  );
  assert.equal(sealedSize(0), 72);
  assert.equal(sealedSize(CHUNK), CHUNK + 88);
  assert.throws(() => sealedSize(2 ** 52), fails('too_long'));
  for (const size of [0, 55, 56, 71, 56 + CHUNK + 16, 56 + CHUNK + 16 + 15]) assert.throws(() => plainSize(size), fails('truncated'));
  for (const size of [-1, 1.5, Number.NaN]) assert.throws(() => sealedSize(size), fails('malformed'));
});

test('two sealings of the same content differ', () => {
  assert.notDeepEqual(seal(Buffer.from('same')), seal(Buffer.from('same')));
});

test('a chunk index beyond 32 bits changes the right bits of the nonce', async () => {
  const keys = deriveMessageKeys(key, Buffer.alloc(0), Buffer.alloc(24));
  const index = 2 ** 37 + 2 ** 32 + 2 ** 31 + 5;
  const nonce = (BigInt(`0x${keys.baseNonce.toString('hex')}`) ^ BigInt(index)).toString(16).padStart(24, '0');
  const cipher = createCipheriv('aes-256-gcm', keys.key, Buffer.from(nonce, 'hex'));
  const expected = Buffer.concat([cipher.update('x'), cipher.final(), cipher.getAuthTag()]);
  const sealed = Buffer.alloc(17);
  sealChunk(keys, index, Buffer.from('x'), sealed);
  assert.deepEqual(sealed, expected);
  assert.throws(() => sealChunk(keys, 2 ** 38, Buffer.from('x'), sealed), fails('too_long'));
});
