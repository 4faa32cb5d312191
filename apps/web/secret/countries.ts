/** Countries as people type them: by two letters, with spaces or commas between. Undefined where one of them is something else. */
export function readCountries(text: string): string[] | undefined {
  const countries = text
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  return countries.every((one) => /^[A-Z]{2}$/.test(one)) ? [...new Set(countries)] : undefined;
}
export const COUNTRIES_WANTED = 'Countries by two letters: DE, TW';
