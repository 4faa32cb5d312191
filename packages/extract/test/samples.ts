import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** Builders of small files, good and bad, for tests of everything that reads files. */

export type ZipPart = {
  name: string;
  data: Uint8Array | string;
  stored?: boolean;
  /** Lies, for tests. */
  declaredSize?: number;
  localName?: string;
  encrypted?: boolean;
  method?: number;
};

const bytesOf = (data: Uint8Array | string): Buffer => (typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data));

export function zipOf(entries: readonly ZipPart[] | Readonly<Record<string, Uint8Array | string>>, comment = ''): Buffer {
  const parts = Array.isArray(entries)
    ? (entries as readonly ZipPart[])
    : Object.entries(entries as Record<string, Uint8Array | string>).map(([name, data]) => ({ name, data }));
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const part of parts as readonly ZipPart[]) {
    const data = bytesOf(part.data);
    const packed = part.stored ? data : deflateRawSync(data);
    const method = part.method ?? (part.stored ? 0 : 8);
    const size = part.declaredSize ?? data.length;
    const isWide = size > 0xffffffff;
    const flags = 0x800 | (part.encrypted ? 1 : 0);
    const localName = Buffer.from(part.localName ?? part.name);
    const name = Buffer.from(part.name);
    const fields = Buffer.alloc(22);
    fields.writeUInt16LE(flags, 0);
    fields.writeUInt16LE(method, 2);
    fields.writeUInt32LE(crc32(data), 8);
    fields.writeUInt32LE(packed.length, 12);
    fields.writeUInt32LE(isWide ? 0xffffffff : size, 16);
    const extra = isWide ? wideExtra(size) : Buffer.alloc(0);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(extra.length, 2);
    fields.writeUInt16LE(localName.length, 20);
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04\x14\0', 'latin1'), fields.subarray(0, 22), lengths.subarray(2), localName, extra, packed]));
    fields.writeUInt16LE(name.length, 20);
    const tail = Buffer.alloc(16);
    tail.writeUInt16LE(extra.length, 0);
    tail.writeUInt32LE(offset, 12);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0\x14\0', 'latin1'), fields, tail, name, extra]));
    offset += locals.at(-1)!.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...locals, central, end, Buffer.from(comment)]);
}

function wideExtra(size: number): Buffer {
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  return extra;
}

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const TYPES = `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`;

function relations(targets: Readonly<Record<string, string>>): string {
  const list = Object.entries(targets).map(
    ([id, target]) => `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="${target}"/>`,
  );
  return `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`;
}

export function wordXml(body: string, root = 'document'): string {
  return `${XML}<w:${root} ${WORD}>${root === 'document' ? `<w:body>${body}</w:body>` : body}</w:${root}>`;
}

export function paragraph(text: string): string {
  return `<w:p><w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`;
}

/** A Word file; each line a paragraph. `more` adds entries or replaces them. */
export function docxWith(text: string, more: Readonly<Record<string, Uint8Array | string>> = {}): Buffer {
  return zipOf({
    '[Content_Types].xml': TYPES,
    '_rels/.rels': relations({ rId1: 'word/document.xml' }),
    'word/document.xml': wordXml(text.split('\n').map(paragraph).join('')),
    ...more,
  });
}

