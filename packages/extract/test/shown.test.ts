import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extract, isContent, type Extraction, type Limits } from '../src/index.ts';
import { docxWith, odtWith, paragraph, pngOf, pptxWith, wordXml, xlsxWith, zipOf } from './samples.ts';
import { nodeTools } from './tools.ts';

/** A file shows these words to its reader. However it is made, they stand in one of its parts, with nothing between them. */
const words = 'the yeast rests for nineteen hours at eleven degrees'.split(' ');
const letters = words.join('');

function read(bytes: Uint8Array | string, limits: Partial<Limits> = {}): Promise<Extraction> {
  return extract(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { limits, tools: nodeTools() });
}
const isTold = (found: Extraction): boolean => found.parts.some(({ text }) => text.replace(/[^\p{L}\p{N}]+/gu, '').includes(letters));
const problems = (found: Extraction): string[] => found.problems.map(({ path, reason }) => [...path, reason].join(' > '));
const each = (write: (word: string, i: number) => string): string => words.map(write).join('');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const lines = (text: string, indent = ''): string => text.replace(/.{72}/g, `$&\n${indent}`);
const picture = pngOf(900, 700, 20_000);
const svg = (body: string): string => `<svg xmlns="http://www.w3.org/2000/svg">${body}</svg>`;
const half = Math.floor(words.length / 2);

const pages: Readonly<Record<string, string>> = {
  'a quote that opens no value': `<html><p ">${words.join(' ')}<p "></html>`,
  'a quote that opens no value, in each word': `<html>${each((word) => `<b ">${word.slice(0, 1)}<b '>${word.slice(1)} `)}</html>`,
  'a `=` that begins a name': `<html><p =">${words.join(' ')}<p ="></html>`,
  'words as names of attributes': `<html><p ${words.join(' ')}></html>`,
  'short values of attributes, others between them': `<html>${each((word, i) => `<b id="n${i}" title="${word}"></b>`)}</html>`,
  'comments that end with an exclamation mark': `<html>${each((word) => `<!--z--!>${word} <!--z-->`)}</html>`,
  'comments that are empty': `<html>${each((word) => `<!-->${word} <!--->`)}</html>`,
  'an end tag that is a comment': `<html>${each((word) => `</ z">${word} `)}</html>`,
  'references with many zeros': `<html>${each((word) => `&#x${'0'.repeat(33)}${word.charCodeAt(0).toString(16)};${word.slice(1)} `)}</html>`,
  'references to nothing that is seen': `<html>${each((word) => `${word[0]}&NegativeThinSpace;${word.slice(1)} `)}</html>`,
  'a frame with a page in it': `<html><iframe srcdoc="${each((word) => `${word[0]}&lt;b&gt;${word.slice(1)}&lt;/b&gt; `)}"></iframe></html>`,
  'a frame in a frame': `<html><iframe srcdoc="<html><iframe srcdoc='${each((word) => `${word[0]}&amp;lt;b&amp;gt;${word.slice(1)} `)}'></iframe></html>"></iframe></html>`,
  'a page in an address, with tags by reference': `<html><a href=" da&#10;ta:text/html,${each((word) => `${word[0]}&lt;b&gt;${word.slice(1)}&lt;/b&gt; `)}">x</a></html>`,
  'words that are not displayed between them': `<html>${each((word) => `${word}<span style="display:none">zq</span> `)}</html>`,
  'a hidden attribute': `<html>${each((word) => `${word}<i hidden>zq<b>zq</b></i> `)}</html>`,
  'words that are not visible': `<html>${each((word) => `${word}<span style="VISIBILITY: hidden !important; visibility: visible">zq</span> `)}</html>`,
  'words of no size around them': `<html><p style="font-size:0">${each((word) => `zq<span style="font-size:12pt">${word}</span> `)}</p></html>`,
  'styles with comments and escapes': `<html>${each((word) => `${word}<span style="/*;*/dis\\70 lay:none">zq</span> `)}</html>`,
  'pale words': `<html>${each((word) => `${word}<span style="color:#ffffff">zq</span> `)}</html>`,
  templates: `<html>${each((word) => `${word}<template>zq</template> `)}</html>`,
  'titles in the body': `<html>${each((word) => `${word}<title>zq</title> `)}</html>`,
  'paragraphs that nobody ends': `<html>${each((word) => `<p style="display:none">zq<p>${word}`)}</html>`,
  'items that nobody ends': `<html><ul>${each((word) => `<li hidden>zq<li>${word}`)}</ul></html>`,
  'an end tag that ends nothing': `<html>${each((word) => `<span hidden>zq<div></span>zq</div></span>${word}`)}</html>`,
  'CDATA in a drawing': `<html><svg><text>${each((word) => `<![CDATA[${word}]]> `)}</text></svg></html>`,
  'words in fields': `<html>${each((word, i) => (i % 2 ? `<input value="${word}"> ` : `${word} `))}</html>`,
  'an XHTML page': `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${each((word) => `${word}<span style="display:none">zq</span> `)}</html>`,
  'a drawing': svg(`<text>${each((word) => `${word}<tspan display="none">zq</tspan> `)}</text>`),
  'XML with a quote that opens no value': `<?xml version="1.0"?><x><p ">${words.join(' ')}<p "/></x>`,
  entities: `<?xml version="1.0"?><!DOCTYPE svg [<!-- ]> --><!ENTITY z "]>"><!ENTITY a "${words[0]}"><!ENTITY b '<tspan>y&#101;ast</tspan>'>]>${svg(`<text>&a; &b; ${words.slice(2).join(' ')}</text>`)}`,
  'entities in a drawing that looks like a page': `<!DOCTYPE svg [<!ENTITY a "${words[0]}">]>${svg(`<title>x</title><a><text>&a; ${words.slice(1).join(' ')}</text></a>`)}`,
  'a page that begins as XML': `<?xml version="1.0"?><html>${each((word) => `<!--z--!>${word} <!--z-->`)}</html>`,
  'one entity in an attribute': `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "${words.slice(0, half).join(' ')}">]><x y="&a; ${words.slice(half).join(' ')}"/>`,
};
for (const [name, page] of Object.entries(pages)) {
  test(`markup: ${name}`, async () => {
    const found = await read(page);
    assert.deepEqual(problems(found), []);
    assert.ok(isTold(found), JSON.stringify(found.parts, null, 1));
  });
}

