import { consistencyProof, formatVkey, inclusionProof, leafHash, readEntry, type Entry } from '@underseal/ledger';
import { z } from 'zod';
import { inspected } from '#features/guard/contract.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { feature } from '#platform/server/feature.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';
import { readCursor, toPage, writeCursor } from '#platform/server/paging.ts';
import { evidence, evidenceFailures, type TimelineEntry } from '../contract.ts';
import { openDetails } from './details.ts';
import { nameAll } from './naming.ts';
import { idsIn, secretsIn, visibleData } from './rules.ts';
import { countWaiting, findCheckpoint, findEntry, findOrigin, findTile, listAbout, listEntries, listWaiting, type EntryRow } from './store.ts';

const Place = z.int();

export const evidenceFeature = feature(evidence, {
  secretTimeline: (ctx, { secretId, cursor, limit }) => timeline(ctx, secretId, { cursor, limit }),
  personTimeline: (ctx, { personId, cursor, limit }) => timeline(ctx, personId, { cursor, limit }),
  mine(ctx, { cursor, limit }) {
    if (ctx.actor.inDoubt) throw evidenceFailures.inDoubt('Cannot show your timeline: a colleague has to confirm first that it is you');
    return timeline(ctx, ctx.actor.id, { cursor, limit });
  },

  async entries(ctx, { cursor, limit }) {
    const before = readCursor(Place, cursor);
    const rows = await listEntries(ctx.tx, { before, limit: limit + 1 });
    const waiting = before === undefined ? await listWaiting(ctx.tx, { keys: ctx.services.keys, limit: 50 }) : [];
    const all = [...rows, ...waiting].map(({ leaf }) => readEntry(leaf));
    const { known } = await knownOf(ctx, secretsIn(all.map(({ open }) => open)));
    const names = await nameAll(ctx, all, known);
    const tell = (row: { readonly leaf: Buffer }) => {
      const entry = readEntry(row.leaf);
      const actor = actorOf(entry);
      // The columns beside the leaf are only for finding it: nobody signed over them.
      const told = { id: entry.id, at: entry.at, type: entry.type, leaf: row.leaf.toString('utf8') };
      return { ...told, actor, actorName: names.get(actor) ?? null, names: namesIn(entry.open, names) };
    };
    const page = toPage(rows, limit, {
      key: (row) => row.index,
      item: (row) => ({ ...tell(row), index: row.index as number | null, digest: row.digest.toString('hex'), state: 'included' as 'included' | 'waiting' }),
    });
    const first = waiting.map((row) => ({
      ...tell(row),
      index: null,
      digest: Buffer.from(leafHash(sha256, row.leaf)).toString('hex'),
      state: 'waiting' as const,
    }));
    return { items: [...first, ...page.items], next: page.next };
  },

  async checkpoint(ctx) {
    const [last, waiting, { origin }] = [await findCheckpoint(ctx.tx), await countWaiting(ctx.tx), await findOrigin(ctx.tx)];
    return {
      size: last?.size ?? 0,
      root: last?.root.toString('hex') ?? '',
      note: last?.note ?? null,
      verifier: formatVkey(sha256, origin, ctx.services.keys.checkpointSigner(origin).publicKey),
      waiting,
    };
  },

  async proof(ctx, { index }) {
    const checkpoint = await findCheckpoint(ctx.tx);
    const entry = await findEntry(ctx.tx, index);
    // What got its place a moment ago may stand behind the checkpoint that was read.
    if (!checkpoint || !entry || index >= checkpoint.size) throw evidenceFailures.entryMissing('Cannot find this entry in the tree');
    const proof = await inclusionProof(sha256, { index, size: checkpoint.size, tile: tilesOf(ctx) });
    return {
      index,
      size: checkpoint.size,
      leaf: entry.leaf.toString('utf8'),
      proof: proof.map((hash) => Buffer.from(hash).toString('hex')),
      note: checkpoint.note,
    };
  },

  async consistency(ctx, { from }) {
    const checkpoint = await findCheckpoint(ctx.tx);
    if (!checkpoint || checkpoint.size < from) throw evidenceFailures.checkpointMissing('Cannot find a checkpoint of as many entries');
    const proof = await consistencyProof(sha256, { oldSize: from, size: checkpoint.size, tile: tilesOf(ctx) });
    return { from, size: checkpoint.size, proof: proof.map((hash) => Buffer.from(hash).toString('hex')), note: checkpoint.note };
  },
});

