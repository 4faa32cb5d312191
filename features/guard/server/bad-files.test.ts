import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { boastfulZip, docxWith, encryptedZip, nestedZip, pdfWith, pngOf, wordXml, zipOf } from '@underseal/extract/testing';
import { register } from '#features/register/contract.ts';
import { startHouse } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { guard } from '../contract.ts';

const SECRET =
  'Above the second plateau the load is held for the time that the binder fraction demands, and the endpoint is the inflection of the mass signal, never the clock.';
const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner', 'security']);
const { secretId } = await ravi.on(register).enter({ codeName: 'KESTREL', title: 'Firing schedule', tier: 3, ownerId: ravi.id as never });
await store(house, ravi, { secretId, name: 'schedule.txt', bytes: Buffer.from(SECRET) });
await house.settle();

const docx = docxWith(SECRET);
const tagged = SECRET.replaceAll(/\w+/g, '<b>$&</b>');
const packed = Buffer.from(zipOf({ 'a.txt': SECRET })).toString('base64');
const deep = `${'<w:p>'.repeat(100_000)}${SECRET}${'</w:p>'.repeat(100_000)}`;
const many = Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`${i}.txt`, 'x']));

/** What each is, its bytes, and what the guard must say of it. What it could not read whole is never clear. */
const FILES: readonly [what: string, bytes: Buffer, verdict: 'clear' | 'match' | 'not-inspected', reason?: string][] = [
  ['nothing at all', Buffer.alloc(0), 'clear'],
  ['one byte', Buffer.from('x'), 'clear'],
  ['10 GB declared in a small zip', boastfulZip(), 'not-inspected', 'too_large'],
  ['a zip in a zip in a zip, too deep', nestedZip(40, SECRET), 'not-inspected', 'too_deep'],
  ['more files in a zip than it takes', Buffer.from(zipOf(many)), 'not-inspected', 'too_many_entries'],
  ['XML nested 100,000 deep', zipOf({ '[Content_Types].xml': '<Types/>', 'word/document.xml': wordXml(deep) }), 'not-inspected'],
  ['a PDF that declares 100,000 pages', pdfWith(['An unrelated page'], { declaredPages: 100_000 }), 'not-inspected', 'too_many_pages'],
  ['an encrypted zip', encryptedZip(), 'not-inspected', 'encrypted'],
  ['an image', pngOf(2000, 2000, 4000), 'not-inspected', 'image'],
  ['200 MB of nothing in 200 KB', gzipSync(Buffer.alloc(200 << 20)), 'not-inspected'],
  ['noise', randomBytes(60_000), 'not-inspected'],
  ['half a docx', docx.subarray(0, docx.length >> 1), 'not-inspected', 'broken'],
  ['half a PDF', pdfWith([SECRET]).subarray(0, 200), 'not-inspected'],
  ['names that climb out of the archive', zipOf({ '../../etc/passwd': 'root', 'C:\\windows\\x': 'y', '/abs': SECRET }), 'match'],
  ['a text with NUL characters', Buffer.from(SECRET.replaceAll(' ', ' \0')), 'match'],
  ['a text with direction marks', Buffer.from(SECRET.replaceAll(' ', ' \u202e\u2066')), 'match'],
  ['a text whose bytes are no UTF-8', Buffer.concat([Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(SECRET), Buffer.from([0xe2, 0x82])]), 'match'],
  ['UTF-16 with half a character at its end', Buffer.concat([Buffer.from(`\ufeff${SECRET}`, 'utf16le'), Buffer.from([0x3d])]), 'match'],
  ['a page with a tag around each word', Buffer.from(`<p>${tagged}</p>`), 'match'],
  ['a tag around each word, behind much that has none', Buffer.from(`${'The canteen will be closed for a while. '.repeat(3000)}${tagged}`), 'match'],
  ['a mail whose body is base64', emlOf(SECRET), 'match'],
  ['a page with a zip in an address', Buffer.from(`<p>See <a href="data:application/zip;base64,${packed}">this</a></p>`), 'match'],
  ['a mail of one header', Buffer.from(`Content-Transfer-Encoding: base64\n\n${Buffer.from(SECRET).toString('base64')}\n`), 'match'],
  ['a text in base64', Buffer.from(`See:\n${Buffer.from(SECRET).toString('base64').replaceAll(/.{64}/g, '$&\n')}\n`), 'match'],
  ['a text in hexadecimal digits', Buffer.from(Buffer.from(SECRET).toString('hex')), 'match'],
  ['RTF of which a careless reader drops every letter', Buffer.from(`{\\rtf1\\uc10 ${SECRET.replaceAll(/.{1,10}/g, '{\\u8203}$&')}}`), 'match'],
  ['a picture of a line of text, of few bytes', pngOf(480, 38, 1_161), 'not-inspected', 'image'],
  ['a program that paints', Buffer.from('%!PS\n(a) show'), 'not-inspected', 'unsupported'],
  ['settings of a printer that are a document', zipOf({ 'printerSettings/a.bin': docx }), 'match'],
  ['a message by PGP', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n-----END PGP MESSAGE-----\n'), 'not-inspected', 'encrypted'],
  ['a message by PGP in the midst of a text', Buffer.from('Read this:\n-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n'), 'not-inspected', 'encrypted'],
];
function emlOf(text: string): Buffer {
  const head = 'From: eve@halvorsen.example\r\nTo: gil@theirs.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n';
  return Buffer.from(`${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(text).toString('base64')}\r\n`);
}

for (const [what, bytes, verdict, reason] of FILES) {
  test(`${what}: ${verdict}`, async () => {
    const found = await ravi.on(guard).inspect({ base64: bytes.toString('base64'), name: 'whatever.pdf' });
    assert.equal(found.verdict, verdict, JSON.stringify(found.unread));
    if (verdict === 'not-inspected') assert.equal(found.action, 'block');
    if (reason !== undefined)
      assert.ok(
        found.unread.some((problem) => problem.reason === reason),
        JSON.stringify(found.unread),
      );
    const text = bytes.toString();
    // What is pasted is looked into as a file is.
    if (Buffer.from(text).equals(bytes)) assert.equal((await ravi.on(guard).inspect({ text })).verdict, verdict, 'the same as a text');
    assert.equal((await ravi.on(guard).inspect({ text: SECRET })).verdict, 'match', 'it goes on as before');
  });
}

test('kept in the vault they are there as they came, and what cannot be matched later is said', async () => {
  for (const [what, bytes] of FILES) await store(house, ravi, { secretId, name: `${what}.bin`.slice(0, 200), bytes });
  await house.settle();
  const states = new Map<string, number>();
  for (let cursor: string | undefined, more = true; more;) {
    const page = await ravi.on(guard).fingerprints({ secretId, ...(cursor ? { cursor } : {}) });
    for (const { state, reason } of page.items) {
      states.set(state, (states.get(state) ?? 0) + 1);
      if (state === 'failed') assert.ok(reason);
    }
    cursor = page.next ?? undefined;
    more = cursor !== undefined;
  }
  assert.equal(states.get('pending') ?? 0, 0);
  assert.equal(
    [...states.values()].reduce((sum, count) => sum + count, 0),
    FILES.length + 1,
  );
  assert.equal((await ravi.on(guard).inspect({ text: SECRET })).verdict, 'match');
  assert.doesNotMatch(house.logged(), /binder fraction/);
});
