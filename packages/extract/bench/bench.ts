// Compares docx extraction with mammoth, a general converter, in the same run on the same bytes: `node packages/extract/bench/bench.ts [paragraphs]`.
import { createRequire } from 'node:module';
import { extract, isContent } from '../src/index.ts';
import { docxWith, wordXml, xlsxWith } from '../test/samples.ts';
import { nodeTools } from '../test/tools.ts';

const mammoth = createRequire(import.meta.url)('mammoth') as { extractRawText(input: { buffer: Buffer }): Promise<{ value: string }> };
const paragraphs = Number(process.argv[2] ?? 20_000);
const words = 'the yeast rests for nineteen hours at eleven degrees before it meets cold water and slow fire in a copper vessel'.split(' ');
const sentence = (seed: number): string => Array.from({ length: 24 }, (_, i) => words[(seed * 7 + i * i) % words.length]).join(' ');

/** A document as Word writes it: runs with properties, ids of revisions, some formatting. */
function wordLike(): Buffer {
  const runs = (text: string): string =>
    text
      .match(/.{1,60}/g)!
      .map(
        (piece) =>
          `<w:r w:rsidR="00A77B3E" w:rsidRPr="00B21C4D"><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">${piece}</w:t></w:r>`,
      )
      .join('');
  const body = Array.from(
    { length: paragraphs },
    (_, i) => `<w:p w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E"><w:pPr><w:spacing w:after="160" w:line="259"/></w:pPr>${runs(sentence(i))}</w:p>`,
  ).join('');
  return docxWith('', { 'word/document.xml': wordXml(body) });
}

async function measure(name: string, run: () => Promise<number>): Promise<number> {
  await run();
  const started = process.cpuUsage();
  let characters = 0;
  let rounds = 0;
  do {
    characters += await run();
    rounds++;
  } while (process.cpuUsage(started).user < 2_000_000 && rounds < 50);
  const used = process.cpuUsage(started);
  const speed = characters / (used.user + used.system);
  console.log(`${name.padEnd(28)} ${speed.toFixed(1).padStart(8)} MB of text per second of CPU`);
  return speed;
}

const docx = wordLike();
const xlsx = xlsxWith({ Prices: Array.from({ length: paragraphs }, (_, i) => [sentence(i).slice(0, 40), i * 1.5, `part ${i}`]) });
const ours = async (bytes: Buffer): Promise<number> => {
  const { parts, problems } = await extract(bytes, { tools: nodeTools(), limits: { ratio: 1_000 } });
  if (problems.length > 0) throw new Error(`Cannot compare: ${problems[0]!.reason}`);
  return parts.filter(isContent).reduce((sum, { text }) => sum + text.length, 0);
};
const fast = await measure('docx, @underseal/extract', () => ours(docx));
const slow = await measure('docx, mammoth', async () => (await mammoth.extractRawText({ buffer: docx })).value.length);
await measure('xlsx, @underseal/extract', () => ours(xlsx));
console.log(`ratio to mammoth             ${(fast / slow).toFixed(1).padStart(8)} x`);
