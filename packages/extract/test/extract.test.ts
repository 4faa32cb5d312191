import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { extract, ExtractError, isContent, isPlainText, limitsWith, markAt, type Extraction, type Limits, type Tools } from '../src/index.ts';
import { isDecorative } from '../src/image.ts';
import { isDetachedSignature } from '../src/signature.ts';
import * as samples from './samples.ts';
import { nodeTools } from './tools.ts';

const { docxWith, emlWith, gzOf, odtWith, paragraph, pngOf, pptxWith, tarOf, wordXml, xlsxWith, zipOf } = samples;

function read(bytes: Uint8Array | string, limits: Partial<Limits> = {}, tools: Partial<Tools> = {}): Promise<Extraction> {
  return extract(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { limits, tools: nodeTools(tools) });
}
const secret = 'the yeast rests for nineteen hours at eleven degrees';
const content = (found: Extraction): string =>
  found.parts
    .filter(isContent)
    .map(({ text }) => text)
    .join('|');
const everything = (found: Extraction): string => found.parts.map(({ text }) => text).join('|');
const problems = (found: Extraction): string[] => found.problems.map(({ path, reason }) => [...path, reason].join(' > '));

const plain: { name: string; bytes: Uint8Array; text: string }[] = [
  { name: 'utf-8 text', bytes: Buffer.from('Zwölf Boxkämpfer'), text: 'Zwölf Boxkämpfer' },
  { name: 'utf-8 with a mark', bytes: Buffer.from('\ufeffmarked'), text: 'marked' },
  { name: 'utf-16 with a mark', bytes: Buffer.from('\ufeffwide', 'utf16le'), text: 'wide' },
  { name: 'utf-16 big endian without a mark', bytes: Buffer.from('wide without a mark', 'utf16le').swap16(), text: 'wide without a mark' },
  {
    name: 'utf-16 of Chinese without a mark',
    bytes: Buffer.from('这是一个秘密的配方，不要告诉别人。\n第二行文字也是中文。', 'utf16le'),
    text: '这是一个秘密的配方，不要告诉别人。\n第二行文字也是中文。',
  },
  { name: 'utf-32', bytes: Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0, 0, 0xf6, 1, 0]), text: 'A\u{1f600}' },
  {
    name: 'koi8-r',
    bytes: Buffer.from('f0d2c9d7c5d420cdc9d22c20dcd4cf20d4c5cbd3d420cec120d2d5d3d3cbcfcd20d1dad9cbc5', 'hex'),
    text: 'Привет мир, это текст на русском языке',
  },
  {
    name: 'shift_jis',
    bytes: Buffer.from('93fa967b8cea82cc95b68fcd82c582b7814282b182ea82cd94e996a782cc947a8d8782c582b78142', 'hex'),
    text: '日本語の文章です。これは秘密の配合です。',
  },
  { name: 'bidi and zero-width characters stay', bytes: Buffer.from('a\u202eb\u200bc'), text: 'a\u202eb\u200bc' },
  { name: 'csv', bytes: Buffer.from('part;price\nA-1;12.50\n'), text: 'part;price\nA-1;12.50\n' },
  { name: 'source code', bytes: Buffer.from('if (a < b && c > d) { return "<b>"; }'), text: 'if (a < b && c > d) { return "<b>"; }' },
];
for (const { name, bytes, text } of plain) {
  test(`text: ${name}`, async () => {
    const found = await read(bytes);
    assert.equal(found.parts.find(isContent)?.text, text);
    assert.equal(found.whole, true);
  });
}

test('empty content is whole and has no text', async () => {
  assert.deepEqual(await read(''), { parts: [{ path: [], kind: 'text', text: '', marks: [], whole: true }], files: [], problems: [], whole: true });
});

test('one byte is read', async () => {
  assert.equal(content(await read('x')), 'x');
  for (let byte = 0; byte < 256; byte++) await read(Uint8Array.of(byte));
});

test('text with zeros sprinkled in is still text', async () => {
  const found = await read('the se\0cret re\0cipe of the house');
  assert.equal(content(found), 'the se\0cret re\0cipe of the house');
  assert.equal(found.whole, true);
});

test('html: what is shown, and what is hidden, are both read', async () => {
  const found = await read(
    '<!doctype html><title>A &amp; B</title><style>p{x:y}</style><p title="a tooltip">se<b>cret</b> &#x41;&eacute;</p><!-- a comment --><script>let code = 1</script><img alt="alt text">',
  );
  const shown = found.parts.find(({ kind }) => kind === 'html')!.text;
  assert.match(shown, /A & B/);
  assert.match(shown, /secret Aé/);
  assert.doesNotMatch(shown, /comment|code|tooltip/);
  const hidden = found.parts.find(({ kind }) => kind === 'hidden')!.text;
  for (const text of ['p{x:y}', 'a tooltip', ' a comment ', 'let code = 1', 'alt text']) assert.ok(hidden.includes(text), text);
  assert.equal(found.whole, true);
});

test('html: a tag, a comment or a script that never ends hides nothing', async () => {
  for (const open of ['<img alt="', '<!-- ', '<script>', '<textarea>', '<', '</']) {
    assert.match(everything(await read(`<html><body>${open}the hidden passage`)), /the hidden passage/, open);
  }
});

