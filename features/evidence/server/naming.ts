import { readEntry, type Entry } from '@underseal/ledger';
import { listNames } from '#features/people/server/index.ts';
import { describeSecrets } from '#features/register/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { openDetails } from './details.ts';
import { idsIn } from './rules.ts';
import { listFirst } from './store.ts';

/** What the ids in these entries are called. Of secrets, and of what belongs to them, only where the asker knows of the secret. */
export async function nameAll(ctx: Ctx, entries: readonly Entry[], known: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const ids = idsIn(entries.map(({ open }) => open));
  const of = (...prefixes: string[]) => [...ids].filter((id) => prefixes.includes(id.slice(0, 4)));
  const people = await listNames(ctx.services, ctx.tx, of('per_', 'tok_'));
  const secrets = await describeSecrets(ctx.services, ctx.tx, [...known]);
  const things = await nameThings(ctx, of('doc_', 'ver_', 'elm_'), known);
  return new Map([...people, ...[...secrets].map(([id, { codeName }]) => [id, codeName] as const), ...things]);
}

/** Versions and elements by the entry that made them: it holds the name of the one and the number of the other. */
async function nameThings(ctx: Ctx, ids: readonly string[], known: ReadonlySet<string>): Promise<[string, string][]> {
  const firsts = (await listFirst(ctx.tx, ids)).map((row) => ({ row, entry: readEntry(row.leaf) }));
  const details = await openDetails(ctx, firsts, ({ subject }) => known.has(subject));
  return firsts.flatMap(({ row, entry: { open } }): [string, string][] => {
    if (!known.has(String(open['secretId']))) return [];
    const elements = open['elementIds'];
    // The line that led here is not signed: what the entry itself does not say of it was put there.
    const isOf = open['elementId'] === row.subject || open['versionId'] === row.subject || open['documentId'] === row.subject;
    const number = Array.isArray(elements) ? elements.indexOf(row.subject) + 1 : isOf ? Number(open['number']) : 0;
    if (!(number > 0)) return [];
    const name = details.get(row.id)?.['name'];
    if (row.subject.startsWith('elm_')) return [[row.subject, `element ${number}`]];
    return typeof name === 'string' ? [[row.subject, number > 1 && row.subject.startsWith('ver_') ? `${name}, version ${number}` : name]] : [];
  });
}
