import type { InspectionId } from '@underseal/contract';
import { listNames } from '#features/people/server/index.ts';
import { describeSecrets } from '#features/register/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { askAbout } from './knowing.ts';
import { caseNumberOf } from './rules.ts';
import { findLineages, listMatchedSecrets, listMatches, type InspectionRecord, type MatchedSecret } from './store.ts';
import { findTitles, labelOf } from './telling.ts';

/** Who may see the names of all who asked; the owner of a secret sees those of who had a passage of it before her. */
const NAMES = 'guard:who';

type Described = Awaited<ReturnType<typeof describe>>[number];
/** Inspections as the asker may see them: matches in secrets unknown to him are not told of, nor is the tier by what was advised; the verdict stands. */
export async function describe(ctx: Ctx, rows: readonly InspectionRecord[]) {
  const ids = rows.map((row) => row.id);
  const matches = await listMatchedSecrets(ctx.tx, ids);
  const matched = new Set(matches.map((match) => match.secret_id));
  const knowing = await askAbout(ctx, matched);
  const secrets = await describeSecrets(
    ctx.services,
    ctx.tx,
    [...matched].filter((id) => knowing.may(id)),
  );
  const names = await listNames(
    ctx.services,
    ctx.tx,
    rows.map((row) => row.actor_id),
  );
  const maySee = (row: InspectionRecord, own: readonly MatchedSecret[]) =>
    row.actor_id === ctx.actor.id || ctx.actor.permissions.has(NAMES) || own.some((match) => knowing.owns(match.secret_id));
  return rows.map((row) => {
    const own = matches.filter((match) => match.inspection_id === row.id);
    const told = own.filter((match) => knowing.may(match.secret_id));
    return {
      row,
      known: told.map((match) => match.secret_id),
      codeNameOf: (secretId: string) => secrets.get(secretId)!.codeName,
      item: {
        id: row.id as InspectionId,
        at: row.at.toISOString(),
        exit: row.exit as 'api',
        by: {
          kind: row.actor_id.startsWith('tok_') ? ('program' as const) : ('person' as const),
          name: maySee(row, own) ? (names.get(row.actor_id) ?? null) : null,
          you: row.actor_id === ctx.actor.id,
        },
        verdict: row.verdict as 'clear',
        action: told.length < own.length ? ('block' as const) : (row.action as 'allow'),
        bytes: row.bytes,
        unread: row.unread as never[],
        caseNumber: row.verdict === 'match' ? caseNumberOf(row.id) : null,
        secrets: told.map((match) => ({ secretId: match.secret_id as never, codeName: secrets.get(match.secret_id)!.codeName, characters: match.characters })),
      },
    };
  });
}

/** Matches that one inspection opens with. */
const SHOWN = 100;
/** What is kept of the matches that the asker may know of. */
export async function tellKept(ctx: Ctx, { row, known, codeNameOf }: Described) {
  const matches = await listMatches(ctx.tx, row.id, { secretIds: known, limit: SHOWN });
  const lineages = await findLineages(
    ctx.tx,
    matches.map((match) => match.source_id),
  );
  const kept = matches.flatMap((match) => {
    const lineage = lineages.get(match.source_id);
    return lineage === undefined ? [] : [{ match, source: { id: match.source_id, secretId: match.secret_id, elementNumber: match.element_number, lineage } }];
  });
  const titles = await findTitles(
    ctx,
    kept.map(({ source }) => source),
  );
  return kept.map(({ match, source }) => ({
    secret: match.secret_id as never,
    codeName: codeNameOf(match.secret_id),
    document: labelOf(source),
    element: match.element_number,
    title: titles.get(source.id) ?? '',
    confidence: match.confidence as 'certain',
    whole: match.whole,
    characters: match.characters,
    passages: match.passages,
  }));
}
