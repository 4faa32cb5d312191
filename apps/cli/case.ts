import type { AnswerOf } from '@underseal/contract';
import { CASE_NUMBER, guard } from '#features/guard/contract.ts';
import { connect } from './connection.ts';
import { CliError, formatNumber, printable, wantsJson, writeJson, type Common, type Io } from './io.ts';

type Kept = AnswerOf<typeof guard.show>;
const WAYS: Readonly<Record<NonNullable<Kept['exit']>, string>> = { page: 'the Check page', api: 'the API', 'command-line': 'the command line' };

/** Prints what is kept of the check that a case number was given for: who, when, by which way, and what matched as far as the caller may know. */
export async function showCase(io: Io, number: string, options: Common): Promise<number> {
  const caseNumber = number.trim().toUpperCase();
  if (!CASE_NUMBER.test(caseNumber))
    throw new CliError('usage', 'Cannot look this up: it is no case number', 'A case number is C- and eight letters and digits.');
  const on = (await connect(io, options)).on(guard);
  const { items } = await on.find({ caseNumber });
  if (items.length === 0) throw new CliError('case_missing', `Cannot find case "${caseNumber}"`, 'Look whether it is written as it was told.');
  for (const { id } of items) {
    const kept = await on.show({ inspectionId: id });
    if (wantsJson(io, options)) writeJson(io, toJson(kept));
    else io.out(`${printable(describe(kept))}\n`);
  }
  return 0;
}

function toJson({ id, caseNumber, at, exit, by, verdict, action, bytes, unread, matches }: Kept) {
  return { case: caseNumber, inspection: id, at, by, exit, verdict, action, bytes, ...(unread.length > 0 ? { reason: unread.join(', ') } : {}), matches };
}

function describe({ caseNumber, at, exit, by, verdict, action, bytes, unread, matches }: Kept): string {
  const who = by.name ?? (by.kind === 'program' ? 'a program' : 'a person whose name you may not see');
  const told = matches.map(({ codeName, secret, element, title, whole, characters, passages }) => {
    const thing = element === null ? (title === '' ? 'a document' : `"${title}"`) : `element ${element}${title === '' ? '' : `, "${title}"`}`;
    const what = whole ? `the registered ${element === null ? 'file' : 'element'}, whole` : `${passages} ${passages === 1 ? 'passage' : 'passages'}`;
    return `  ${codeName === '' ? secret : codeName}: ${thing}: ${what}, ${formatNumber(characters)} characters`;
  });
  if (exit === null || bytes === null)
    return [`${caseNumber}: changed by hand in the database; what its record says is not believed, and operators were alarmed`, ...told].join('\n');
  return [
    `${caseNumber}: ${verdict}, ${action}${unread.length > 0 ? ` (not read: ${unread.join(', ')})` : ''}`,
    `  asked for by ${who}, by ${WAYS[exit]}, at ${at}; ${formatNumber(bytes)} bytes, which were not kept`,
    ...(told.length > 0 ? told : ['  It matched secrets that you may not know of.']),
  ].join('\n');
}
