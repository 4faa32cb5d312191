/** What a mail names its parts that have no name: the number in the mail, as "part 1.2". */
const OF_MAIL = /^part \d+(\.\d+)*$/;
const BESIDE: Readonly<Record<string, string>> = {
  mail: 'headers of the mail',
  hidden: 'hidden: comments, scripts, properties',
  template: 'styles and masters',
  names: 'names of the entries',
  deleted: 'deleted text',
};

/** How people are told which part of something is meant: the names that lead to it, and what of it. Undefined for the content itself. */
export function namePart({ path, kind }: { readonly path: readonly string[]; readonly kind?: string | undefined }): string | undefined {
  const names = path.map((name, i) => (!OF_MAIL.test(name) ? name : i === path.length - 1 && kind !== undefined ? 'the mail’s text' : 'a part of the mail'));
  const beside = kind === undefined ? undefined : BESIDE[kind];
  if (names.length === 0) return beside;
  return beside === undefined ? names.join(' / ') : `${names.join(' / ')} (${beside})`;
}