function tilesOf({ tx }: Ctx) {
  return async (level: number, at: number) => (await findTile(tx, level, at))?.hashes ?? new Uint8Array();
}

/** A page of what was recorded about one subject, as far as the asker may know of the secrets in it: what he may not takes no place in it. */
async function timeline(ctx: Ctx, subject: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
  const shown: { place: number; item: Told }[] = [];
  let before = readCursor(Place, cursor);
  // Much may be hidden: what is read for one page has an end all the same.
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { rows, last } = await listAbout(ctx.tx, subject, { keys: ctx.services.keys, before, limit: limit + 1 });
    shown.push(...(await tellAll(ctx, rows)));
    before = last;
    if (last === undefined) return toPage(shown, limit, { key: ({ place }) => place, item: ({ item }) => item });
    if (shown.length > limit) break;
  }
  const page = toPage(shown, limit, { key: ({ place }) => place, item: ({ item }) => item });
  return { items: page.items, next: page.next ?? writeCursor(before) };
}
const ROUNDS_MAX = 20;

type Told = z.output<typeof TimelineEntry>;
/** What of each row the asker may see; rows that are about secrets unknown to him are left out. */
async function tellAll(ctx: Ctx, rows: readonly EntryRow[]): Promise<{ place: number; item: Told }[]> {
  const entries = rows.map((row) => ({ row, entry: readEntry(row.leaf) }));
  const { known, owned } = await knownOf(ctx, secretsIn(entries.map(({ entry }) => entry.open)));
  const details = await openDetails(ctx, entries, (hidden) => (hidden.kind === 'secret' ? known.has(hidden.subject) : hidden.subject === ctx.actor.id));
  const names = await nameAll(
    ctx,
    entries.map(({ entry }) => entry),
    known,
  );
  return entries.flatMap(({ row, entry }) => {
    const { actor: _actor, via: _via, ...open } = entry.open;
    const data = visibleData(open, (id) => known.has(id)) as Told['data'] | undefined;
    if (!data || !isForAsker(ctx, entry)) return [];
    // As the guard tells it: what is advised would tell the tier of a secret that is left out.
    if (entry.type === inspected.name && lengthOf(data['matches']) < lengthOf(entry.open['matches'])) data['action'] = 'block';
    const actor = isNamed(ctx, entry, owned) ? actorOf(entry) : null;
    const told = { id: entry.id, at: entry.at, type: entry.type, actor, actorName: names.get(actor ?? '') ?? null, data };
    return [{ place: row.place, item: { ...told, details: (details.get(row.id) ?? {}) as Told['details'], names: namesIn(data, names) } }];
  });
}

/** Who was let in, and why, is told to those who may list it; others hear of themselves. */
const ABOUT_ACCESS = /^(access\.|register\.owner_|door\.refused$)/;
function isForAsker({ actor }: Ctx, { type, open }: Entry): boolean {
  return !ABOUT_ACCESS.test(type) || ['access:list', 'evidence:entries'].some((needed) => actor.permissions.has(needed)) || idsIn(open).has(actor.id);
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
function namesIn(data: unknown, names: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...idsIn(data)].flatMap((id) => (names.has(id) ? [[id, names.get(id)!]] : [])));
}

/** Which of these the asker may know of, and which are hers. */
async function knownOf(ctx: Ctx, secretIds: ReadonlySet<string>): Promise<{ known: Set<string>; owned: Set<string> }> {
  const may = await ctx.services.gate.decideAll(ctx.tx, { who: ctx.actor.id, secretIds, at: ctx.now });
  return { known: new Set(may.keys()), owned: new Set([...may].flatMap(([id, { own }]) => (own ? [id] : []))) };
}

/** Who had something inspected is told as the guard tells it: to whoever asked, to owners of what matched, and to those who may read who asks and what is recorded. */
function isNamed(ctx: Ctx, entry: Entry, owned: ReadonlySet<string>): boolean {
  if (entry.type !== 'guard.inspected' || actorOf(entry) === ctx.actor.id) return true;
  if (ctx.actor.permissions.has('guard:who') || ctx.actor.permissions.has('evidence:entries')) return true;
  return [...secretsIn(entry.open)].some((id) => owned.has(id));
}

function actorOf(entry: Entry): string {
  return String(entry.open['actor']);
}
