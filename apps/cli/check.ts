import path from 'node:path';
import type { z } from 'zod';
import { guard, LARGEST_CONTENT, type Match as GuardMatch } from '#features/guard/contract.ts';
import { namePart } from '#features/guard/part-name.ts';
import { connect, type Connection } from './connection.ts';
import { openFile, readStdin } from './files.ts';
import { CliError, createProgress, formatNumber, printable, wantsJson, writeJson, type Common, type Io } from './io.ts';

/** All clear; a match; something was not inspected, and nothing matched. */
export const CHECKED = { clear: 0, match: 1, 'not-inspected': 2 } as const;

interface Match {
  readonly secret: string;
  readonly document: string;
  readonly element?: number;
  readonly tier: number;
  readonly channel: string;
  readonly confidence: string;
  /** Of all its passages, as they stand in the text. */
  readonly characters: number;
  readonly passages: readonly { readonly from: number; readonly to: number }[];
  /** Where the caller may know of the secret. */
  readonly codeName?: string;
  /** File name of the document, or heading of the element. */
  readonly title?: string;
  /** The part of the file that the passages lie in, by the names that lead to it; the passages are offsets into its text. */
  readonly part?: readonly string[];
  /** There are more passages than listed. */
  readonly cut?: true;
  /** The file is the registered one, byte for byte. */
  readonly whole?: true;
}
/** A match, and what part of the file is called to people. */
interface Named extends Match {
  readonly partName: string | undefined;
}
export interface Checked {
  readonly path: string;
  readonly verdict: keyof typeof CHECKED;
  readonly action: string;
  readonly matches: readonly Match[];
  readonly reason?: string;
  readonly case?: string;
  /** There are more matches, or more that could not be read, than listed. */
  readonly cut?: true;
}

/** Inspects each file, or stdin, and prints a line each, in their order. */
export async function check(io: Io, given: readonly string[], options: Common): Promise<number> {
  const files = given.length > 0 ? given : ['-'];
  if (given.length === 0 && io.stdin.isTTY) throw new CliError('usage', 'Cannot check: no file was given', 'Name files, or - for stdin.');
  if (files.filter((file) => file === '-').length > 1) throw new CliError('usage', 'Cannot check stdin twice');
  // A wrong name is a mistake of the call: found before anything is sent.
  for (const file of files) if (file !== '-') await (await openFile(file)).close();
  const connection = await connect(io, options);
  const progress = createProgress(io);
  const verdicts = new Set<Checked['verdict']>();
  try {
    for (const [i, file] of files.entries()) {
      if (files.length > 1) progress.show(`${i + 1} of ${files.length}: ${file}`);
      const { named, ...checked } = await checkOne(io, connection, file);
      verdicts.add(checked.verdict);
      progress.clear();
      if (wantsJson(io, options)) writeJson(io, checked);
      else io.out(`${printable(describe(checked, named))}\n`);
    }
  } finally {
    progress.clear();
  }
  if (verdicts.has('match')) return CHECKED.match;
  return verdicts.has('not-inspected') ? CHECKED['not-inspected'] : CHECKED.clear;
}

async function checkOne(io: Io, connection: Connection, file: string): Promise<Checked & { readonly named: readonly Named[] }> {
  const bytes = file === '-' ? await readStdin(io, LARGEST_CONTENT) : await readAtMost(file, LARGEST_CONTENT);
  if (bytes === undefined) return { path: file, verdict: 'not-inspected', action: 'block', matches: [], reason: 'too_large', named: [] };
  const name = file === '-' ? {} : { name: path.basename(file).slice(0, 255) };
  const { verdict, action, matches, unread, caseNumber, cut } = await connection
    .on(guard)
    .inspect({ base64: bytes.toString('base64'), ...name, exit: 'command-line' });
  const reasons = [...new Set(unread.map(({ reason }) => reason))];
  return {
    path: file,
    verdict,
    action,
    matches: (matches ?? []).map(toMatch),
    ...(reasons.length > 0 ? { reason: reasons.join(', ') } : {}),
    ...(caseNumber !== null ? { case: caseNumber } : {}),
    ...(cut.includes('matches') || cut.includes('unread') ? { cut: true as const } : {}),
    named: (matches ?? []).map((match) => ({ ...toMatch(match), partName: namePart(match.foundIn) })),
  };
}

function toMatch(match: z.infer<typeof GuardMatch>): Match {
  const { secret, document, element, tier, channel, confidence, characters, passages, codeName, title, foundIn, cut, whole } = match;
  return {
    secret,
    document,
    ...(element === null ? {} : { element }),
    tier,
    channel,
    confidence,
    characters,
    passages: passages.map(({ from, to }) => ({ from, to })),
    ...(codeName === '' ? {} : { codeName }),
    ...(title === '' ? {} : { title }),
    ...(foundIn.path.length === 0 ? {} : { part: foundIn.path }),
    ...(cut ? { cut: true as const } : {}),
    ...(whole ? { whole: true as const } : {}),
  };
}

async function readAtMost(file: string, most: number): Promise<Buffer | undefined> {
  const handle = await openFile(file);
  try {
    return (await handle.stat()).size > most ? undefined : await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Passages that are listed to people. */
const SHOWN = 5;

function describe({ path: file, verdict, action, reason, case: number, cut }: Checked, matches: readonly Named[]): string {
  const head = `${file}: ${verdict}, ${action}${reason === undefined ? '' : ` (not read: ${reason})`}${number === undefined ? '' : `, case ${number}`}`;
  return [head, ...matches.map(describeMatch), ...(cut && matches.length > 0 ? ['  There is more than is listed.'] : [])].join('\n');
}

function describeMatch({ secret, codeName, title, element, tier, confidence, characters, passages, partName, cut, whole }: Named): string {
  const document = title === undefined ? 'a document' : `"${title}"`;
  const source = element === undefined ? document : `element ${element}${title === undefined ? '' : `, "${title}"`}`;
  const left = passages.length - SHOWN;
  const places = passages.slice(0, SHOWN).map(({ from, to }) => `${from}-${to}`);
  const more = left > 0 ? ` and ${left}${cut ? ' or more' : ''} others` : cut ? ' and others' : '';
  const all = `${formatNumber(characters)} characters`;
  return [
    `  ${codeName ?? secret} (tier ${tier}${codeName === undefined ? '' : `, ${secret}`}): ${source}`,
    whole
      ? `    ${partName ?? 'this'} is the registered ${element === undefined ? 'file' : 'element'}, whole${characters > 0 ? `: ${all}` : ''}`
      : `    ${confidence}, ${all}${partName === undefined ? '' : ` in ${partName}`}, at ${places.join(', ')}${more}`,
  ].join('\n');
}
