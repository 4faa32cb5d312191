import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  COSIGNATURE,
  LedgerError,
  appendBatch,
  cosignatureTime,
  cosigner,
  ed25519Signer,
  ed25519Verifier,
  emptyLog,
  entriesPath,
  formatCheckpoint,
  formatVkey,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseVkey,
  readBundle,
  rootOfTiles,
  signNote,
  signatureLine,
  tilePath,
} from './index.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const refused = (code: string) => (error: unknown) => error instanceof LedgerError && error.code === code;

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  return verifyBytes(null, message, createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' }), signature);
}
function newKey(name: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
  return { name, publicKey: raw, sign: (message: Uint8Array) => new Uint8Array(signBytes(null, message, privateKey)) };
}
const known = (key: ReturnType<typeof newKey>, type?: number) => ed25519Verifier(sha256, formatVkey(sha256, key.name, key.publicKey, type), verify);

const TLOG_KEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
const tlog = (path: string) => new URL(`../testdata/tlog/${path}`, import.meta.url);
const tlogLog = ed25519Verifier(sha256, TLOG_KEY, verify);
const tlogCheckpoint = (size: number) => openCheckpoint(readFileSync(tlog(`checkpoint.${size}`)), { log: tlogLog });

for (let size = 0; size <= 15; size++) {
  test(`public log at ${size}: its checkpoint opens, its tile and its bundle give that root`, async () => {
    const checkpoint = await tlogCheckpoint(size);
    assert.equal(checkpoint.size, size);
    assert.equal(
      await signNote(checkpoint.text, [{ ...tlogLog, sign: () => checkpoint.signatures[0]!.signature }]),
      readFileSync(tlog(`checkpoint.${size}`), 'utf8'),
    );
    const tile = (level: number, index: number, width: number) => readFileSync(tlog(tilePath(level, index, width)));
    assert.deepEqual(await rootOfTiles(sha256, { size, tile }), checkpoint.root);
    if (size === 0) return;
    const bundle = readFileSync(tlog(entriesPath(0, size)));
    const rebuilt = appendBatch(sha256, emptyLog(), readBundle(bundle, size));
    assert.deepEqual(rebuilt.root, checkpoint.root);
    assert.deepEqual(Buffer.from(rebuilt.bundles[0]!.bytes), bundle);
    assert.deepEqual(Buffer.from(rebuilt.tiles[0]!.bytes), tile(0, 0, size));
  });
}

test('the key of the public log reads and writes back', () => {
  const { name, publicKey } = parseVkey(sha256, TLOG_KEY);
  assert.equal(formatVkey(sha256, name, publicKey), TLOG_KEY);
});

const log = newKey('underseal.example/ledger');
const witness = newKey('witness.example/w1');
const logSigner = ed25519Signer(sha256, log);
const text = formatCheckpoint({ origin: log.name, size: 7, root: sha256(Buffer.from('x')) });

test('a checkpoint signed by log and witness opens, and tells when the witness saw it', async () => {
  const at = 1_795_341_600;
  const note = await signNote(text, [logSigner, cosigner(sha256, { ...witness, at })]);
  const opened = await openCheckpoint(note, { log: known(log), witnesses: [known(witness, COSIGNATURE)] });
  assert.equal(opened.size, 7);
  assert.deepEqual(
    opened.signatures.map(({ name }) => name),
    [log.name, witness.name],
  );
  assert.equal(cosignatureTime(opened.signatures[1]!.signature), at);
  assert.equal(cosignatureTime(opened.signatures[0]!.signature), undefined);
  assert.ok(verify(witness.publicKey, Buffer.from(`cosignature/v1\ntime ${at}\n${text}`), opened.signatures[1]!.signature.subarray(8)));
  const later = Uint8Array.from(opened.signatures[1]!.signature);
  later[7]! ^= 1;
  const forged = (await signNote(text, [logSigner])) + signatureLine(opened.signatures[1]!, later);
  await assert.rejects(openCheckpoint(forged, { log: known(log), witnesses: [known(witness, COSIGNATURE)] }), refused('signature_invalid'));
  // Who does not know the witness is not disturbed by him.
  assert.equal((await openCheckpoint(forged, { log: known(log) })).signatures.length, 1);
});

test('an unknown key vouches for nothing, and a witness not for the log', async () => {
  const note = await signNote(text, [logSigner]);
  await assert.rejects(openNote(note, []), refused('signature_missing'));
  await assert.rejects(openNote(note, [known(newKey(log.name))]), refused('signature_missing'));
  const witnessed = await signNote(text, [cosigner(sha256, { ...witness, at: 0 })]);
  assert.equal((await openNote(witnessed, [known(witness, COSIGNATURE)])).text, text);
  await assert.rejects(openCheckpoint(witnessed, { log: known(log), witnesses: [known(witness, COSIGNATURE)] }), refused('signature_missing'));
  await assert.rejects(openCheckpoint(note, { log: known(log), origin: 'another.example/log' }), refused('origin_differs'));
  await assert.rejects(openNote(note, [known(log), known(log)]), refused('key_malformed'));
});

test('a changed text, a changed signature and a signature of another type are refused', async () => {
  const note = await signNote(text, [logSigner]);
  await assert.rejects(openNote(note.replace('\n7\n', '\n8\n'), [known(log)]), refused('signature_invalid'));
  await assert.rejects(openNote(text + '\n' + signatureLine(logSigner, new Uint8Array(64)), [known(log)]), refused('signature_invalid'));
  await assert.rejects(openNote(text + '\n' + signatureLine(logSigner, new Uint8Array(63)), [known(log)]), refused('signature_invalid'));
  await assert.rejects(openNote(note + note.split('\n').at(-2)! + '\n', [known(log)]), refused('note_malformed'));
  const other = newKey('other.example');
  const twice = await signNote(text, [logSigner, ed25519Signer(sha256, other), ed25519Signer(sha256, other)]);
  assert.equal((await openNote(twice, [known(log)])).signatures.length, 1);
});