const run = (properties: string, text: string): string => `<w:r>${properties && `<w:rPr>${properties}</w:rPr>`}<w:t xml:space="preserve">${text}</w:t></w:r>`;
const choice = (first: string, other: string): string =>
  `<mc:AlternateContent><mc:Choice Requires="wps">${first}</mc:Choice><mc:Fallback>${other}</mc:Fallback></mc:AlternateContent>`;
const bodies: Readonly<Record<string, string>> = {
  'hidden text': each((word) => run('', word) + run('<w:vanish/>', 'zq')),
  'hidden paragraphs': `</w:p>${each((word) => paragraph(word) + `<w:p>${run('<w:vanish w:val="1"/>', 'zq')}</w:p>`)}<w:p>`,
  'white text': each((word) => run('', word) + run('<w:color w:val="FFFFFF"/>', 'zq')),
  'tiny text': each((word) => run('', word) + run('<w:sz w:val="2"/>', 'zq')),
  'what only older programs show': each((word) => run('', word) + choice('', run('', 'zq'))),
  'what only newer programs show': each((word) => run('', word) + choice(run('', 'zq'), '')),
  insertions: each((word) => run('', word) + `<w:ins>${run('', 'zq')}</w:ins>`),
  'inserted paragraphs': `</w:p>${each((word) => paragraph(word) + `<w:p><w:ins>${run('', 'zq')}</w:ins></w:p>`)}<w:p>`,
  'insertions and hidden text': each((word, i) => run('', word) + (i % 2 ? `<w:ins>${run('', 'zq')}</w:ins>` : run('<w:vanish/>', 'zq'))),
  'letters as symbols': each((word) => `<w:r><w:sym w:font="Arial" w:char="F0${word.charCodeAt(0).toString(16)}"/></w:r>${run('', `${word.slice(1)} `)}`),
  'a list to choose from': `<w:sdt><w:dropDownList>${each((word, i) => `<w:listItem w:displayText="${word}" w:value="${i}"/>`)}</w:dropDownList></w:sdt>`,
  'letters along a path': each((word) => `<w:pict><v:textpath string="${word}"/></w:pict>`),
};
for (const [name, body] of Object.entries(bodies)) {
  test(`docx: ${name}`, async () => {
    const found = await read(docxWith('', { 'word/document.xml': wordXml(`<w:p>${body}</w:p>`) }));
    assert.deepEqual(problems(found), []);
    assert.ok(isTold(found), JSON.stringify(found.parts, null, 1));
  });
}

