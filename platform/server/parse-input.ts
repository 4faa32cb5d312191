import { failure, type Operation } from '@underseal/contract';
import type { core } from 'zod';

export const inputWrong = failure('invalid', 'platform.input_wrong');

/** Names where the input is wrong and how, never what it was. */
export function parseInput(operation: Operation, input: unknown): Record<string, unknown> {
  // No ledger, no column and no file can hold half a character: it is refused here, once for all fields.
  if (!isWellFormed(input)) throw inputWrong('Cannot read the input: a text has half a character, or it is nested too deep');
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.slice(0, 20).map((issue) => {
    const field =
      issue.path
        .map(String)
        .filter((part) => part in operation.input.shape || /^\d{1,6}$/.test(part))
        .join('.') || 'input';
    return issue.code === 'unrecognized_keys'
      ? `${field}: has ${issue.keys.length} unknown ${issue.keys.length === 1 ? 'key' : 'keys'}`
      : `${field}: ${describeIssue(issue)}`;
  });
  throw inputWrong(`Cannot read the input: ${details.join('; ')}`, details);
}
const DEEPEST = 32;
function isWellFormed(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return depth < DEEPEST && Object.values(value).every((part) => isWellFormed(part, depth + 1));
}
/** A message that we wrote in a contract is said as it is; zod's own are for who writes contracts. Neither quotes what was given. */
function describeIssue(issue: core.$ZodIssue): string {
  if (!/^(Too|Invalid) /.test(issue.message)) return KNOWN.has(issue.code) ? issue.message : 'is not what is asked for';
  switch (issue.code) {
    case 'too_big':
      return `may ${MEASURES[issue.origin] ? `have ${issue.maximum} ${MEASURES[issue.origin]}` : `be ${issue.maximum}`} at most`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'is missing';
      return `has to ${MEASURES[issue.origin] ? `have ${issue.minimum} ${MEASURES[issue.origin]}` : `be ${issue.minimum}`} at least`;
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is missing' : `has to be ${KINDS[issue.expected] ?? 'of another kind'}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'is not written as it has to be';
    case 'invalid_value':
      return issue.values.length > MOST_VALUES ? 'is none of those that are known' : `has to be one of these: ${issue.values.map(String).join(', ')}`;
    default:
      return 'is not what is asked for';
  }
}
const KNOWN: ReadonlySet<string> = new Set(['too_small', 'too_big', 'invalid_type', 'invalid_format', 'invalid_value', 'custom']);
const MEASURES: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' };
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
const FORMATS: Readonly<Record<string, string>> = {
  email: 'is no mail address, such as name@company.example',
  date: 'is no day, such as 2026-11-30',
  datetime: 'is no instant, such as 2026-11-30T12:00:00.000Z',
};
const MOST_VALUES = 20;
