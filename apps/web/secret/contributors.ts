const MOST = 50;
const LONGEST = 200;

/** Names as people type them, one a line. Undefined where there are too many, or one is too long. */
export function readContributors(text: string): string[] | undefined {
  const names = text
    .split(/[\n\r]/)
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean);
  return names.length <= MOST && names.every((name) => name.length <= LONGEST) ? names : undefined;
}
export const CONTRIBUTORS_WANTED = 'One name a line: at most 50, each of at most 200 characters';
export const CONTRIBUTORS_HINT = 'Those who made it, one name a line; also who has no account, or has left. It gives nobody access.';