test('what is added beside the content leaves the content as it was', async () => {
  const changed = `<w:p>${run('', 'a ')}<w:ins>${run('', 'b ')}</w:ins>${run('<w:vanish/>', 'c ')}<w:del><w:r><w:delText>d </w:delText></w:r></w:del>${run('', 'e')}</w:p>`;
  const found = await read(docxWith('', { 'word/document.xml': wordXml(changed) }));
  assert.deepEqual(
    found.parts.filter(isContent).map(({ kind, text }) => [kind, text]),
    [
      ['word', 'a b c e\n'],
      ['deleted', 'a c d e\n'],
    ],
  );
  assert.deepEqual(
    found.parts.filter(({ kind }) => kind === 'hidden').map(({ text }) => text),
    ['a b e\n', 'a d e\n'],
  );
  const page = await read('<html><head><title>T</title></head><p>a <b>b</b></p></html>');
  assert.deepEqual(
    page.parts.map(({ kind }) => kind),
    ['html'],
  );
});

test('pptx: text of no size between the words', async () => {
  const slide = `<p:sld><a:p>${each((word) => `<a:r><a:rPr sz="1800"/><a:t>${word}</a:t></a:r><a:r><a:rPr sz="100"/><a:t>zq</a:t></a:r>`)}</a:p></p:sld>`;
  assert.ok(isTold(await read(pptxWith(['x'], { 'ppt/slides/slide1.xml': slide }))));
});

