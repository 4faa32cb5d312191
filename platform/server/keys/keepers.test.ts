import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  KeyError,
  changePassphrase,
  createKeyfile,
  createPassphraseRoot,
  newRootKey,
  openKeyfile,
  openPassphraseRoot,
  readRecoveryKit,
  writeRecoveryKit,
} from '../keys.ts';
import type { KeyErrorCode } from '../keys.ts';
import { exportRootKey, toRootKey } from './root.ts';

const folder = mkdtempSync(join(tmpdir(), 'underseal-keys-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = () => join(folder, `key-${files++}`);

const CHEAP = { memoryKib: 64, passes: 1, parallelism: 1 };
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const about = { organisation: 'Halvorsen Glas AS', createdAt: new Date('2026-11-23T09:00:00.000Z') };

function fails(code: KeyErrorCode, message?: RegExp) {
  return (error: unknown) => error instanceof KeyError && error.code === code && (message?.test(error.message) ?? true);
}

test('a keyfile opens to the key it was made with', async () => {
  const path = freshPath();
  const made = await createKeyfile(path);
  const opened = await openKeyfile(path);
  assert.equal(opened.id, made.id);
  assert.deepEqual(exportRootKey(opened), exportRootKey(made));
  assert.match(made.id, /^root_[0-9a-hjkmnp-tv-z]{16}$/);
});

test('a keyfile is for its owner alone and is never overwritten', async () => {
  const path = freshPath();
  await createKeyfile(path);
  const text = readFileSync(path, 'utf8');
  await assert.rejects(createKeyfile(path), fails('keyfile_exists'));
  assert.equal(readFileSync(path, 'utf8'), text);
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a keyfile that others may read is refused', { skip: process.platform === 'win32' }, async () => {
  const path = freshPath();
  await createKeyfile(path);
  chmodSync(path, 0o640);
  await assert.rejects(openKeyfile(path), fails('keyfile_exposed', /chmod 600/));
});

test('any changed character of a keyfile is found; line ends and blanks around do not matter', async () => {
  const path = freshPath();
  const made = await createKeyfile(path);
  const text = readFileSync(path, 'utf8');
  for (let at = 0; at < text.trimEnd().length; at++) {
    writeFileSync(path, `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`);
    await assert.rejects(openKeyfile(path), fails('keyfile_damaged'), `character ${at}`);
  }
  for (const short of [text.slice(0, 40), '', 'nonsense', `${text}more`, 'x'.repeat(5000)]) {
    writeFileSync(path, short);
    await assert.rejects(openKeyfile(path), fails('keyfile_damaged'));
  }
  writeFileSync(path, `  ${text.replaceAll('\n', ' \r\n')}\n`);
  assert.equal((await openKeyfile(path)).id, made.id);
});

test('a missing keyfile is not made by opening it', async () => {
  const path = freshPath();
  await assert.rejects(openKeyfile(path), fails('keyfile_missing'));
  await assert.rejects(openPassphraseRoot(path, 'correct horse battery'), fails('keyfile_missing'));
});

test('a passphrase opens what it sealed, and no other does', async () => {
  const path = freshPath();
  const made = await createPassphraseRoot(path, { passphrase: 'Zürich kiln seven', costs: CHEAP });
  assert.deepEqual(exportRootKey(await openPassphraseRoot(path, 'Zu\u0308rich kiln seven')), exportRootKey(made));
  await assert.rejects(openPassphraseRoot(path, 'Zürich kiln eight'), fails('wrong_passphrase'));
  assert.ok(!readFileSync(path, 'utf8').includes(exportRootKey(made).toString('base64url')));
  await assert.rejects(createPassphraseRoot(path, { passphrase: 'Zürich kiln seven', costs: CHEAP }), fails('keyfile_exists'));
});

test('a short passphrase is refused', async () => {
  await assert.rejects(createPassphraseRoot(freshPath(), { passphrase: 'elevenchars', costs: CHEAP }), fails('weak_passphrase'));
});

test('a changed passphrase opens the same key, and the old one does not', async () => {
  const path = freshPath();
  const made = await createPassphraseRoot(path, { passphrase: 'first passphrase', costs: CHEAP });
  await changePassphrase(path, 'first passphrase', { passphrase: 'second passphrase', costs: { ...CHEAP, passes: 2 } });
  assert.equal((await openPassphraseRoot(path, 'second passphrase')).id, made.id);
  await assert.rejects(openPassphraseRoot(path, 'first passphrase'), fails('wrong_passphrase'));
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a hostile root.sealed cannot make the start take all memory, nor fall over', async () => {
  const path = freshPath();
  await createPassphraseRoot(path, { passphrase: 'first passphrase', costs: CHEAP });
  const file = JSON.parse(readFileSync(path, 'utf8')) as { argon2id: object };
  for (const bad of [{ ...file, argon2id: { ...file.argon2id, memoryKib: 2 ** 31 } }, { ...file, more: 1 }, { ...file, id: 'root_other' }, [], null]) {
    writeFileSync(path, JSON.stringify(bad));
    await assert.rejects(openPassphraseRoot(path, 'first passphrase'), fails('keyfile_damaged'));
  }
  writeFileSync(path, '{');
  await assert.rejects(openPassphraseRoot(path, 'first passphrase'), fails('keyfile_damaged'));
});

test('a recovery kit gives the root key back, and a keyfile can be made of it', async () => {
  const root = newRootKey();
  const key = readRecoveryKit(writeRecoveryKit(root, about));
  assert.deepEqual(key, exportRootKey(root));
  assert.equal((await createKeyfile(freshPath(), key)).id, root.id);
  assert.ok(key.every((byte) => byte === 0));
});

test('a recovery kit of all zeros and of all ones reads back', () => {
  for (const byte of [0, 255]) {
    const root = toRootKey(Buffer.alloc(32, byte));
    assert.deepEqual(readRecoveryKit(writeRecoveryKit(root, about)), Buffer.alloc(32, byte));
  }
});

test('a recovery kit may be typed in small letters, with O for 0, I or L for 1, and any spacing, without the rest of the page', () => {
  const root = toRootKey(Buffer.alloc(32, 1));
  const lines = writeRecoveryKit(root, about)
    .split('\n')
    .filter((line) => /^ +K\d/.test(line));
  const sloppy = lines
    .map((line) =>
      line
        .trim()
        .replace(/^(K\d) +/, '$1: ')
        .toLowerCase()
        .replaceAll('0', 'o')
        .replaceAll(/(?<!k)1/g, 'l')
        .replaceAll(' ', '  '),
    )
    .reverse()
    .join('\r\n');
  assert.deepEqual(readRecoveryKit(sloppy), Buffer.alloc(32, 1));
});

test('any single wrong character of a recovery kit is found, and its line named', () => {
  const kit = writeRecoveryKit(newRootKey(), about).split('\n');
  kit.forEach((line, lineIndex) => {
    const name = /^ +(K\d)/.exec(line)?.[1];
    if (!name) return;
    const start = line.indexOf(name) + name.length + 3;
    for (let at = start; at < line.length; at++) {
      for (const other of `${ALPHABET}U`) {
        if (other === line[at]) continue;
        const changed = kit.with(lineIndex, `${line.slice(0, at)}${other}${line.slice(at + 1)}`).join('\n');
        assert.throws(() => readRecoveryKit(changed), fails('kit_damaged', new RegExp(`line ${name} is`)), `${name} at ${at}`);
      }
    }
  });
});

test('swapped characters, swapped lines, a lost, a double and a foreign line are found', () => {
  const kit = writeRecoveryKit(newRootKey(), about);
  const foreign = writeRecoveryKit(newRootKey(), about);
  const lineOf = (text: string, name: string) => text.split('\n').find((line) => line.trim().startsWith(name))!;
  const [k1, k2] = [lineOf(kit, 'K1'), lineOf(kit, 'K2')];
  const relabelled = kit.replace(k1, k2.replace('K2', 'K1')).replace(k2, k1.replace('K1', 'K2'));
  assert.throws(() => readRecoveryKit(relabelled), fails('kit_damaged', /K1, K2/));
  assert.throws(() => readRecoveryKit(kit.replace(k2, '')), fails('kit_damaged', /line K2 /));
  assert.throws(() => readRecoveryKit(kit.replace(k2, `${k2}\n${k2}`)), fails('kit_damaged', /line K2 /));
  assert.throws(() => readRecoveryKit(kit.replace(k2, lineOf(foreign, 'K2'))), fails('kit_damaged', /Key id/));
  assert.throws(() => readRecoveryKit(''), fails('kit_damaged', /K1, K2, K3, K4/));
  const characters = k1.trim().slice(5);
  for (let at = 0; at + 1 < characters.length; at++) {
    const [a, b] = [characters[at]!, characters[at + 1]!];
    if (a === b || a === ' ' || b === ' ') continue;
    const swapped = kit.replace(characters, `${characters.slice(0, at)}${b}${a}${characters.slice(at + 2)}`);
    assert.throws(() => readRecoveryKit(swapped), fails('kit_damaged', /line K1 /));
  }
});

test('a mistyped key id is found', () => {
  const root = newRootKey();
  const kit = writeRecoveryKit(root, about);
  const last = root.id.at(-1)!;
  assert.throws(() => readRecoveryKit(kit.replace(root.id, `${root.id.slice(0, -1)}${last === '7' ? '8' : '7'}`)), fails('kit_damaged', /Key id/));
});

test("an organisation's name cannot add lines to the kit", () => {
  const root = newRootKey();
  const kit = writeRecoveryKit(root, { ...about, organisation: 'Evil\nK1 00000 00000 00000\u2028K2 00000' });
  assert.deepEqual(readRecoveryKit(kit), exportRootKey(root));
});