test('html: data addresses are files', async () => {
  const found = await read(
    `<html><a href="data:application/zip;base64,${zipOf({ 'a.txt': 'zipped text' }).toString('base64')}">x</a><img src="data:image/png;base64,${pngOf(900, 900, 9000).toString('base64')}"></html>`,
  );
  assert.match(content(found), /zipped text/);
  assert.deepEqual(problems(found), ['data 2 > image']);
});

test('text that begins as text and is full of markup is read both ways', async () => {
  assert.match(content(await read('hello <p>the se<b>cr</b>et</p> <i>x</i>')), /the secret/);
});

test('docx: paragraphs, with marks', async () => {
  const found = await read(docxWith('First <one>\nSecond & last'));
  const part = found.parts.find(({ kind }) => kind === 'word')!;
  assert.equal(part.text, 'First <one>\nSecond & last\n');
  assert.deepEqual(markAt(part, 15), { at: 12, kind: 'paragraph', label: '2' });
  assert.equal(found.whole, true);
});

test('docx: headers, notes, comments, properties, text boxes, deletions and embedded files', async () => {
  const body =
    `<w:p><w:r><w:t>outer begins, </w:t></w:r><w:r><w:pict><w:txbxContent>${paragraph('in a box')}</w:txbxContent></w:pict></w:r><w:r><w:t>outer ends</w:t></w:r></w:p>` +
    '<w:p><w:r><w:t>the </w:t></w:r><w:del><w:r><w:delText>old </w:delText></w:r></w:del><w:ins><w:r><w:t>new </w:t></w:r></w:ins><w:r><w:t>price</w:t><w:tab/><w:t>9</w:t></w:r></w:p>';
  const found = await read(
    docxWith('', {
      'word/document.xml': wordXml(body),
      'word/header1.xml': wordXml(paragraph('in the header'), 'hdr'),
      'word/footnotes.xml': wordXml(paragraph('in a footnote'), 'footnotes'),
      'word/comments.xml': wordXml(paragraph('in a comment'), 'comments'),
      'docProps/core.xml': '<cp:coreProperties><dc:title>in the title</dc:title></cp:coreProperties>',
      'word/embeddings/book.xlsx': xlsxWith({ Costs: [['in a sheet', 42]] }),
      'word/styles.xml': wordXml('<w:style><w:name w:val="Normal"/></w:style>', 'styles'),
    }),
  );
  assert.deepEqual(problems(found), []);
  const shown = content(found);
  for (const text of [
    'outer begins, outer ends',
    'in a box',
    'the new price\t9',
    'the old price\t9',
    'in the header',
    'in a footnote',
    'in a comment',
    'in a sheet\t42',
  ])
    assert.ok(shown.includes(text), text);
  assert.ok(found.parts.find(({ kind, text }) => kind === 'hidden' && text.includes('in the title')));
  assert.equal(found.parts.find(({ kind }) => kind === 'deleted')?.text, 'the old price\t9\n');
});

test('docx: a picture is a problem, a tiny one is not', async () => {
  const found = await read(
    docxWith('text', {
      'word/media/scan.png': pngOf(1200, 800, 50_000),
      'word/media/bullet.png': pngOf(16, 16, 900),
      'word/media/icon.png': pngOf(32, 32, 4_000),
      'word/media/liar.png': pngOf(32, 32, 50_000),
      'word/media/line.png': pngOf(480, 38, 1_161),
    }),
  );
  assert.deepEqual(problems(found), ['word/media/scan.png > image', 'word/media/liar.png > image', 'word/media/line.png > image']);
  assert.equal(found.whole, false);
});

test('docx: text outside the runs, in comments of the XML and in attributes is not lost', async () => {
  const xml = wordXml(`<!-- said in a comment -->${paragraph('shown')}stray text<w:x w:val="a long attribute with a passage in it"/>`);
  const found = await read(docxWith('', { 'word/document.xml': xml }));
  for (const text of ['said in a comment', 'stray text', 'a long attribute with a passage in it']) assert.ok(everything(found).includes(text), text);
  assert.equal(found.parts.find(({ kind }) => kind === 'word')?.text, 'shown\n');
});

test('pptx: slides in the order of the presentation, notes beside them', async () => {
  const notes = '<p:notes><a:p><a:r><a:t>said in the notes</a:t></a:r></a:p></p:notes>';
  const found = await read(pptxWith(['First slide', 'Second slide', 'Third'], { 'ppt/notesSlides/notesSlide1.xml': notes }));
  const part = found.parts.find(({ kind, path }) => kind === 'slides' && path.length === 0)!;
  assert.equal(part.text, 'First slide\nSecond slide\nThird\n');
  assert.equal(markAt(part, part.text.indexOf('Third'))?.label, '3');
  assert.match(content(found), /said in the notes/);
  assert.equal(found.whole, true);
});

test('xlsx: shared strings, numbers, inline strings, formulas, names of sheets', async () => {
  const sheet =
    '<worksheet><sheetData><row><c t="inlineStr"><is><t>inline</t></is></c><c t="str"><f>CONCAT("hidden formula")</f><v>result</v></c><c><f>1+1</f><v>2.5</v></c></row></sheetData></worksheet>';
  const found = await read(
    xlsxWith(
      {
        Prices: [
          ['steel', 1.5],
          ['brass', 2],
        ],
      },
      { 'xl/worksheets/sheet9.xml': sheet, 'xl/comments1.xml': '<comments><comment><text><r><t>in a note</t></r></text></comment></comments>' },
    ),
  );
  const part = found.parts.find(({ kind, path }) => kind === 'sheets' && path.length === 0)!;
  assert.equal(part.text, 'Prices\nsteel\t1.5\nbrass\t2\ninline\tresult\t2.5\n');
  assert.equal(markAt(part, 3)?.label, 'Prices');
  assert.match(everything(found), /hidden formula/);
  assert.match(content(found), /in a note/);
});