const sheet = (rows: string, more = ''): string => `<worksheet>${more}<sheetData>${rows}</sheetData></worksheet>`;
const inline = (text: string, at = ''): string => `<c ${at && `r="${at}" `}t="inlineStr"><is><t>${text}</t></is></c>`;
const runsOf = each((word) => `<r><t>${word} </t></r>`);
const workbooks: Readonly<Record<string, Record<string, string>>> = {
  'a second column': { 'xl/worksheets/sheet1.xml': sheet(each((word) => `<row>${inline(word)}${inline('zq')}</row>`)) },
  'columns by their letters': {
    'xl/worksheets/sheet1.xml': sheet(each((word, i) => `<row>${i % 2 ? inline('zq', `A${i + 1}`) : ''}${inline(word, `B${i + 1}`)}</row>`)),
  },
  'hidden columns': {
    'xl/worksheets/sheet1.xml': sheet(
      `<row>${each((word) => inline(word) + inline('zq'))}</row>`,
      `<cols>${each((_, i) => `<col min="${2 * i + 2}" max="${2 * i + 2}" hidden="1"/>`)}</cols>`,
    ),
  },
  'hidden rows': { 'xl/worksheets/sheet1.xml': sheet(each((word) => `<row>${inline(word)}</row><row hidden="1">${inline('zq')}</row>`)) },
  'comments that lie with the sheets': { 'xl/worksheets/comments1.xml': `<comments><comment><text>${runsOf}</text></comment></comments>` },
  'a drawing that lies with the sheets': {
    'xl/worksheets/drawing1.xml': `<xdr:wsDr><a:p>${each((word) => `<a:r><a:t>${word} </a:t></a:r>`)}</a:p></xdr:wsDr>`,
  },
  'text in a sheet and in no cell': { 'xl/worksheets/sheet1.xml': `<worksheet><text>${runsOf}</text></worksheet>` },
  'comments that are called strings': {
    'xl/commentsSharedStrings.xml': `<comments><comment><text>${runsOf}</text></comment></comments>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId9" Target="commentsSharedStrings.xml" Type="x/comments"/><Relationship Id="rId0" Target="worksheets/sheet1.xml"/></Relationships>',
  },
  'strings outside the items': { 'xl/sharedStrings.xml': `<sst>${runsOf}</sst>` },
  'letters by their numbers': {
    'xl/worksheets/sheet1.xml': sheet(`<row>${inline(each((word) => `_x${word.charCodeAt(0).toString(16).padStart(4, '0')}_${word.slice(1)}_x0020_`))}</row>`),
  },
  'shared letters by their numbers': { 'xl/sharedStrings.xml': `<sst><si><t>${each((word) => `${word}_x000D_`)}</t></si></sst>` },
  'names of columns of a table': {
    'xl/tables/table1.xml': `<table><tableColumns>${each((word, i) => `<tableColumn id="${i}" name="${word}"/>`)}</tableColumns></table>`,
  },
  'formats of numbers': { 'xl/styles.xml': `<styleSheet>${each((word, i) => `<numFmt numFmtId="${i}" formatCode="&quot;${word}&quot;"/>`)}</styleSheet>` },
  prompts: {
    'xl/worksheets/sheet1.xml': sheet(
      '',
      each((word) => `<dataValidation prompt="${word}"/>`),
    ),
  },
};
for (const [name, entries] of Object.entries(workbooks)) {
  test(`xlsx: ${name}`, async () => {
    const found = await read(xlsxWith({ A: [['x']] }, entries));
    assert.deepEqual(problems(found), []);
    assert.ok(isTold(found), JSON.stringify(found.parts, null, 1));
  });
}

test('names of sheets are read as a row of their own', async () => {
  assert.ok(isTold(await read(xlsxWith(Object.fromEntries(words.map((word) => [word, [['zq']]]))))));
});

const embedded: Readonly<Record<string, string | Uint8Array>> = {
  'an address in a stylesheet': `<html><style>p{background:url(data:image/png;base64,${base64(picture)})}</style></html>`,
  'an address in a style': `<html><p style="background:url(&quot;data:image/png;base64,${base64(picture)}&quot;)">x</p></html>`,
  'an address in a list of pictures': `<html><img srcset="a.png 1x, data:image/png;base64,${base64(picture)} 2x"></html>`,
  'a drawing with a picture': svg(`<image href="data:image/png;base64,${base64(picture)}"/>`),
  'an XHTML page with a picture': `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><img src="data:image/png;base64,${base64(picture)}"/></html>`,
  'a flat OpenDocument': `<?xml version="1.0"?><office:document><draw:image><office:binary-data>\n   ${lines(base64(picture), '   ')}</office:binary-data></draw:image></office:document>`,
  'a flat Word file, with a comment in the digits': `<?xml version="1.0"?><pkg:package><pkg:part><pkg:binaryData>${lines(base64(picture)).replaceAll('\n', '<!-- -->')}</pkg:binaryData></pkg:part></pkg:package>`,
  'a notebook': JSON.stringify({ cells: [{ data: { 'image/png': `${lines(base64(picture))}\n`, 'text/plain': '<Figure>' } }] }),
  'a notebook that keeps lines': JSON.stringify({ cells: [{ data: { 'image/png': lines(base64(picture)).split('\n') } }] }, null, 1),
  'JSON that escapes slashes': JSON.stringify({ a: base64(picture) }).replaceAll('/', '\\/'),
};
for (const [name, bytes] of Object.entries(embedded)) {
  test(`a picture is found: ${name}`, async () => {
    const found = await read(bytes);
    assert.ok(
      found.problems.some(({ path, reason }) => reason === 'image' && path.length > 0),
      JSON.stringify(found.problems),
    );
    assert.ok(found.files.some(({ bytes: length }) => length === picture.length));
  });
}

test('a picture is found: amid the text of an OpenDocument', async () => {
  const content = `<office:document-content><draw:image><office:binary-data>${lines(base64(picture))}</office:binary-data></draw:image></office:document-content>`;
  const found = await read(zipOf({ 'content.xml': content, 'META-INF/manifest.xml': '<manifest:manifest/>' }));
  assert.deepEqual(problems(found), ['picture 1 > image']);
});

test('what programs carry along is no problem: fonts, keys, small pictures', async () => {
  const font = Buffer.concat([Buffer.from('wOF2'), Buffer.alloc(9_000, 0xc3)]);
  const noise = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * i * 31 + i * 7 + 200) & 255));
  for (const text of [
    `<html><style>@font-face{src:url(data:font/woff2;base64,${base64(font)})} i{background:url(data:image/gif;base64,${base64(pngOf(16, 16, 300))})}</style><p>x</p></html>`,
    JSON.stringify({ key: base64(noise), short: base64(noise.subarray(0, 64)) }),
    `<?xml version="1.0"?><x><cert>${lines(base64(noise))}</cert></x>`,
    '<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist><string>it\'s</string></plist>',
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]><svg xmlns="&ns_svg;"><path d="M0 0L9 9"/></svg>`,
  ])
    assert.deepEqual(problems(await read(text)), [], text.slice(0, 100));
});