/** A PowerPoint file; each text a slide. */
export function pptxWith(slides: readonly string[], more: Readonly<Record<string, Uint8Array | string>> = {}): Buffer {
  const slide = (text: string): string =>
    `${XML}<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>${text
      .split('\n')
      .map((line) => `<a:p><a:r><a:t>${escapeXml(line)}</a:t></a:r></a:p>`)
      .join('')}</p:spTree></p:cSld></p:sld>`;
  // Numbered backwards: the order is that of the presentation, not that of the names.
  const names = slides.map((_, i) => `slides/slide${slides.length - i}.xml`);
  return zipOf({
    '[Content_Types].xml': TYPES,
    '_rels/.rels': relations({ rId1: 'ppt/presentation.xml' }),
    'ppt/presentation.xml': `${XML}<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${names.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(Object.fromEntries(names.map((name, i) => [`rId${i}`, name]))),
    ...Object.fromEntries(names.map((name, i) => [`ppt/${name}`, slide(slides[i]!)])),
    ...more,
  });
}

/** An Excel file: rows of cells by sheet. Texts are shared strings, numbers are numbers. */
export function xlsxWith(
  sheets: Readonly<Record<string, readonly (readonly (string | number)[])[]>>,
  more: Readonly<Record<string, Uint8Array | string>> = {},
): Buffer {
  const strings: string[] = [];
  const names = Object.keys(sheets);
  const cell = (value: string | number): string => (typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c t="s"><v>${strings.push(value) - 1}</v></c>`);
  const sheet = (name: string): string =>
    `${XML}<worksheet><sheetData>${sheets[name]!.map((cells) => `<row>${cells.map(cell).join('')}</row>`).join('')}</sheetData></worksheet>`;
  const files = Object.fromEntries(names.map((name, i) => [`xl/worksheets/sheet${i + 1}.xml`, sheet(name)]));
  return zipOf({
    '[Content_Types].xml': TYPES,
    '_rels/.rels': relations({ rId1: 'xl/workbook.xml' }),
    'xl/workbook.xml': `${XML}<workbook xmlns:r="r"><sheets>${names.map((name, i) => `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations({
      ...Object.fromEntries(names.map((_, i) => [`rId${i}`, `worksheets/sheet${i + 1}.xml`])),
      rIdS: 'sharedStrings.xml',
    }),
    ...files,
    'xl/sharedStrings.xml': `${XML}<sst>${strings.map((text) => `<si><t>${escapeXml(text)}</t></si>`).join('')}</sst>`,
    ...more,
  });
}

export function odtWith(text: string): Buffer {
  const content = text
    .split('\n')
    .map((line) => `<text:p>${escapeXml(line)}</text:p>`)
    .join('');
  return zipOf([
    { name: 'mimetype', data: 'application/vnd.oasis.opendocument.text', stored: true },
    { name: 'content.xml', data: `${XML}<office:document-content><office:body><office:text>${content}</office:text></office:body></office:document-content>` },
    { name: 'META-INF/manifest.xml', data: `${XML}<manifest:manifest></manifest:manifest>` },
  ]);
}

export type PdfOptions = {
  declaredPages?: number;
  /** Drawn on every page, this many pixels wide and high. */
  imageSide?: number;
  encrypted?: boolean;
  title?: string;
  attachment?: { name: string; data: Uint8Array };
  /** Painted on every page behind the text. */
  drawing?: string;
  /** Objects 4 and on. A pair is a stream: its dictionary and its data. */
  objects?: readonly (string | readonly [string, string])[];
  /** Written into every page, into its resources, and into the catalog. */
  page?: string;
  resources?: string;
  catalog?: string;
};

/** A PDF; each text a page, each line a line. */
export function pdfWith(pages: readonly string[], options: PdfOptions = {}): Buffer {
  const objects: Buffer[] = [];
  const add = (body: string | Buffer): number => objects.push(Buffer.from(body as string));
  const stream = (dictionary: string, data: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`<< ${dictionary} /Length ${data.length} >>\nstream\n`), data, Buffer.from('\nendstream')]);
  add('');
  add('');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  for (const object of options.objects ?? []) add(typeof object === 'string' ? object : stream(object[0], Buffer.from(object[1], 'latin1')));
  const side = options.imageSide ?? 0;
  const image =
    side > 0
      ? add(stream(`/Type /XObject /Subtype /Image /Width ${side} /Height ${side} /ColorSpace /DeviceGray /BitsPerComponent 8`, Buffer.alloc(side * side, 128)))
      : 0;
  const kids: number[] = [];
  for (const page of pages) {
    const lines = page.split('\n').map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`);
    const content = add(
      stream(
        '',
        Buffer.from(
          `${page === '' ? '' : `BT /F1 12 Tf 14 TL 50 750 Td ${lines.join(' ')} ET`}${image ? ' q 300 0 0 300 50 50 cm /I1 Do Q' : ''} ${options.drawing ?? ''}`,
          'latin1',
        ),
      ),
    );
    const resources = `<< /Font << /F1 3 0 R >>${image ? ` /XObject << /I1 ${image} 0 R >>` : ''} ${options.resources ?? ''} >>`;
    kids.push(add(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources ${resources} /Contents ${content} 0 R ${options.page ?? ''} >>`));
  }
  let names = '';
  if (options.attachment) {
    const file = add(stream('/Type /EmbeddedFile', options.attachment.data));
    names = ` /Names << /EmbeddedFiles << /Names [(${options.attachment.name}) << /Type /Filespec /F (${options.attachment.name}) /EF << /F ${file} 0 R >> >>] >> >>`;
  }
  const info = options.title === undefined ? 0 : add(`<< /Title (${options.title}) >>`);
  const encrypt = options.encrypted ? add(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`) : 0;
  objects[0] = Buffer.from(`<< /Type /Catalog /Pages 2 0 R${names} ${options.catalog ?? ''} >>`);
  objects[1] = Buffer.from(`<< /Type /Pages /Count ${options.declaredPages ?? pages.length} /Kids [${kids.map((id) => `${id} 0 R`).join(' ')}] >>`);
  const out: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let at = out[0]!.length;
  for (const [i, body] of objects.entries()) {
    const object = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    offsets.push(at);
    at += object.length;
    out.push(object);
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const trailer = `<< /Size ${objects.length + 1} /Root 1 0 R${info ? ` /Info ${info} 0 R` : ''}${encrypt ? ` /Encrypt ${encrypt} 0 R /ID [<00> <00>]` : ''} >>`;
  out.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${at}\n%%EOF\n`));
  return Buffer.concat(out);
}

