import { Failure, type DocumentId, type SecretId, type VersionId } from '@underseal/contract';
import { register } from '#features/register/contract.ts';
import type { describeSecrets } from '#features/register/server/index.ts';
import { vault } from '#features/vault/contract.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { TOLD } from '../contract.ts';
import type { Found, Inspected } from './inspecting.ts';
import { confidenceOf } from './rules.ts';

export type Secrets = Awaited<ReturnType<typeof describeSecrets>>;
/** Texts of matched parts go back to the page that gave them, to be shown beside what matched: of each part, and of all. */
const LONGEST_TEXT = 200_000;
const TEXTS = 1_000_000;

/** Documents are named by document, elements by element. */
export function labelOf({ source, lineage }: Found): string {
  return source.elementNumber === null ? lineage : source.id;
}

/** A person sees matches in secrets that he may know of; a program that may review sees ids of those that its maker may know of, but never a code name or a title. */
export async function tellMatches(ctx: Ctx, { found, reading }: Inspected, secrets: Secrets) {
  const known = new Map<string, boolean>();
  const titles = createTitles(ctx);
  const maker = ctx.actor.madeBy === undefined ? undefined : ({ ...ctx.actor, kind: 'person', id: ctx.actor.madeBy } as const);
  const mayMaker = async (secretId: string) =>
    maker !== undefined && !!(await ctx.services.gate.decide(ctx.tx, { actor: maker, id: secretId, at: ctx.now, hold: false }))?.may.know;
  const told = [];
  let cut = false;
  for (const one of found) {
    const { secretId, elementNumber } = one.source;
    if (!known.has(secretId)) {
      const subject = await ctx.services.gate.decide(ctx.tx, { actor: ctx.actor, id: secretId, at: ctx.now, hold: false });
      known.set(secretId, subject?.may.know ?? false);
    }
    const may = known.get(secretId)!;
    if (!may && !(await mayMaker(secretId))) continue;
    cut = told.length === TOLD.matches;
    if (cut) break;
    const secret = secrets.get(secretId)!;
    const part = reading.parts[one.part]!;
    told.push({
      secret: secretId as SecretId,
      codeName: may ? secret.codeName : '',
      document: labelOf(one),
      version: elementNumber === null ? (one.source.id as VersionId) : null,
      element: elementNumber,
      title: may ? await titles.of(one) : '',
      foundIn: { path: part.path.map(String), kind: part.kind },
      tier: secret.tier,
      channel: 'text' as const,
      confidence: confidenceOf(one.match.tier),
      characters: one.match.coverage,
      sourceCharacters: one.source.characters,
      passages: one.match.passages.map(({ from, to, srcFrom, srcTo, characters }) => ({
        part: one.part,
        from,
        to,
        sourceFrom: srcFrom,
        sourceTo: srcTo,
        characters,
      })),
      cut: one.match.truncated,
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
function createTitles(ctx: Ctx) {
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
    async of({ source, lineage }: Found): Promise<string> {
      try {
        return source.elementNumber === null ? await nameOf(lineage, source.id) : await headingOf(source.secretId, source.elementNumber);
      } catch (error) {
        // The gate says no to a row that was moved to another secret: then there is no name, and the verdict stands.
        if (error instanceof Failure) return '';
        throw error;
      }
    },
  };
}