test('texts in base64 in JSON stand beside the content, in one part however many they are', async () => {
  const long = `${words.join(' ')}, `.repeat(4);
  const json = JSON.stringify(Array.from({ length: 300 }, () => ({ text: base64(Buffer.from(long)) })));
  const found = await read(json, { entries: 100 });
  assert.deepEqual([problems(found), found.parts.map(({ kind }) => kind)], [[], ['text', 'hidden']]);
  assert.ok(isTold(found));
});

test('entities of entities are refused, and many of a long one stop at the limit', async () => {
  assert.deepEqual(problems(await read('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><x>&b;</x>')), ['unsupported']);
  assert.deepEqual(problems(await read(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % a '<!ENTITY b "b">'> %a;]><x>&b;</x>`)), ['unsupported']);
  assert.deepEqual(problems(await read(docxWith('', { 'word/document.xml': `<!DOCTYPE x [<!ENTITY a "a">]><w>&a;</w>` }))), ['broken']);
  assert.deepEqual(problems(await read(zipOf({ 'content.xml': '<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>', 'META-INF/manifest.xml': '<m/>' }))), [
    'unsupported',
  ]);
  const blowUp = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "${'a'.repeat(10_000)}">]><x y="${'&a;'.repeat(10_000)}">${'&a;'.repeat(10_000)}</x>`;
  const found = await read(blowUp, { partText: 1_000_000 });
  assert.ok(problems(found).includes('too_large'));
  assert.ok(found.parts.every(({ text }) => text.length <= 1_000_000));
});

test('a drawing of many lines and no text is a picture', async () => {
  const path = `<path d="${'M10 10L20 20'.repeat(1_000)}"/>`;
  assert.deepEqual(problems(await read(svg(path))), ['image']);
  assert.deepEqual(problems(await read(svg(`<title>Plan</title><a>${path}</a>`))), ['image']);
  assert.deepEqual(problems(await read(svg(`<title>Made by a program</title>${path.slice(0, 4_000)}"/>`))), []);
  assert.deepEqual(problems(await read(svg(`${path}<text>${words.join(' ')}</text>`))), []);
});

test('pages in frames end at the depth', async () => {
  let page = '<html><p>x</p></html>';
  for (let i = 0; i < 7; i++) page = `<html><iframe srcdoc="${page.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe></html>`;
  assert.match(problems(await read(page)).join(), /too_deep/);
});

test('whatever is opened and never closed takes linear time', async () => {
  const pieces = [
    '<p style="display:none">',
    '<b><i>',
    '<a b=',
    '</x ',
    '<p style="/*">',
    'data:a/b;',
    'url(data:,',
    '<li>',
    '<svg><![CDATA[',
    '<!-->',
    '<!ENTITY a "',
    '&#x0',
    '\\"',
    '"A',
    'AAAA ',
  ];
  for (const piece of pieces) {
    const started = process.cpuUsage().user;
    const long = piece.repeat(Math.ceil(200_000 / piece.length));
    await read(`<html>${long}`);
    await read(`<html><p style="${long}">x</p></html>`);
    await read(`<?xml version="1.0"?><!DOCTYPE x [${long}]><svg xmlns="http://www.w3.org/2000/svg">${long}</svg>`);
    await read(`["${long}"]`);
    assert.ok(process.cpuUsage().user - started < 10_000_000, piece);
  }
});

test('an ordinary file has no more parts than it has texts', async () => {
  assert.deepEqual(
    (await read(docxWith('one\ntwo'))).parts.filter(({ path }) => path.length === 0).map(({ kind }) => kind),
    ['names', 'word'],
  );
  assert.deepEqual(
    (await read(odtWith('one'))).parts.filter(({ path }) => path.length === 0).map(({ kind }) => kind),
    ['names', 'opendocument'],
  );
});