export type EmlParts = { subject?: string; text?: string; html?: string; attachments?: readonly { name: string; data: Uint8Array; type?: string }[] };

/** A message: text quoted-printable, HTML and attachments base64. */
export function emlWith({ subject = 'Hello', text = '', html, attachments = [] }: EmlParts): Buffer {
  const part = (headers: string, body: string): string => `--b0undary\r\n${headers}\r\n\r\n${body}\r\n`;
  const lines = (data: Uint8Array): string => Buffer.from(data).toString('base64').replace(/.{76}/g, '$&\r\n');
  const quoted = [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      byte < 127 && byte > 31 && byte !== 61 ? String.fromCharCode(byte) : byte === 10 ? '\r\n' : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
  const bodies = [
    part('Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable', quoted.replace(/(.{60}[^=\r\n]{3})(?=[^\r\n])/g, '$1=\r\n')),
    ...(html === undefined ? [] : [part('Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64', lines(Buffer.from(html)))]),
    ...attachments.map(({ name, data, type }) =>
      part(
        `Content-Type: ${type ?? 'application/octet-stream'}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`,
        lines(data),
      ),
    ),
  ];
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`;
  return Buffer.from(
    `From: Ada <ada@ours.example>\r\nTo: bob@theirs.example\r\nSubject: ${encoded}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b0undary"\r\n\r\n${bodies.join('')}--b0undary--\r\n`,
  );
}

export function tarOf(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, content] of Object.entries(files)) {
    const data = bytesOf(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0'.padEnd(8), 100);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        0', 148);
    header.write('ustar\x0000', 257, 'latin1');
    let sum = 0;
    for (const byte of header) sum += byte;
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function gzOf(data: Uint8Array | string): Buffer {
  return gzipSync(bytesOf(data));
}

export function encryptedZip(): Buffer {
  return zipOf([{ name: 'secret.txt', data: 'cannot be read', encrypted: true }]);
}

/** A ZIP of a few kilobytes that says it holds ten gigabytes. */
export function boastfulZip(): Buffer {
  return zipOf([{ name: 'huge.txt', data: Buffer.alloc(10_000, 'x'), declaredSize: 10 * 1024 ** 3 }]);
}

/** A ZIP in a ZIP in a ZIP, `levels` deep, with a text in the innermost. */
export function nestedZip(levels: number, text: string): Buffer {
  let zip = zipOf({ 'inner.txt': text });
  for (let i = 1; i < levels; i++) zip = zipOf({ [`level${i}.zip`]: zip });
  return zip;
}

/** A PNG by its header: as large as asked, of bytes that mean nothing. */
export function pngOf(width: number, height: number, length: number): Buffer {
  const png = Buffer.alloc(Math.max(length, 33), 0xaa);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(png);
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}

/** The first bytes of an OLE file, with a stream of the given name. */
export function oleWith(stream: string): Buffer {
  return Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504), Buffer.from(stream, 'utf16le'), Buffer.alloc(512)]);
}
