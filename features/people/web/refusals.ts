import { Failure } from '@underseal/contract';

/** What the server says is wrong with single fields: `password: repeats itself` stands at the password. */
export function refusedFields<Name extends string>(error: unknown, names: readonly Name[]): Partial<Record<Name, string>> {
  if (!(error instanceof Failure)) return {};
  const found: Partial<Record<Name, string>> = {};
  for (const detail of error.details) {
    const cut = detail.indexOf(': ');
    const name = names.find((one) => one === detail.slice(0, cut).split('.')[0]);
    if (name && found[name] === undefined) found[name] = sentence(detail.slice(cut + 2));
  }
  return found;
}

export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}

function sentence(text: string): string {
  const whole = /^(is|repeats|follows|has) /.test(text) ? `It ${text}` : text;
  return `${whole[0]?.toUpperCase() ?? ''}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}

const LEAST_CHARACTERS = 12;
export function passwordProblem(password: string): string | undefined {
  return [...password].length < LEAST_CHARACTERS
    ? `Too short: at least ${LEAST_CHARACTERS} characters. A few words that do not belong together are easy to keep.`
    : undefined;
}
export function emailProblem(email: string): string | undefined {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) ? undefined : 'This is not a mail address, such as name@company.example.';
}
/** Only what is wrong, so that an empty answer means: send it. */
export function problems<Name extends string>(found: Readonly<Record<Name, string | undefined>>): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined)) as Partial<Record<Name, string>>;
}