test('xlsx: a string that no cell shows is still read', async () => {
  const found = await read(xlsxWith({ A: [['shown']] }, { 'xl/sharedStrings.xml': '<sst><si><t>shown</t></si><si><t>never shown</t></si></sst>' }));
  assert.match(everything(found), /never shown/);
});

test('OpenDocument text', async () => {
  const found = await read(odtWith('one\ntwo & three'));
  assert.equal(content(found), 'one\ntwo & three\n');
  assert.equal(found.whole, true);
});

test('rtf: text, escapes, hidden destinations; a cut one is broken', async () => {
  const rtf = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Times;}}{\\info{\\title in the title}}Hello \\b bold\\b0  caf\\'e9 \\u8364?100\\par next \\{x\\}}";
  const found = await read(rtf);
  assert.equal(content(found), 'Hello bold café €100\nnext {x}');
  assert.match(everything(found), /in the title/);
  assert.equal(found.whole, true);
  assert.deepEqual(problems(await read(rtf.slice(0, -3))), ['broken']);
});

test('eml: headers, both bodies, attachments and messages inside', async () => {
  const inner = emlWith({ subject: 'Inner', text: 'text of the inner message' });
  const found = await read(
    emlWith({
      subject: 'Grüße aus Köln',
      text: `Körper = ${'a long line '.repeat(20)}`,
      html: '<div>html <b>body</b></div>',
      attachments: [
        { name: 'plan.bin', data: docxWith('text of the attachment') },
        { name: 'fwd.eml', data: inner, type: 'message/rfc822' },
      ],
    }),
  );
  assert.deepEqual(problems(found), []);
  const shown = content(found);
  for (const text of [
    'subject: Grüße aus Köln',
    `Körper = ${'a long line '.repeat(20)}`,
    'html body',
    'text of the attachment',
    'subject: Inner',
    'text of the inner message',
  ])
    assert.ok(shown.includes(text), text);
  assert.deepEqual(found.parts.find(({ kind }) => kind === 'word')?.path, ['plan.bin']);
});

test('eml: what stands before the first and after the last part is read; a missing end is broken', async () => {
  const eml = emlWith({ text: 'body' }).toString();
  const found = await read(`${eml.replace('\r\n\r\n--b0undary', '\r\n\r\nbefore the parts\r\n--b0undary')}after the parts`);
  assert.match(everything(found), /before the parts/);
  assert.match(everything(found), /after the parts/);
  assert.deepEqual(problems(await read(eml.replace('--b0undary--', ''))), ['broken']);
});

test('archives: tar in gzip, with what stands behind the end', async () => {
  const found = await read(gzOf(Buffer.concat([tarOf({ 'a.txt': 'in a tar', 'b.docx': docxWith('in a docx') }), Buffer.from('behind the end')])));
  for (const text of ['in a tar', 'in a docx', 'behind the end']) assert.ok(content(found).includes(text), text);
  assert.deepEqual(problems(found), []);
});

test('the type is told by the bytes, not by the name', async () => {
  const found = await extract(docxWith('a document'), { name: 'holiday.jpg', tools: nodeTools() });
  assert.match(content(found), /a document/);
});

test('printer settings are excused in Office files alone, and only if they are no file of another kind', async () => {
  const settings = Buffer.concat([
    Buffer.from('H\0P\0 \0L\0a\0s\0e\0r\0', 'latin1'),
    Buffer.from(Array.from({ length: 600 }, (_, i) => (i * i * 31 + i * 7) & 255)),
  ]);
  const printer = 'xl/printerSettings/printerSettings1.bin';
  const sheet = await read(xlsxWith({ A: [['x']] }, { [printer]: settings }));
  assert.equal(sheet.whole, true);
  assert.deepEqual(
    sheet.files.map(({ path }) => path.join()),
    [printer],
  );
  assert.match(content(await read(zipOf({ 'printerSettings/a.bin': gzOf(secret) }))), /nineteen hours/);
  assert.match(content(await read(xlsxWith({ A: [['x']] }, { [printer]: gzOf(secret) }))), /nineteen hours/);
  assert.match(content(await read(xlsxWith({ A: [['x']] }, { [printer]: docxWith(secret) }))), /nineteen hours/);
  assert.deepEqual(problems(await read(xlsxWith({ A: [['x']] }, { [printer]: pngOf(400, 300, 9_000) }))), [`${printer} > image`]);
  assert.deepEqual(problems(await read(xlsxWith({ A: [['x']] }, { [printer]: Buffer.from('377abcaf271c00041234', 'hex') }))), [`${printer} > unsupported`]);
  assert.deepEqual(problems(await read(zipOf({ [printer]: settings }))), [`${printer} > unknown`]);
  assert.deepEqual(problems(await read(docxWith('x', { 'printerSettings/a.bin': settings }))), ['printerSettings/a.bin > unknown']);
});

