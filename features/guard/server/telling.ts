import type { SecretId, VersionId } from '@underseal/contract';
import { register } from '#features/register/contract.ts';
import { listHeadings, type describeSecrets } from '#features/register/server/index.ts';
import { vault } from '#features/vault/contract.ts';
import { listVersionNames } from '#features/vault/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { TOLD } from '../contract.ts';
import type { Source } from './index-store.ts';
import type { Inspected } from './inspecting.ts';
import type { Knowing } from './knowing.ts';

export type Secrets = Awaited<ReturnType<typeof describeSecrets>>;
/** Texts of matched parts go back to the page that gave them, to be shown beside what matched: of each part, and of all. */
const LONGEST_TEXT = 200_000;
const TEXTS = 1_000_000;

/** Documents are named by document, elements by element. */
export function labelOf({ elementNumber, lineage, id }: Pick<Source, 'elementNumber' | 'lineage' | 'id'>): string {
  return elementNumber === null ? lineage : id;
}

/**
 * Who reviews sees matches in secrets that he may know of, any other person in those that she may open: what stands in them is no news to her. A program that may review sees ids of those that its maker may know of, but never a code name or a title.
 */
export async function tellMatches(
  ctx: Ctx,
  { found, reading }: Inspected,
  { secrets, knowing, mayReview }: { secrets: Secrets; knowing: Knowing; mayReview: boolean },
) {
  const may = (id: string) => (mayReview ? knowing.may(id) : knowing.opens(id));
  const all = found.filter(({ source }) => may(source.secretId) || (mayReview && knowing.mayMaker(source.secretId)));
  const shown = all.slice(0, TOLD.matches);
  const titles = await findTitles(
    ctx,
    shown.map(({ source }) => source).filter(({ secretId }) => may(secretId)),
  );
  const told = shown.map((one) => {
    const { source } = one;
    const secret = secrets.get(source.secretId)!;
    const part = reading.parts[one.part];
    return {
      secret: source.secretId as SecretId,
      codeName: may(source.secretId) ? secret.codeName : '',
      mayOpen: knowing.opens(source.secretId),
      document: labelOf(source),
      version: source.elementNumber === null ? (source.id as VersionId) : null,
      element: source.elementNumber,
      title: titles.get(source.id) ?? '',
      foundIn: one.wholeAt ? { path: one.wholeAt.map(String), kind: 'file' } : { path: part?.path.map(String) ?? [], kind: part?.kind ?? 'text' },
      tier: secret.tier,
      channel: one.wholeAt ? ('file' as const) : ('text' as const),
      confidence: one.confidence,
      whole: one.wholeAt !== null,
      characters: one.characters,
      sourceCharacters: source.characters,
      passages: one.passages.map(({ part: number, from, to, srcFrom, srcTo, characters }) => ({
        part: number,
        from,
        to,
        sourceFrom: srcFrom,
        sourceTo: srcTo,
        characters,
      })),
      cut: one.cut,
    };
  });
  return { told, cut: all.length > shown.length };
}

/** The parts of the content, in their order; texts only of those that a told match lies in. */
export function tellParts({ reading }: Inspected, withText: ReadonlySet<number>) {
  let left = TEXTS;
  return reading.parts.slice(0, TOLD.parts).map(({ path, kind, text }, number) => {
    const isShown = withText.has(number) && text.length <= Math.min(left, LONGEST_TEXT);
    if (isShown) left -= text.length;
    return { path: path.map(String), kind, characters: text.length, text: isShown ? text : null };
  });
}

/**
 * What sources are called, by id, of secrets that the asker may know of. Whoever may know of a secret and still not list its documents is told no name of them, nor
 * of a row that was moved to another secret: the verdict stands without.
 */
export async function findTitles(ctx: Ctx, sources: readonly Pick<Source, 'id' | 'secretId' | 'elementNumber'>[]): Promise<ReadonlyMap<string, string>> {
  const of = (isElement: boolean) => sources.filter(({ elementNumber }) => (elementNumber !== null) === isElement);
  const headings = ctx.actor.permissions.has(register.show.needs) ? await listHeadings(ctx.services, ctx.tx, of(true)) : [];
  const names = ctx.actor.permissions.has(vault.versions.needs) ? await listVersionNames(ctx.services, ctx.tx, of(false)) : [];
  return new Map([...headings, ...names]);
}
