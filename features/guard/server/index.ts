import { sql } from 'kysely';
import { InspectionId, SecretId, VersionId, ElementId } from '@underseal/contract';
import { z } from 'zod';
import { describeSecrets } from '#features/register/server/index.ts';
import { elementAdded, entered } from '#features/register/contract.ts';
import { stored } from '#features/vault/contract.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { feature, prepared } from '#platform/server/feature.ts';
import { CursorInstant, readCursor, toPage } from '#platform/server/paging.ts';
import { guard, guardFailures, inspected, passagesShown, TOLD } from '../contract.ts';
import { HEARS, type Index } from './index-store.ts';
import { engineOf, startGuard } from './engine.ts';
import { readSource, sourceOf } from './fingerprinting.ts';
import { inspectContent, type Inspected } from './inspecting.ts';
import { describe, tellKept } from './describing.ts';
import { askAbout, knowsAll } from './knowing.ts';
import { matchHolds, passagesHold, sealedInspections, sealInspection, sealMatch, sealPassages, tellChanged } from './sealed-inspections.ts';
import { sealedSources, sealSource } from './sealed.ts';
import { passagesOf, type ReadPart } from './reading.ts';
import { labelOf, tellMatches, tellParts } from './telling.ts';
import { actionOf, caseNumberOf, idsOfCase, RECORDED, verdictOf } from './rules.ts';
import {
  findFingerprint,
  findInspection,
  findMatch,
  findMatchOfDocument,
  insertInspection,
  insertMatches,
  KEPT,
  listByBeginning,
  listExposure,
  listInspections,
  listOfSecret,
  listStates,
  listUnrecognised,
  queueFingerprint,
  type FingerprintRow,
  type InspectionRecord,
  type Unrecognised,
} from './store.ts';

const Before = z.strictObject({ at: CursorInstant, id: InspectionId });
const SourceId = z.union([VersionId, ElementId]);
const beforeOf = (row: InspectionRecord) => ({ at: row.at.toISOString(), id: row.id });