test('one changed byte of a note is found', async () => {
  const note = Buffer.from(await signNote(text, [logSigner]));
  await fc.assert(
    fc.asyncProperty(fc.nat(note.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Uint8Array.from(note);
      changed[at]! ^= flip;
      await assert.rejects(openCheckpoint(changed, { log: known(log) }), LedgerError);
    }),
    { numRuns: process.env.SLOW ? 5000 : 300 },
  );
});

test('a note of any other form is refused', async () => {
  const note = await signNote(text, [logSigner]);
  const line = note.split('\n').at(-2)!;
  const wrong = [
    '',
    '\n',
    '\n\n',
    text,
    `${text}\n`,
    note.slice(0, -1),
    `${note}\n`,
    `${note}x`,
    `${note} \n`,
    note.replaceAll('\n', '\r\n'),
    note.replace('7', '\t'),
    `\0${note}`,
    note.replace('\u2014', '-'),
    note.replace('\u2014 ', '\u2014  '),
    note.replace(/=*\n$/, '\n'),
    note.replace(/=*\n$/, '====\n'),
    `${text}\n\u2014 a+b AAAAAAA=\n`,
    `${text}\n\u2014 a\u00a0b AAAAAAA=\n`,
    `${text}\n\u2014 a AAAAAA==\n`,
    `${text}\n${`${line}\n`.repeat(101)}`,
    `${'x'.repeat(1_048_576)}\n\n${line}\n`,
    note.replace('7', '\ud800'),
  ];
  for (const one of wrong) await assert.rejects(openNote(one, [known(log)]), refused('note_malformed'), JSON.stringify(one.slice(0, 200)));
  await assert.rejects(openNote(Uint8Array.of(0xff, 0x0a, 0x0a), [known(log)]), refused('note_malformed'));
});

test('a text may hold empty lines, and 16 signatures are not too many', async () => {
  const poem = 'One line\n\nand another.\n';
  const signers = [logSigner, ...Array.from({ length: 15 }, (_, i) => ed25519Signer(sha256, newKey(`key.example/${i}`)))];
  assert.equal((await openNote(await signNote(poem, signers), [known(log)])).text, poem);
  for (const bad of ['', 'no newline', 'tab\t\n', 'lone \ud800\n']) await assert.rejects(signNote(bad, [logSigner]), refused('note_invalid'));
  await assert.rejects(signNote(poem, []), refused('note_invalid'));
});

test('keys of any other form are refused', () => {
  const vkey = formatVkey(sha256, log.name, log.publicKey);
  const wrong = [
    '',
    'a+b',
    vkey.slice(1),
    `${vkey}=`,
    vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
    vkey.toUpperCase(),
    ` ${vkey}`,
    `${vkey}\n`,
    vkey.replace('ledger', 'led ger'),
  ];
  for (const one of wrong) assert.throws(() => parseVkey(sha256, one), refused('key_malformed'), one);
  assert.throws(() => formatVkey(sha256, 'a+b', log.publicKey), refused('key_malformed'));
  assert.throws(() => formatVkey(sha256, log.name, log.publicKey, 2), refused('key_malformed'));
  assert.throws(() => ed25519Signer(sha256, { ...log, publicKey: new Uint8Array(31) }), refused('key_malformed'));
  assert.throws(() => cosigner(sha256, { ...witness, at: -1 }), refused('note_invalid'));
});

test('a checkpoint reads back, and any other form is refused', () => {
  const root = sha256(Buffer.from('root'));
  for (const size of [0, 1, 2 ** 53 - 1])
    assert.deepEqual(parseCheckpoint(formatCheckpoint({ origin: 'a.example/l', size, root })), { origin: 'a.example/l', size, root, extensions: [] });
  const hash = Buffer.from(root).toString('base64');
  assert.deepEqual(parseCheckpoint(`o\n1\n${hash}\nmore\n`).extensions, ['more']);
  const wrong = [
    '',
    '\n',
    `o\n1\n`,
    `o\n1\n${hash}`,
    `o\n1\n${hash}\n\n`,
    `\no\n1\n${hash}\n`,
    `o\n01\n${hash}\n`,
    `o\n-1\n${hash}\n`,
    `o\n+1\n${hash}\n`,
    `o\n1.0\n${hash}\n`,
    `o\n1e3\n${hash}\n`,
    `o\n0x1\n${hash}\n`,
    `o\n 1\n${hash}\n`,
    `o\n9007199254740992\n${hash}\n`,
    `o\n99999999999999999999\n${hash}\n`,
    `o\n1\n${hash.slice(0, -1)}\n`,
    `o\n1\n${hash.slice(4)}\n`,
    `o\n1\n${hash} \n`,
    `o\r\n1\r\n${hash}\r\n`,
    `o\n1\n${hash.replace(/.=$/, (end) => `${end === 'B=' ? 'D' : 'B'}=`)}\n`,
    `o\n1\n${hash}\n${'x\n'.repeat(64)}`,
  ];
  for (const one of wrong) assert.throws(() => parseCheckpoint(one), refused('checkpoint_malformed'), JSON.stringify(one));
  for (const bad of [
    { origin: '' },
    { origin: 'a b' },
    { origin: 'a+b' },
    { origin: 'a\nb' },
    { size: -1 },
    { size: 1.5 },
    { size: 2 ** 53 },
    { root: root.subarray(1) },
  ]) {
    assert.throws(() => formatCheckpoint({ origin: 'o', size: 1, root, ...bad }), refused('checkpoint_invalid'), JSON.stringify(bad));
  }
});