/** ASN.1, for signatures: a value with its length in front, or (`open`) with zeros at its end. */
function asn1(tag: number, ...inner: Uint8Array[]): Buffer {
  const body = Buffer.concat(inner);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
function open(tag: number, ...inner: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...inner, Buffer.from([0, 0])]);
}
function signature(value: typeof asn1, content: Uint8Array[] = []): Buffer {
  const oid = (hex: string): Buffer => asn1(6, Buffer.from(hex, 'hex'));
  const digests = asn1(0x31, asn1(0x30, oid('608648016503040201')));
  const certificate = asn1(0xa0, asn1(0x30, asn1(0x0c, Buffer.from('Ada of Ours, engineering')), asn1(4, Buffer.alloc(300, 7))));
  const signed = value(0x30, asn1(2, Buffer.from([1])), digests, value(0x30, oid('2a864886f70d010701'), ...content), certificate, asn1(0x31));
  return value(0x30, oid('2a864886f70d010702'), value(0xa0, signed));
}

test('eml: a detached signature is no problem, and its label alone hides nothing', async () => {
  const mail = (data: Uint8Array): Promise<Extraction> =>
    read(emlWith({ text: 'body', attachments: [{ name: 'smime.p7s', type: 'application/pkcs7-signature', data }] }));
  for (const value of [asn1, open]) {
    const found = await mail(signature(value));
    assert.deepEqual(problems(found), []);
    assert.match(everything(found), /Ada of Ours/);
    assert.deepEqual(
      found.files.map(({ path }) => path.join()),
      ['smime.p7s', 'part 1'],
    );
    assert.equal(isDetachedSignature(Buffer.concat([signature(value), Buffer.from('x')])), false);
    assert.equal(isDetachedSignature(signature(value).subarray(1)), false);
    assert.equal(isDetachedSignature(signature(value, [value(0xa0, asn1(4, Buffer.from(secret)))])), false);
  }
  assert.match(content(await mail(Buffer.from(`0 ${secret}`))), /nineteen hours/);
  assert.deepEqual(problems(await mail(Buffer.concat([signature(asn1), gzOf(secret)]))), ['smime.p7s > unknown']);
});

const base64 = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64');
const asMail: Record<string, string> = {
  'a first header with an underscore': `X_Mailer_Id: foo\nFrom: a@b.example\nTo: c@d.example\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${base64('%')}`,
  'one header': `Content-Transfer-Encoding: base64\n\n${base64('%')}`,
  'one header, behind blank lines and a mark': `\ufeff\r\n\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64('%')}`,
  'one header with parts': `Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Transfer-Encoding: base64\n\n${base64('%')}\n--q--\n`,
  'a subject in an encoded word': `Subject: =?utf-8?B?${base64('%')}?=\n\nx`,
  'many headers before the ones that tell': `${'X_Filler: aaaaaaaaaaaaaaaa\n'.repeat(2_000)}From: a@b.example\nTo: c@d.example\nContent-Transfer-Encoding: base64\n\n${base64('%')}`,
  'the length that Apple Mail writes first': `1234      \nFrom: a@b.example\nTo: c@d.example\nContent-Transfer-Encoding: base64\n\n${base64('%')}`,
};
for (const [name, mail] of Object.entries(asMail)) {
  test(`eml: known by ${name}`, async () => {
    const found = await read(mail.replace(base64('%'), base64('the yeast rests at 11 degrees')));
    assert.match(everything(found), /the yeast rests at 11 degrees/);
    assert.deepEqual(problems(found), []);
  });
}

test('eml: the name tells of a mail too, and what else it is stays as it was', async () => {
  const text = `junk that no mail reader minds\nContent-Transfer-Encoding: base64\n\n${base64('the yeast rests')}`;
  assert.doesNotMatch(everything(await read(text)), /yeast/);
  const named = await extract(Buffer.from(text), { name: 'a.EML', tools: nodeTools() });
  assert.match(everything(named), /the yeast rests/);
  assert.equal(content(named), text);
  const request = 'Content-Type: multipart/form-data; boundary=xyz\n\nno part follows';
  assert.deepEqual([content(await read(request)), problems(await read(request))], [request, []]);
});

test('rtf: what a \\u skips ends at a brace, and a control word may count as one', async () => {
  const braced = `{\\rtf1\\uc10 ${secret
    .match(/.{1,10}/g)!
    .map((ten) => `{\\u8203}${ten}`)
    .join('')}}`;
  assert.equal(content(await read(braced)).replaceAll('\u200b', ''), secret);
  const long = `{\\rtf1\\uc20 ${[...secret].map((char) => `\\u${char.charCodeAt(0)} ${'x'.repeat(20)}`).join('')}}`;
  assert.equal(content(await read(long)), secret);
  const words = `{\\rtf1\\uc1 ${[...secret].map((char, i) => (i % 2 ? char : `\\u${char.charCodeAt(0)}\\b `)).join('')}}`;
  assert.ok(everything(await read(words)).includes(secret));
});

test('rtf: what hidden runs cut apart is read together, blank space before it changes nothing', async () => {
  for (const word of ['v', 'deleted']) {
    const found = await read(` \r\n{\\rtf1 ${secret.match(/.{1,5}/g)!.join(`{\\${word} not shown}`)}}`);
    assert.ok(found.parts.some(({ kind, text }) => kind === 'guess' && text === secret));
    assert.equal(found.parts.filter(isContent).length, 1);
    assert.match(content(found), /not shown/);
  }
});

