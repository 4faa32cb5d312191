import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { docxWith, emlWith, encryptedZip, zipOf } from '@underseal/extract/testing';

const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor before the cleaners come.';

export interface Original {
  readonly name: string;
  readonly bytes: Buffer;
  /** Two paragraphs of it, as its text has them. */
  readonly passages: string;
}
const kept = (name: string) => readFileSync(path.join(import.meta.dirname, 'documents', name));
const source = readFileSync(createRequire(import.meta.url).resolve('fastify/lib/route.js'));
const lines = source.toString().split('\n');

/** Documents of public origin that no code of ours wrote. */
export const ORIGINALS: readonly Original[] = [
  {
    name: 'declaration.pdf',
    bytes: kept('declaration.pdf'),
    passages: `Prudence, indeed, will dictate that Governments long established should not be changed for light and transient causes; and accordingly all experience hath shewn, that mankind are more disposed to suffer, while evils are sufferable, than to right themselves by abolishing the forms to which they are accustomed.
He has called together legislative bodies at places unusual, uncomfortable, and distant from the depository of their public Records, for the sole purpose of fatiguing them into compliance with his measures.`,
  },
  {
    name: 'constitution.docx',
    bytes: kept('constitution.docx'),
    passages: `The Congress may determine the Time of chusing the Electors, and the Day on which they shall give their Votes; which Day shall be the same throughout the United States.
The President shall have Power to fill up all Vacancies that may happen during the Recess of the Senate, by granting Commissions which shall expire at the End of their next Session.`,
  },
  { name: 'route.js', bytes: source, passages: [...lines.slice(80, 95), ...lines.slice(110, 130)].join('\n') },
];

export interface Trial {
  readonly name: string;
  readonly bytes: Buffer;
  readonly verdict: 'clear' | 'match' | 'not-inspected';
}
/** What somebody might want to send: the file, two paragraphs of it in a mail (re-wrapped, in capitals), a zip with it inside a document, something else, something locked. */
export function trialsOf({ name, bytes, passages }: Original): readonly Trial[] {
  const shouted = passages
    .toUpperCase()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(.{30,55}) /g, '$1\n> ');
  return [
    { name, bytes, verdict: 'match' },
    { name: 'lunch.eml', bytes: emlWith({ subject: 'Lunch', text: `${UNRELATED}\n\n${shouted}\n\n${UNRELATED}` }), verdict: 'match' },
    { name: 'report.zip', bytes: zipOf({ 'report.docx': docxWith(UNRELATED, { [`word/embeddings/${name}`]: bytes }) }), verdict: 'match' },
    { name: 'lunch.txt', bytes: Buffer.from(UNRELATED), verdict: 'clear' },
    { name: 'locked.zip', bytes: encryptedZip(), verdict: 'not-inspected' },
  ];
}

/** Letters and digits alone, in small letters: what a passage is compared by. */
export function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
