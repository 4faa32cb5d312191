import { createCipheriv } from 'node:crypto';
import { buildSegment, fingerprintKey, openSegment, type FingerprintKey, type Registration, type Segment } from '@underseal/fingerprint';
import type { Services } from '#platform/server/services.ts';
import { unpackPrints } from './prints.ts';
import { listReady, listReadySince } from './store.ts';

/** What a fingerprint was made of. */
export interface Source {
  readonly id: string;
  readonly secretId: string;
  readonly elementNumber: number | null;
  /** UTF-16 units of the registered text. */
  readonly characters: number;
}
/** The scanner's index in memory: a few immutable segments, each at least twice as large as the next. */
export interface Index {
  readonly key: FingerprintKey;
  readonly segments: () => readonly Segment[];
  readonly source: (id: string) => Source | undefined;
  /** Brings in sources that became ready. Concurrent calls share their work. */
  bring(ids: readonly string[]): Promise<void>;
  /** Brings in all that became ready since, also by another replica. */
  refresh(): Promise<void>;
  isLoaded(): boolean;
}
interface Part {
  readonly segment: Segment;
  readonly ids: readonly string[];
}

const ROWS_AT_ONCE = 200;
/** Clocks of replicas differ, and a row is dated before it commits. */
const OVERLAP_MS = 10 * 60_000;
const WHOLE_AGAIN_MS = 3600_000;

export function createIndex(services: Services): Index {
  const key = openFingerprintKey(services);
  const sources = new Map<string, Source>();
  const wanted = new Set<string>();
  let parts: readonly Part[] = [];
  let newest = 0;
  let listedWhole = -Infinity;
  let loaded = false;
  let running: Promise<void> | undefined;

  const read = async (ids: readonly string[]): Promise<Registration[]> => {
    const registrations: Registration[] = [];
    for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
      for (const row of await listReady(services.db, ids.slice(from, from + ROWS_AT_ONCE))) {
        const prints = unpackPrints(services.keys.openBytes('fingerprint', printsContext(row.source_id), row.sealed!));
        registrations.push({ id: row.source_id, lineage: row.lineage, prints });
        sources.set(row.source_id, { id: row.source_id, secretId: row.secret_id, elementNumber: row.element_number, characters: prints.characters });
      }
    }
    return registrations;
  };
  /** What is new takes the small segments before it along: a source is built anew only as often as its segment doubles. */
  const work = async () => {
    while (wanted.size > 0) {
      const fresh = [...wanted].filter((id) => !sources.has(id));
      wanted.clear();
      if (fresh.length === 0) continue;
      const kept = [...parts];
      let ids: readonly string[] = fresh;
      while (kept.length > 0 && kept.at(-1)!.ids.length < 2 * ids.length) ids = [...kept.pop()!.ids, ...ids];
      const registrations = await read(ids);
      if (registrations.length > 0) parts = [...kept, { segment: openSegment(buildSegment(registrations)), ids: registrations.map(({ id }) => id) }];
    }
  };
  const bring = async (ids: readonly string[]) => {
    for (const id of ids) wanted.add(id);
    // Work under way may have looked for the last time already.
    while (wanted.size > 0 || running) await (running ??= work().finally(() => (running = undefined)));
  };
  return {
    key,
    segments: () => parts.map(({ segment }) => segment),
    source: (id) => sources.get(id),
    bring,
    async refresh() {
      const whole = performance.now() - listedWhole > WHOLE_AGAIN_MS;
      if (whole) listedWhole = performance.now();
      const rows = await listReadySince(services.db, whole ? undefined : new Date(newest - OVERLAP_MS));
      for (const { built_at } of rows) newest = Math.max(newest, built_at!.getTime());
      await bring(rows.map((row) => row.source_id));
      loaded = true;
    },
    isLoaded: () => loaded,
  };
}

export function printsContext(sourceId: string): string {
  return `guard_fingerprint|prints|${sourceId}`;
}

/** AES-128 as the pseudo-random function of the engine, under a key that the database does not have. */
function openFingerprintKey({ keys }: Services): FingerprintKey {
  const key = keys.key('fingerprint', 'identity').export().subarray(0, 16);
  return fingerprintKey((blocks) => {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    return cipher.update(blocks);
  });
}