test('rtf: bytes are read by the charset of their font, and by one that nobody knows letters stay letters', async () => {
  const fonts = '{\\fonttbl{\\f0\\fnil\\fcharset204 Arial;}{\\f1\\fnil\\fcharset161 Arial;}{\\f2\\fnil\\fcharset128 MS Mincho;}{\\f3\\fnil Arial;}}';
  const hex = (text: string): string => text.replace(/../g, "\\'$&");
  const found = await read(
    `{\\rtf1\\ansi\\ansicpg1252\\deff0${fonts}${hex('cfe8e2ee')} {\\f1 ${hex('e1e2e3')}} {\\f2 \\'82\\'a0\\'83e} {\\f3 ${hex('e9')}}\\par}`,
  );
  assert.equal(content(found), 'Пиво αβγ あテ é\n');
  assert.ok(found.parts.some(({ kind, text }) => kind === 'guess' && text.startsWith('Ïèâî')));
  assert.equal(content(await read(`{\\rtf1\\ansi\\ansicpg437 ${secret}}`)), secret);
});

test('PostScript is no text, wherever its mark stands', async () => {
  for (const start of ['%!PS-Adobe-3.0\n', '\ufeff%!PS\n', '\u0004%!\n', ' \r\n%!PS\n']) {
    const found = await read(`${start}(${secret}) show`);
    assert.deepEqual(problems(found), ['unsupported'], start);
    assert.match(everything(found), /nineteen hours/);
  }
  assert.equal((await read('%!TEX program = xelatex\n\\documentclass{article}')).whole, true);
});

test('a picture is an ornament by its pixels, and by few bytes where those are not told', () => {
  const gif = (side: number, frame: number): Buffer => {
    const head = Buffer.from('GIF89a\0\0\0\0\0\0\0,\0\0\0\0\0\0\0\0\0\x02\x01\0\0;', 'latin1');
    head.writeUInt16LE(side, 6);
    head.writeUInt16LE(side, 8);
    head.writeUInt16LE(frame, 18);
    head.writeUInt16LE(frame, 20);
    return Buffer.concat([head, Buffer.alloc(300)]);
  };
  const bmp = (width: number, height: number): Buffer => {
    const bytes = Buffer.alloc(1_200);
    bytes.write('BM');
    bytes.writeUInt32LE(40, 14);
    bytes.writeInt32LE(width, 18);
    bytes.writeInt32LE(height, 22);
    return bytes;
  };
  const ico = (inner: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 0, 4, 0, 0, 22, 0, 0, 0]), inner]);
  const webp = (width: number): Buffer => {
    const bytes = Buffer.alloc(400);
    bytes.write('RIFF\0\0\0\0WEBPVP8X', 'latin1');
    bytes.writeUIntLE(width - 1, 24, 3);
    return bytes;
  };
  const jpeg = (width: number): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 16, width >> 8, width & 255]), Buffer.alloc(400)]);
  const bitmap = Buffer.alloc(300);
  bitmap.writeInt32LE(16, 4);
  bitmap.writeInt32LE(32, 8);
  const ornaments = [
    pngOf(32, 32, 2_000),
    gif(16, 16),
    bmp(16, -16),
    ico(pngOf(16, 16, 900)),
    ico(bitmap),
    webp(32),
    jpeg(32),
    Buffer.from('\xff\xd8\xff small'),
  ];
  const pictures = [pngOf(33, 8, 900), pngOf(16, 16, 6_000), gif(64, 16), gif(16, 400), bmp(480, 38), ico(pngOf(480, 38, 900)), webp(480), jpeg(480)];
  assert.deepEqual(
    ornaments.map(isDecorative),
    ornaments.map(() => true),
  );
  assert.deepEqual(
    pictures.map(isDecorative),
    pictures.map(() => false),
  );
  assert.equal(isDecorative(Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(400)])), false);
});

test('charsets that shift or escape are read as mail readers do', async () => {
  const mail = (charset: string, body: string): Promise<Extraction> =>
    read(`From: a@b.example\nTo: c@d.example\nContent-Type: text/plain; charset=${charset}\n\n${body}\n`);
  assert.match(everything(await read('\x1b$B$3$s$K$A$O\x1b(B')), /こんにちは/);
  assert.match(everything(await read('\x1b$)C\x0e>H3gGO<<?d\x0f')), /안녕하세요/);
  assert.match(everything(await read('\x1b$)A\x0e<:Ky\x0f')), /己所/);
  assert.match(everything(await mail('hz-gb-2312', '~{<:Ky~} x')), /己所 x/);
  assert.match(everything(await mail('utf-7', '+AHkAZQBhAHMAdA- rests +- x')), /yeast rests \+ x/);
  assert.deepEqual(problems(await mail('ibm037', 'plain')), ['part 1 > unknown']);
});

