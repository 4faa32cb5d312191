import { Failure } from '@underseal/contract';

export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}

const LEAST_CHARACTERS = 12;
export function passwordProblem(password: string): string | undefined {
  return [...password].length < LEAST_CHARACTERS
    ? `Too short: at least ${LEAST_CHARACTERS} characters. A few words that do not belong together are easy to keep.`
    : undefined;
}
export function emailProblem(email: string): string | undefined {
  if (email.trim() === '') return 'Give the mail address.';
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) ? undefined : 'This is not a mail address, such as name@company.example.';
}
/** Only what is wrong, so that an empty answer means: send it. */
export function problems<Name extends string>(found: Readonly<Record<Name, string | undefined>>): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined)) as Partial<Record<Name, string>>;
}
