import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extract, isPlainText, reasons, type Extraction } from '../src/index.ts';
import { docxWith, emlWith, gzOf, odtWith, pptxWith, tarOf, xlsxWith, zipOf } from './samples.ts';
import { nodeTools } from './tools.ts';

const runs = process.env['SLOW'] ? 3_000 : 120;
const limits = { inflatedBytes: 4 * 1024 * 1024, entries: 200, milliseconds: 5_000 };
const read = (bytes: Uint8Array): Promise<Extraction> => extract(bytes, { limits, tools: nodeTools() });

const secret = 'the yeast rests for nineteen hours at eleven degrees';
const valid: Record<string, Buffer> = {
  docx: docxWith(`${secret}\nand more`, { 'word/embeddings/a.xlsx': xlsxWith({ A: [['x', 1]] }) }),
  pptx: pptxWith([secret, 'b']),
  xlsx: xlsxWith({ A: [[secret, 1]] }),
  odt: odtWith(secret),
  eml: emlWith({ text: secret, html: `<p>${secret}</p>`, attachments: [{ name: 'a.zip', data: zipOf({ 'a.txt': secret }) }] }),
  tgz: gzOf(tarOf({ 'a.txt': secret, 'b.txt': 'x' })),
  stored: zipOf([{ name: 'a.txt', data: secret, stored: true }]),
  rtf: Buffer.from(`{\\rtf1\\ansi{\\fonttbl{\\f0 A;}}${secret}\\par \\u8364?}`),
  html: Buffer.from(`<!doctype html><p title="x">${secret}</p><script>1</script>`),
};

function assertSane(found: Extraction): void {
  assert.equal(found.whole, found.problems.length === 0 && found.parts.every((part) => part.whole));
  assert.ok(found.problems.every(({ reason }) => reasons.includes(reason)));
  for (const part of found.parts) for (const mark of part.marks) assert.ok(mark.at >= 0 && mark.at <= part.text.length);
}

test('any bytes give an answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => assertSane(await read(bytes))),
    { numRuns: runs },
  );
});

test('any text between two tags is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
      assertSane(await read(Buffer.from(`<html>${text}</html>`)));
      assertSane(await read(docxWith('', { 'word/document.xml': text })));
    }),
    { numRuns: runs },
  );
});

test('a text that is called plain is read as itself, and nothing else is found in it', async () => {
  const signs = [
    '<',
    '-----BEGIN PGP MESSAGE-----',
    '\ufeff',
    'From: a\nTo: b\n\n',
    '%PDF-1.7',
    '{\\rtf1',
    'PK\u0003\u0004',
    'PK\u0005\u0006',
    '\0',
    '\n',
    ' ',
    'data:text/html,',
    'ä',
    'Salted__',
    'Content-Type: text/plain\n\n',
    'X_Y: =?utf-8?B?QUJD?=\n',
    ' {\\rtf1',
    '%!PS',
    '\u001b$B',
    'begin 644 a\n#0V%T\n',
    'QUJDRA'.repeat(40),
    'QUJDRA\n'.repeat(20),
    '4142'.repeat(60),
    '\\u0041',
    '%41%42'.repeat(3),
    '["',
    '"]',
    'QUJD'.repeat(60),
    '📎',
  ];
  const words = fc.array(fc.oneof(fc.constantFrom(...signs), fc.string({ maxLength: 12, unit: 'grapheme' })), { maxLength: 12 });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(words, async (pieces) => {
      const text = pieces.join('');
      if (text === '' || !isPlainText(text)) return;
      plain++;
      const { parts, problems, whole } = await read(Buffer.from(text));
      assert.deepEqual([parts.map((part) => [part.kind, part.text]), problems, whole], [[['text', text]], [], true]);
    }),
    { numRuns: runs * 5 },
  );
  assert.ok(plain > runs / 10);
  assert.equal(isPlainText(`${secret}, and a < b`), false);
  assert.equal(isPlainText('half \ud800'), false);
});

for (const [name, bytes] of Object.entries(valid)) {
  test(`${name}: read whole as it is`, async () => {
    const found = await read(bytes);
    assert.equal(found.whole, true);
    assert.ok(found.parts.some(({ text }) => text.includes(secret)));
  });

  test(`${name}: cut anywhere, it gives an answer, and an archive is never whole`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length - 1 }), async (length) => {
        const found = await read(bytes.subarray(0, length));
        assertSane(found);
        if (length > 60 && ['docx', 'pptx', 'xlsx', 'odt', 'stored', 'tgz'].includes(name)) assert.equal(found.whole, false);
      }),
      { numRuns: runs },
    );
  });

  test(`${name}: with bytes changed, it gives an answer; the passage is there or the file is not whole`, async () => {
    const change = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, by] of changes) changed[at] = changed[at]! ^ by;
        const found = await read(changed);
        assertSane(found);
        // In these an entry carries a checksum: a change can hide nothing without being seen.
        if (['docx', 'pptx', 'xlsx', 'stored'].includes(name)) assert.ok(!found.whole || found.parts.some(({ text }) => text.includes(secret)));
      }),
      { numRuns: runs },
    );
  });
}