const digits = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const passage = `${secret}, and then for three more at four degrees. `.repeat(4);
const uuencode = (bytes: Uint8Array, name: string): string => {
  const lines = [
    ...Buffer.from(bytes)
      .toString('latin1')
      .matchAll(/[^]{1,45}/g),
  ].map(([line]) => {
    const part = Buffer.from(line, 'latin1');
    const three = Buffer.concat([part, Buffer.alloc((3 - (part.length % 3)) % 3)]);
    let out = String.fromCharCode(32 + part.length);
    for (let i = 0; i < three.length; i += 3) for (const shift of [18, 12, 6, 0]) out += String.fromCharCode(32 + ((three.readUIntBE(i, 3) >> shift) & 63));
    return out.replaceAll(' ', '`');
  });
  return `begin 644 ${name}\n${lines.join('\n')}\n\`\nend\n`;
};
const wrapped = (width: number): string => digits(Buffer.from(passage)).replace(new RegExp(`.{${width}}`, 'g'), '$&\n');
const encoded: Record<string, string> = {
  'base64 in one line': digits(Buffer.from(passage)),
  'base64 in lines': `Look here:\n\n${wrapped(76)}\nYours`,
  'base64 in quoted lines': `He wrote\n${wrapped(60).replace(/^/gm, '> ')}\n`,
  'base64 behind a word': `Attachment\n${wrapped(76)}`,
  'base64 in uneven lines behind a word': `Attachment\n${digits(Buffer.from(passage)).replace(/(.{40})(.{13})(.{71})/g, '$1\n$2\n$3\n')}`,
  'base64 behind a sign': `payload=${digits(Buffer.from(passage))}`,
  'base64 in JSON': JSON.stringify({ data: wrapped(76), n: 1 }),
  'base64 of the web': digits(Buffer.from(`${passage}???>>>`))
    .replaceAll('+', '-')
    .replaceAll('/', '_'),
  'base64 of base64': digits(Buffer.from(digits(Buffer.from(passage)))),
  'base64 of UTF-16': digits(Buffer.from(passage, 'utf16le')),
  'base64 of gzip': digits(gzOf(`${passage}${Array.from({ length: 300 }, (_, i) => i * i).join('')}`)),
  'base64 of a document in HTML': `<html><script>x = "${digits(docxWith(passage))}"</script></html>`,
  'base64 of a page': digits(Buffer.from(passage.replaceAll(/\w+/g, '<b>$&</b>'))),
  hex: Buffer.from(passage).toString('hex'),
  'hex in pairs': Buffer.from(passage).toString('hex').replaceAll(/../g, '$& '),
  'hex in lines': Buffer.from(passage).toString('hex').replaceAll(/.{60}/g, '$&\n'),
  'escapes of JavaScript': `x = "${[...passage].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
  'escapes of bytes': [...passage].map((char) => `\\x${char.charCodeAt(0).toString(16)}`).join(''),
  'percent signs': `q=${[...passage].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`,
  'escapes of letters alone': passage.replaceAll(/[aeiou]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`),
  'tags that are escaped': passage.replaceAll(/\w+/g, '\\u003cb\\u003e$&\\u003c/b\\u003e'),
  uuencode: `Hello,\n${uuencode(Buffer.from(passage), 'a.txt')}Bye`,
  'uuencode of a document, with DOS lines': uuencode(docxWith(passage), 'a.docx').replaceAll('\n', '\r\n'),
};
for (const [name, text] of Object.entries(encoded)) {
  test(`text that holds ${name}`, async () => {
    const found = await read(text);
    assert.ok(everything(found).includes(secret));
    assert.deepEqual(problems(found), []);
    assert.equal(isPlainText(text), false);
    // What was the content stays the content: what is found beside it comes behind it.
    if (!text.startsWith('<')) assert.equal(found.parts[0]?.text, text);
  });
}

test('pictures and archives that are written as text are not clear', async () => {
  assert.deepEqual(problems(await read(`.a { background: url(data:image/png;base64,${digits(pngOf(900, 90, 3_000))}) }`)), ['base64 1 > image']);
  assert.deepEqual(problems(await read(`x = '${digits(Buffer.from(`377abcaf271c0004${'5a'.repeat(300)}`, 'hex'))}'`)), ['base64 1 > unsupported']);
  assert.deepEqual(problems(await read(uuencode(Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'a.doc'))), ['a.doc > unsupported']);
  const many = Array.from({ length: 8 }, () => 0).reduce((text) => digits(Buffer.from(`${text}${' '.repeat(200)}`)), passage);
  assert.deepEqual(problems(await read(many)), ['too_deep']);
});

test('bytes in ordinary texts that nobody knows are no problem', async () => {
  const noise = (length: number): Buffer =>
    Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash('sha256').update(`${i}`).digest()));
  const lines = digits(noise(1_600)).replaceAll(/.{64}/g, '$&\n');
  const texts = [
    `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`.repeat(3),
    Array.from({ length: 500 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex')).join('\n'),
    Array.from({ length: 500 }, (_, i) => `${createHash('sha256').update(`${i}`).digest('hex')}  file${i}.txt`).join('\n'),
    `@font-face{src:url(data:font/woff2;base64,${digits(Buffer.concat([Buffer.from('wOF2'), noise(9_000)]))})}`,
    `.dot{background:url(data:image/png;base64,${digits(pngOf(16, 16, 400))})}`,
    Array.from({ length: 4_000 }, (_, i) => `word${i % 7}`).join('\n'),
    `${'-'.repeat(300)}\n${'/'.repeat(300)}\n${'_'.repeat(300)}\n${'A'.repeat(300)}\n${'0'.repeat(300)}`,
    `eyJ${digits(noise(400))}.${digits(noise(300))}`,
    `https://example.com/?q=${'a%20b%C3%A9'.repeat(20)}`,
    'begin 644 is how such a file starts,\nand end is how it ends.\nend',
  ];
  for (const text of texts) {
    const found = await read(text);
    assert.deepEqual(problems(found), [], text.slice(0, 60));
    assert.equal(content(found), text);
  }
});

