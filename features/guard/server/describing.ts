import type { InspectionId } from '@underseal/contract';
import type { z } from 'zod';
import { listNames } from '#features/people/server/index.ts';
import { describeSecrets } from '#features/register/server/index.ts';
import type { Ctx } from '#platform/server/feature.ts';
import type { InspectionRow } from '../contract.ts';
import { askAbout } from './knowing.ts';
import { caseNumberOf } from './rules.ts';
import { judge, matchHolds, passagesHold, tellChanged } from './sealed-inspections.ts';
import { findLineages, listMatchedSecrets, listMatches, type InspectionRecord, type MatchedSecret } from './store.ts';
import { findTitles, labelOf } from './telling.ts';

/** Who may see the names of all who asked; the owner of a secret sees those of who had a passage of it before her. */
const NAMES = 'guard:who';

type Described = Awaited<ReturnType<typeof describe>>[number];
/**
 * Inspections as the asker may see them: matches in secrets unknown to him are not told of, nor is the tier by what was advised; the verdict stands. Of one that was
 * changed by hand, or whose matches were, only those matches are told that were not.
 */
export async function describe(ctx: Ctx, rows: readonly InspectionRecord[]) {
  const ids = rows.map((row) => row.id);
  const { matches, changed } = judge(ctx.services, rows, await listMatchedSecrets(ctx.tx, ids));
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
    const secretsTold = told.map((match) => ({
      secretId: match.secret_id as never,
      codeName: secrets.get(match.secret_id)!.codeName,
      characters: match.characters,
    }));
    return {
      row,
      known: told.map((match) => match.secret_id),
      codeNameOf: (secretId: string) => secrets.get(secretId)!.codeName,
      item: changed.has(row.id)
        ? changedOf(row, secretsTold)
        : {
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
            secrets: secretsTold,
          },
    };
  });
}

/** Whatever else its row says may be untrue. */
function changedOf({ id, at }: InspectionRecord, secrets: z.infer<typeof InspectionRow>['secrets']): z.infer<typeof InspectionRow> {
  return {
    id: id as InspectionId,
    at: at.toISOString(),
    exit: null,
    by: { kind: 'unknown', name: null, you: false },
    verdict: 'changed',
    action: 'block',
    bytes: null,
    unread: [],
    caseNumber: caseNumberOf(id),
    secrets,
  };
}

/** Matches that one inspection opens with. */
const SHOWN = 100;
/** The inspection with what is kept of the matches that the asker may know of. */
export async function tellKept(ctx: Ctx, { row, item, known, codeNameOf }: Described) {
  const { keys, alarm } = ctx.services;
  const found = await listMatches(ctx.tx, row.id, { secretIds: known, limit: SHOWN });
  const matches = found.filter((match) => matchHolds(keys, match) && passagesHold(keys, match));
  const isChanged = matches.length < found.length;
  if (isChanged) tellChanged(alarm, row.id);
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
  const told = kept.map(({ match, source }) => ({
    secret: match.secret_id as never,
    codeName: codeNameOf(match.secret_id),
    document: labelOf(source),
    element: match.element_number,
    title: titles.get(source.id) ?? '',
    confidence: match.confidence as 'certain',
    whole: match.whole,
    characters: match.characters,
    passages: (match.passages as unknown[]).length,
  }));
  return { ...(isChanged ? changedOf(row, item.secrets) : item), matches: told };
}
