import { extract, limitsWith } from '@underseal/extract';
import { docxWith } from '@underseal/extract/testing';
import mammoth from 'mammoth';
import { createTools } from '#platform/server/sandbox/tools.ts';
import { compare, repeat, type Row } from './figures.ts';
import { textOf } from './words.ts';

const ROUNDS = 5;
const MILLISECONDS = 800;
const CHARACTERS = 200_000;

/** The text of a Word file, against mammoth's: both must find all of it. */
export async function extraction(): Promise<Row[]> {
  const text = textOf(3, CHARACTERS);
  const docx = docxWith(text);
  const ours = async () => {
    const { parts } = await extract(docx, { name: 'a.docx', limits: limitsWith(), tools: createTools(60_000) });
    return parts.map((part) => part.text).join('\n');
  };
  const theirs = async () => (await mammoth.extractRawText({ buffer: docx })).value;
  const plain = (value: string) => value.replace(/\s+/g, ' ').trim();
  for (const [name, value] of [
    ['ours', await ours()],
    ['mammoth', await theirs()],
  ] as const)
    if (!plain(value).includes(plain(text))) throw new Error(`${name} does not find the whole text`);
  return [
    await compare({
      what: `text of a DOCX of ${CHARACTERS / 1000},000 characters`,
      unit: 'MB of text/s',
      rounds: ROUNDS,
      ours: () => repeat(MILLISECONDS, async () => (await ours()).length / 1e6),
      peer: { name: 'mammoth 1.13', run: () => repeat(MILLISECONDS, async () => (await theirs()).length / 1e6) },
      note: 'both in this process; ours also gives positions',
    }),
  ];
}