const polyglots: { name: string; bytes: Uint8Array; texts: string[]; problems: string[] }[] = [
  {
    name: 'text before a zip',
    bytes: Buffer.concat([Buffer.from('text before it\n'), zipOf({ 'a.txt': 'text inside' })]),
    texts: ['text before it', 'text inside'],
    problems: [],
  },
  {
    name: 'text behind a zip',
    bytes: Buffer.concat([zipOf({ 'a.txt': 'text inside' }), Buffer.from('text behind it\n')]),
    texts: ['text behind it', 'text inside'],
    problems: [],
  },
  {
    name: 'a zip behind a picture',
    bytes: Buffer.concat([pngOf(500, 500, 5000), zipOf({ 'a.txt': 'text inside' })]),
    texts: ['text inside'],
    problems: ['image', '(leading bytes) > image'],
  },
  {
    name: 'text behind a picture',
    bytes: Buffer.concat([pngOf(500, 500, 5000), Buffer.from('\0\0a whole sentence in the open')]),
    texts: ['a whole sentence in the open'],
    problems: ['image'],
  },
  { name: 'a comment of a zip', bytes: zipOf({ 'a.txt': 'text inside' }, 'said in the comment'), texts: ['said in the comment'], problems: [] },
];
for (const { name, bytes, texts, problems: expected } of polyglots) {
  test(`two files in one: ${name}`, async () => {
    const found = await read(bytes);
    for (const text of texts) assert.ok(everything(found).includes(text), text);
    assert.deepEqual(problems(found), expected);
  });
}

function bomb(): Buffer {
  return zipOf({ 'zeros.txt': Buffer.alloc(30 * 1024 * 1024, 'a') });
}
function quine(): Buffer {
  // Not a true quine: each level holds the whole level before it twice, so reading it all would double with every step.
  let zip = zipOf({ 'a.txt': 'x' });
  for (let i = 0; i < 12; i++) zip = zipOf({ 'a.zip': zip, 'b.zip': zip });
  return zip;
}
function overlapping(): Buffer {
  const zip = zipOf([
    { name: 'aaaaa.txt', data: 'same bytes', stored: true },
    { name: 'bbbbb.txt', data: 'other bytes', stored: true },
  ]);
  const second = zip.indexOf('PK\x01\x02', zip.indexOf('PK\x01\x02') + 1);
  zip.writeUInt32LE(0, second + 42);
  return zip;
}
const whole = zipOf({ 'a.txt': 'the text of the entry '.repeat(20) });
const deepXml = `<?xml version="1.0"?>${'<a>'.repeat(5000)}deep${'</a>'.repeat(5000)}`;

const bad: { name: string; bytes: Uint8Array; problems: string[]; limits?: Partial<Limits>; has?: string }[] = [
  { name: '10 GB declared in a small zip', bytes: samples.boastfulZip(), problems: ['huge.txt > too_large'] },
  {
    name: 'an entry larger than declared',
    bytes: zipOf([{ name: 'a.txt', data: 'longer than it says', declaredSize: 4 }]),
    problems: ['a.txt > broken'],
    has: 'longer than it says',
  },
  { name: 'a ratio bomb', bytes: bomb(), problems: ['zeros.txt > ratio'] },
  { name: 'a size bomb', bytes: bomb(), problems: ['zeros.txt > too_large'], limits: { entryBytes: 1024 * 1024 } },
  { name: 'a gzip bomb', bytes: gzOf(Buffer.alloc(30 * 1024 * 1024)), problems: ['(content) > ratio'] },
  { name: 'nesting to the limit', bytes: samples.nestedZip(5, 'deep inside'), problems: [], has: 'deep inside' },
  {
    name: 'nesting over the limit',
    bytes: samples.nestedZip(6, 'deep inside'),
    problems: ['level5.zip > level4.zip > level3.zip > level2.zip > level1.zip > too_deep'],
  },
  {
    name: 'too many entries',
    bytes: zipOf(Array.from({ length: 50 }, (_, i) => ({ name: `${i}.txt`, data: 'x' }))),
    problems: ['too_many_entries', '(unlisted bytes) > too_many_entries'],
    limits: { entries: 20 },
  },
  { name: 'deep XML', bytes: docxWith('', { 'word/document.xml': deepXml }), problems: ['too_deep'] },
  { name: 'an encrypted zip', bytes: samples.encryptedZip(), problems: ['secret.txt > encrypted'] },
  { name: 'a zip of a method nobody knows', bytes: zipOf([{ name: 'a.txt', data: 'x', method: 14 }]), problems: ['a.txt > unsupported'] },
  { name: 'names that disagree', bytes: zipOf([{ name: 'a.txt', data: 'text', localName: 'b.txt' }]), problems: ['a.txt > broken'], has: 'text' },
  { name: 'entries over each other', bytes: overlapping(), problems: ['aaaaa.txt > broken', 'bbbbb.txt > broken'], has: 'other bytes' },
  { name: 'a truncated zip', bytes: whole.subarray(0, whole.length - 30), problems: ['broken'], has: 'the text of the entry' },
  { name: 'encrypted Office', bytes: samples.oleWith('EncryptedPackage'), problems: ['encrypted'] },
  { name: 'old Office', bytes: samples.oleWith('WordDocument and its text'), problems: ['unsupported'], has: 'WordDocument and its text' },
  { name: 'a picture', bytes: pngOf(640, 480, 10_000), problems: ['image'] },
  { name: '7-Zip', bytes: Buffer.from('377abcaf271c00041234', 'hex'), problems: ['unsupported'] },
  { name: 'noise', bytes: Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31 + i * 7) & 255)), problems: ['unknown'] },
  { name: 'a PGP message', bytes: Buffer.from('-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n'), problems: ['encrypted'] },
  { name: 'more than may come in', bytes: Buffer.alloc(100, 'a'), problems: ['too_large'], limits: { inputBytes: 99 } },
  { name: 'a text longer than a part may be', bytes: Buffer.from('a'.repeat(100)), problems: ['too_large'], limits: { partText: 99 }, has: 'a'.repeat(99) },
];
for (const { name, bytes, problems: expected, limits, has } of bad) {
  test(`never clear: ${name}`, async () => {
    const found = await read(bytes, limits);
    assert.deepEqual(problems(found), expected);
    assert.equal(found.whole, expected.length === 0);
    if (has !== undefined) assert.ok(everything(found).includes(has));
  });
}

