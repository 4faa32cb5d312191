import { openSegment, type FingerprintKey, type Registration, type Segment } from '@underseal/fingerprint';
import { countParked } from '#platform/server/parked.ts';
import type { Services } from '#platform/server/services.ts';
import { unpackKnown, type Known } from './prints.ts';
import { buildShared } from './build-shared.ts';
import { identityKey } from './fingerprint-key.ts';
import { sealSource, sourceHolds } from './sealed.ts';
import { findFingerprint, listBuiltSince, listToKnow, markPending, type FingerprintRow } from './store.ts';

/** What a fingerprint was made of. */
export interface Source {
  readonly id: string;
  readonly secretId: string;
  readonly elementNumber: number | null;
  /** The document, for each of its versions. */
  readonly lineage: string;
  readonly bytes: number;
  /** SHA-256 of its bytes; empty for a file too large to be read. */
  readonly digest: string;
  /** UTF-16 units of the registered text; 0 where it holds none that can be recognised. */
  readonly characters: number;
}
/** A segment, and the shared memory that it is a view of. */
export interface Part {
  readonly number: number;
  readonly segment: Segment;
  readonly bytes: Uint8Array;
  readonly ids: readonly string[];
}
/** The scanner's index in memory: a few immutable segments, each at least twice as large as the next. */
export interface Index {
  readonly key: FingerprintKey;
  readonly parts: () => readonly Part[];
  readonly source: (id: string) => Source | undefined;
  /** Sources of these very bytes. Fewer than 32 are nobody's own. */
  readonly same: (file: { readonly bytes: number; readonly sha256: string }) => readonly Source[];
  readonly isKnownAsFile: (id: string) => boolean;
  /** Brings in sources that were read. Concurrent calls share their work. */
  bring(ids: readonly string[]): Promise<void>;
  /** Brings in all that was read since, also by another replica. */
  refresh(): Promise<void>;
  isLoaded(): boolean;
  /** Loaded, and nothing that was registered is missing in it: only then a text can be clear. */
  isWhole(): boolean;
}

const ROWS_AT_ONCE = 200;
/** As many as a passage has letters: an empty table or a line feed stands in files of everybody. */
const FEWEST_BYTES = 32;
/** Clocks of replicas differ, and a row is dated before it commits. */
const OVERLAP_MS = 10 * 60_000;
const WHOLE_AGAIN_MS = 3600_000;