export const guardFeature = feature(
  guard,
  {
    inspect: prepared<typeof guard.inspect, Inspected>({
      prepare: ({ services, actor }, input) => inspectContent(engineOf(services), input, actor.id),
      async run(ctx, { exit }, all) {
        const { bytes, characters, reading, found, more, unread } = all;
        const matched = new Set(found.map(({ source }) => source.secretId));
        const secrets = await describeSecrets(ctx.services, ctx.tx, [...matched]);
        const reasons = [...new Set(unread.map((problem) => problem.reason))];
        const verdict = verdictOf({ matches: found.length, unread: reasons });
        const knowing = await askAbout(ctx, matched);
        const mayReview = ctx.actor.permissions.has('guard:review');
        const highestTier = more ? 3 : Math.max(0, ...found.map(({ source }) => secrets.get(source.secretId)?.tier ?? 3));
        const isMild = verdict === 'match' && highestTier === 1;
        const mayKnow = isMild && mayReview && knowsAll(knowing, matched);
        const action = actionOf(verdict, { highestTier, mayKnow });
        const id = ctx.services.newId('ins') as InspectionId;
        const { keys } = ctx.services;
        const kept = found.slice(0, KEPT);
        const row = { id, at: ctx.now, actor_id: ctx.actor.id, exit, verdict, action, bytes, unread: reasons, matches: kept.length };
        await insertInspection(ctx.tx, { ...row, seal: sealInspection(keys, row) });
        await insertMatches(
          ctx.tx,
          kept.map(({ source, confidence, characters, wholeAt, passages }) => {
            const match = {
              inspection_id: id,
              source_id: source.id,
              secret_id: source.secretId,
              element_number: source.elementNumber,
              confidence,
              characters,
              whole: wholeAt !== null,
              passages,
              at: ctx.now,
            };
            return { ...match, seal: sealMatch(keys, match), passages_seal: sealPassages(keys, match) };
          }),
        );
        const listed = found.slice(0, RECORDED.matches);
        const most = Math.min(RECORDED.passages, Math.floor(RECORDED.allPassages / Math.max(1, listed.length)));
        ctx.record(inspected, {
          inspectionId: id,
          exit,
          verdict,
          action,
          bytes,
          unread: reasons,
          matches: listed.map(({ source, characters, confidence, wholeAt, passages }) => ({
            secretId: source.secretId as never,
            source: labelOf(source),
            elements: source.elementNumber === null ? [] : [source.id as never],
            characters,
            confidence,
            whole: wholeAt !== null,
            passages: passages.slice(0, most).map(({ from, to, srcFrom, srcTo }) => ({ from, to, sourceFrom: srcFrom, sourceTo: srcTo })),
          })),
          cut: more || found.length > listed.length || found.some(({ cut, passages }) => cut || passages.length > most),
        });
        const told = mayReview || ctx.actor.kind === 'person' ? await tellMatches(ctx, all, { secrets, knowing, mayReview }) : undefined;
        const matches = mayReview || (told && told.told.length > 0) ? told : undefined;
        const withText = new Set(exit === 'page' ? matches?.told.flatMap(({ passages }) => passages.map(({ part }) => part)) : []);
        return {
          id,
          at: ctx.now.toISOString(),
          exit,
          verdict,
          action,
          bytes,
          characters,
          parts: tellParts(all, withText),
          unread: unread.slice(0, TOLD.unread).map(({ path, reason }) => ({ path: path.map(String), reason })),
          matches: matches?.told ?? null,
          caseNumber: verdict === 'match' ? caseNumberOf(id) : null,
          cut: [
            ...(reading.parts.length > TOLD.parts ? ['parts' as const] : []),
            ...(unread.length > TOLD.unread ? ['unread' as const] : []),
            ...(matches && (matches.cut || (more && matches.told.length > 0)) ? ['matches' as const] : []),
          ],
        };
      },
    }),

    async list(ctx, { verdict, cursor, limit }) {
      const rows = await listInspections(ctx.tx, { verdict, before: readCursor(Before, cursor), limit: limit + 1 });
      return toPage(await describe(ctx, rows), limit, { key: ({ row }) => beforeOf(row), item: ({ item }) => item });
    },
    async show(ctx, { inspectionId }) {
      const row = await findInspection(ctx.tx, inspectionId);
      if (!row) throw guardFailures.inspectionMissing('Cannot find this inspection');
      const [described] = await describe(ctx, [row]);
      return tellKept(ctx, described!);
    },
    async find(ctx, { caseNumber }) {
      const described = await describe(ctx, await listByBeginning(ctx.tx, idsOfCase(caseNumber)));
      return { items: described.map(({ item }) => item).filter((item) => item.caseNumber !== null) };
    },
    async exposure(ctx, { secretId, cursor, limit }) {
      const rows = await listExposure(ctx.tx, secretId, { before: readCursor(Before, cursor), limit: limit + 1 });
      return toPage(await describe(ctx, rows), limit, { key: ({ row }) => beforeOf(row), item: ({ item }) => item });
    },

    passages: prepared<typeof guard.passages, readonly ReadPart[] | undefined>({
      async prepare({ services, db }, { inspectionId, secretId, source }) {
        const match = await findSourceMatch({ services, tx: db }, { inspectionId, secretId, source });
        const row = match && (await findFingerprint(db, match.source_id));
        return row?.secret_id === secretId ? (await readSource({ services, sandbox: engineOf(services).sandbox }, row)).parts : undefined;
      },
      async run(ctx, { inspectionId, secretId, source }, parts) {
        const match = await findSourceMatch(ctx, { inspectionId, secretId, source });
        if (!match || parts === undefined) throw guardFailures.inspectionMissing('Cannot find this match');
        ctx.record(passagesShown, { secretId, inspectionId, source });
        const passages = match.passages as { srcFrom: number; srcTo: number }[];
        return { passages: passagesOf(parts, passages.slice(0, TOLD.passages)), cut: passages.length > TOLD.passages };
      },
    }),

    async unrecognised(ctx, { cursor, limit }) {
      const { gate } = ctx.services;
      const rows = await listUnrecognised(ctx.tx, {
        known: gate.known(ctx.actor, ctx.now, sql.ref('secret.id')),
        after: readCursor(SecretId, cursor),
        limit: limit + 1,
      });
      const { items, next } = toPage(rows, limit, { key: (row) => row.secret_id, item: (row) => row });
      const asked = items.map(({ secret_id, powers }) => ({ secretId: secret_id, powers }));
      const given = await gate.gives(ctx.tx, asked, { who: ctx.actor.id, at: ctx.now });
      const mine = items.filter((row) => given.get(row.secret_id)!.know);
      const secrets = await describeSecrets(
        ctx.services,
        ctx.tx,
        mine.map((row) => row.secret_id),
      );
      return { items: mine.map((row) => ({ secretId: row.secret_id as SecretId, ...secrets.get(row.secret_id)!, why: whyOf(row) })), next };
    },

    async recognition({ tx, services }, { secretId }) {
      const { index } = engineOf(services);
      const counts = { whole: 0, inPart: 0, asFile: 0, none: 0, pending: 0 };
      for (const row of await listStates(tx, secretId)) {
        const state = stateIn(index, row);
        if (state === 'pending') counts.pending++;
        else if (state === 'ready') counts[row.is_partial ? 'inPart' : 'whole']++;
        else counts[index.isKnownAsFile(row.source_id) ? 'asFile' : 'none']++;
      }
      return counts;
    },

    async fingerprints(ctx, { secretId, sourceIds, cursor, limit }) {
      const { index } = engineOf(ctx.services);
      const rows = await listOfSecret(ctx.tx, secretId, { among: sourceIds, after: readCursor(SourceId, cursor), limit: limit + 1 });
      return toPage(rows, limit, {
        key: (row) => row.source_id,
        item: (row) => ({
          source: sourceOf(row),
          document: row.element_number === null ? (row.lineage as never) : null,
          version: row.element_number === null ? (row.source_id as VersionId) : null,
          state: stateIn(index, row),
          asFile: index.isKnownAsFile(row.source_id),
          reason: row.reason ?? (row.unread.length > 0 ? `in part unread: ${row.unread.join(', ')}` : null),
        }),
      });
    },
  },
  {
    reactions: [
      {
        name: HEARS,
        on: [stored, entered, elementAdded],
        async handle({ tx, now, services, send }, { type, data }) {
          const secretId = String(data['secretId']);
          const queue = async (id: string, lineage: string, elementNumber: number | null) => {
            const seal = sealSource(services.keys, { source_id: id, lineage, secret_id: secretId, element_number: elementNumber, state: 'pending' });
            await queueFingerprint(tx, { id, lineage, secretId, elementNumber, at: now, seal });
            send('guard.fingerprint', { sourceId: id }, id);
          };
          if (type === stored.name) await queue(String(data['versionId']), String(data['documentId']), null);
          else if (type === elementAdded.name) await queue(String(data['elementId']), String(data['elementId']), Number(data['number']));
          else for (const [i, id] of (data['elementIds'] as string[]).entries()) await queue(id, id, i + 1);
        },
      },
    ],
    sealed: [sealedSources, sealedInspections],
    start: startGuard,
  },
);

/** What this process cannot match yet is not said to be ready, whatever the row says. */
function stateIn(index: Index, { source_id, state }: Pick<FingerprintRow, 'source_id' | 'state'>) {
  return state === 'ready' && !index.source(source_id) ? 'pending' : (state as 'pending' | 'ready' | 'empty' | 'failed');
}

function whyOf({ is_pending, has_sources }: Unrecognised) {
  if (is_pending) return 'being-read' as const;
  return has_sources ? ('unreadable' as const) : ('nothing-stored' as const);
}

/** A document's match is kept under the version that matched, and asked for by document: it must be of that very document. One that was changed by hand is none. */
async function findSourceMatch(
  { services: { keys, alarm }, tx }: Pick<Ctx, 'services' | 'tx'>,
  { inspectionId, secretId, source }: { inspectionId: string; secretId: string; source: string },
) {
  const direct = await findMatch(tx, inspectionId, source);
  const match = direct ?? (await findMatchOfDocument(tx, inspectionId, { secretId, documentId: source }));
  if (match?.secret_id !== secretId) return undefined;
  if (matchHolds(keys, match) && passagesHold(keys, match)) return match;
  tellChanged(alarm, inspectionId);
  return undefined;
}