test('every file inside is told with its digest, read or not, and its own text of an office document is none', async () => {
  const picture = samples.pngOf(900, 700, 20_000);
  const message = samples.emlWith({ text: 'Body', attachments: [{ name: 'p.png', data: picture }] });
  const outer = tarOf({ 'a.docx': docxWith('Body', { 'word/media/image1.png': picture }), 'b.eml': message, 'empty.txt': '' });
  const { files } = await extract(outer, { tools: nodeTools() });
  const digest = createHash('sha256').update(picture).digest('hex');
  assert.deepEqual(
    files.filter(({ sha256 }) => sha256 === digest).map(({ path, bytes }) => [path.join(' > '), bytes]),
    [
      ['a.docx > word/media/image1.png', picture.length],
      ['b.eml > p.png', picture.length],
    ],
  );
  assert.deepEqual(
    files.map(({ path }) => path.join(' > ')).filter((path) => /xml|empty/.test(path)),
    [],
  );
  assert.ok(files.some(({ path }) => path.join() === 'a.docx') && files.every(({ path }) => path.length > 0));
});

test('archives that hold each other twice end at the depth', async () => {
  const found = await read(quine());
  assert.equal(found.whole, false);
  assert.ok(found.problems.every(({ reason }) => reason === 'too_deep'));
});

test('a hostile name stays data, and short', async () => {
  const found = await read(zipOf({ '../../etc/passwd\0\u202e': 'x', ['n'.repeat(60_000)]: 'y' }));
  assert.ok(found.parts.every(({ path }) => path.every((step) => step.length <= 255)));
  assert.ok(everything(found).includes('n'.repeat(60_000)));
});

test('shared strings that are shown a million times stop at the limit', async () => {
  const sheet = `<worksheet><sheetData><row>${'<c t="s"><v>0</v></c>'.repeat(20_000)}</row></sheetData></worksheet>`;
  const found = await read(xlsxWith({ A: [['x'.repeat(10_000)]] }, { 'xl/worksheets/sheet1.xml': sheet }), { partText: 1_000_000 });
  assert.deepEqual(problems(found), ['too_large']);
});

test('entities are never expanded', async () => {
  const xml = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;&#65;&lt;</x>`;
  const found = await read(xml);
  assert.equal(found.parts.find(({ kind }) => kind === 'xml')?.text, '&b;A<');
  assert.match(everything(found), /aaaaaaaaaa/);
});

test('when the time is up, what was found is kept and called a timeout', async () => {
  let asked = 0;
  const found = await read(zipOf({ 'a.txt': 'the first', 'b.txt': 'the second', 'c.txt': 'x' }), {}, { expired: () => ++asked > 4 });
  assert.match(content(found), /the first/);
  assert.ok(problems(found).includes('timeout'));
  assert.equal(found.whole, false);
});

test('what takes linear time takes linear time', async () => {
  const hostile = ['<', '<!', '<!--', '<a ', '<a b="', '&', '<script', '<![CDATA[', '<?', '</', '<!x>', '<!DOCTYPE [', '=?utf-8?q?', "<a b='>"];
  for (const piece of hostile) {
    const started = process.cpuUsage().user;
    await read(`<html>${piece.repeat(Math.ceil(400_000 / piece.length))}`);
    await read(docxWith('', { 'word/document.xml': `<w>${piece.repeat(Math.ceil(400_000 / piece.length))}` }));
    await read(`From: a@b.c\nSubject: ${piece.repeat(Math.ceil(200_000 / piece.length))}\nDate: x\n\nx`);
    // Quadratic time would be minutes; a slow machine is far from that.
    assert.ok(process.cpuUsage().user - started < 10_000_000, piece);
  }
});

test('limits that make no sense are refused', async () => {
  for (const limits of [{ depth: 0 }, { ratio: -1 }, { pages: 1.5 }, { entries: Number.NaN }]) {
    assert.throws(() => limitsWith(limits), ExtractError);
    await assert.rejects(read('x', limits), { code: 'limits_invalid' });
  }
});
