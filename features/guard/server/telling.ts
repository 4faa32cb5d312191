import { Failure, type DocumentId, type SecretId, type VersionId } from '@underseal/contract';
import { register } from '#features/register/contract.ts';
import type { describeSecrets } from '#features/register/server/index.ts';
import { vault } from '#features/vault/contract.ts';
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
  const titles = createTitles(ctx);
  const told = [];
  let cut = false;
  for (const one of found) {
    const { source } = one;
    const may = await (mayReview ? knowing.may(source.secretId) : knowing.opens(source.secretId));
    if (!may && !(mayReview && (await knowing.mayMaker(source.secretId)))) continue;
    cut = told.length === TOLD.matches;
    if (cut) break;
    const secret = secrets.get(source.secretId)!;
    const part = reading.parts[one.part];
    told.push({
      secret: source.secretId as SecretId,
      codeName: may ? secret.codeName : '',
      document: labelOf(source),
      version: source.elementNumber === null ? (source.id as VersionId) : null,
      element: source.elementNumber,
      title: may ? await titles.of(source) : '',
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
    });
  }
  return { told, cut };
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

/** What register and vault tell this asker of a source's name. Whoever may know of a secret and still not list its documents is told none. */
export function createTitles(ctx: Ctx) {
  const headings = new Map<string, ReadonlyMap<number, string>>();
  const headingOf = async (secretId: string, number: number) => {
    if (!ctx.actor.permissions.has(register.show.needs)) return '';
    if (!headings.has(secretId)) {
      const { elements } = await ctx.call(register.show, { secretId: secretId as SecretId });
      headings.set(secretId, new Map(elements.map((element) => [element.number, element.heading])));
    }
    return headings.get(secretId)!.get(number) ?? '';
  };
  const nameOf = async (documentId: string, versionId: string) => {
    if (!ctx.actor.permissions.has(vault.versions.needs)) return '';
    for (let cursor: string | undefined; ;) {
      const { items, next } = await ctx.call(vault.versions, { documentId: documentId as DocumentId, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      const version = items.find(({ id }) => id === versionId);
      if (version || next === null) return version?.name ?? '';
      cursor = next;
    }
  };
  return {
    async of(source: Pick<Source, 'id' | 'secretId' | 'elementNumber' | 'lineage'>): Promise<string> {
      try {
        return source.elementNumber === null ? await nameOf(source.lineage, source.id) : await headingOf(source.secretId, source.elementNumber);
      } catch (error) {
        // The gate says no to a row that was moved to another secret: then there is no name, and the verdict stands.
        if (error instanceof Failure) return '';
        throw error;
      }
    },
  };
}
