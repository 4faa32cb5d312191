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

function sentence(text: string): string {
  const whole = /^(is|may|repeats|follows|has|lies) /.test(text) ? `It ${text}` : text;
  return `${whole[0]?.toUpperCase() ?? ''}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}
