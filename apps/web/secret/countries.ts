import { JURISDICTIONS } from '#features/register/contract.ts';

/** Countries as people type them: by two letters, with spaces or commas between. Undefined where one of them is something else. */
export function readCountries(text: string): string[] | undefined {
  const countries = text
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  return countries.every((one) => JURISDICTIONS.includes(one)) ? [...new Set(countries)] : undefined;
}
export const COUNTRIES_WANTED = 'One of these is no country. Give each by its two letters, such as DE, GB, TW; EU is the Union';