export type Build = (registrations: readonly Registration[]) => Promise<Uint8Array>;
/** `build` may do its work elsewhere: what is put in order anew grows with the index. */
export function createIndex(services: Services, build: Build = async (registrations) => buildShared(registrations)): Index {
  const { key } = identityKey(services);
  const sources = new Map<string, Source>();
  const byDigest = new Map<string, Set<string>>();
  let parts: readonly Part[] = [];
  const wanted = new Set<string>();
  const broken = new Set<string>();
  let made = 0;
  let newest = 0;
  let listedWhole = -Infinity;
  let loaded = false;
  /** Something that was registered could not even be queued. */
  let unheard = false;
  let running: Promise<void> | undefined;

  const read = async (ids: readonly string[]) => {
    const registered: { readonly at: Date; readonly one: Registration }[] = [];
    const found: Source[] = [];
    for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
      for (const row of await listToKnow(services.db, ids.slice(from, from + ROWS_AT_ONCE))) {
        const known = openPrints(services, row);
        if (!known) continue;
        const { source_id: id, lineage, secret_id: secretId, element_number: elementNumber } = row;
        const { prints, bytes, digest } = known;
        if (prints) registered.push({ at: row.queued_at, one: { id, lineage, prints } });
        found.push({ id, lineage, secretId, elementNumber, bytes, digest, characters: prints?.characters ?? 0 });
      }
    }
    // What stands in many sources counts for those that had it first.
    registered.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.one.id < b.one.id ? -1 : 1));
    return { registrations: registered.map(({ one }) => one), found };
  };
  /** What is new takes the small segments before it along: a source is built anew only as often as its segment doubles. Nothing is given up before it is in. */
  const work = async () => {
    for (let tried = new Set<string>(); ;) {
      const fresh = [...wanted].filter((id) => !sources.has(id) && !tried.has(id));
      for (const id of wanted) if (sources.has(id) || tried.has(id)) wanted.delete(id);
      if (fresh.length === 0) return;
      const kept = [...parts];
      let ids: readonly string[] = fresh;
      while (kept.length > 0 && kept.at(-1)!.ids.length < 2 * ids.length) ids = [...kept.pop()!.ids, ...ids];
      const { registrations, found } = await read(ids);
      const there = new Set(found.map(({ id }) => id));
      const lost = new Set(ids.filter((id) => sources.has(id) && !there.has(id)));
      if (found.length > 0) {
        // All at once: nobody sees a source without its segment, nor the reverse.
        const added = registrations.length > 0 ? [toPart(++made, registrations, await build(registrations))] : [];
        for (const id of lost) sources.delete(id);
        for (const source of found) {
          sources.set(source.id, source);
          byDigest.set(source.digest, (byDigest.get(source.digest) ?? new Set()).add(source.id));
        }
        parts = [...kept, ...added];
      }
      for (const { id } of found) broken.delete(id);
      for (const id of [...lost, ...fresh.filter((one) => !sources.has(one))]) if (!broken.has(id)) await miss(id, lost.has(id));
      tried = new Set([...tried, ...fresh]);
    }
  };
  /** It was ready, and cannot be matched: no text is clear until it can. What is not ready yet, or cannot be read, is not missing. */
  const miss = async (id: string, wasThere: boolean) => {
    const row = await findFingerprint(services.db, id);
    if (!wasThere && (!row || row.state === 'pending')) return;
    broken.add(id);
    services.alarm('guard.fingerprint_broken', { source: id });
    // Its text lies in the vault, sealed apart: where only the fingerprints are damaged they are made again.
    if (row && row.state !== 'pending' && sourceHolds(services.keys, row)) await makeAgain(services, row);
  };
  const bring = async (ids: readonly string[]) => {
    for (const id of ids) if (!sources.has(id)) wanted.add(id);
    // Work under way may have looked for the last time already.
    while (wanted.size > 0 || running) await (running ??= work().finally(() => (running = undefined)));
  };
  return {
    key,
    parts: () => parts,
    source: (id) => sources.get(id),
    isKnownAsFile: (id) => (sources.get(id)?.digest ?? '') !== '' && sources.get(id)!.bytes >= FEWEST_BYTES,
    same: ({ bytes, sha256 }) => (bytes < FEWEST_BYTES ? [] : [...(byDigest.get(sha256) ?? [])].flatMap((id) => sources.get(id) ?? [])),
    bring,
    async refresh() {
      const whole = !loaded || performance.now() - listedWhole > WHOLE_AGAIN_MS;
      unheard = (await countParked(services.db, HEARS)) > 0;
      const rows = await listBuiltSince(services.db, whole ? undefined : new Date(newest - OVERLAP_MS));
      await bring(rows.map((row) => row.source_id));
      for (const { built_at } of rows) newest = Math.max(newest, built_at!.getTime());
      if (whole) listedWhole = performance.now();
      loaded ||= whole;
    },
    isLoaded: () => loaded,
    isWhole: () => loaded && broken.size === 0 && !unheard,
  };
}

/** By this reaction the guard hears of what was registered. */
export const HEARS = 'guard.fingerprint';

function toPart(number: number, registrations: readonly Registration[], bytes: Uint8Array): Part {
  return { number, bytes, segment: openSegment(bytes), ids: registrations.map(({ id }) => id) };
}

/** Undefined for a row that was changed by hand, or is damaged. */
function openPrints(services: Services, row: Awaited<ReturnType<typeof listToKnow>>[number]): Known | undefined {
  if (!sourceHolds(services.keys, row)) return undefined;
  try {
    return unpackKnown(services.keys.openBytes('fingerprint', printsContext(row.source_id), row.sealed!));
  } catch {
    return undefined;
  }
}

async function makeAgain({ db, keys, jobs }: Services, row: FingerprintRow): Promise<void> {
  await markPending(db, row.source_id, sealSource(keys, { ...row, state: 'pending' }));
  await jobs.send('guard.fingerprint', { sourceId: row.source_id }, row.source_id);
}

export function printsContext(sourceId: string): string {
  return `guard_fingerprint|prints|${sourceId}`;
}
