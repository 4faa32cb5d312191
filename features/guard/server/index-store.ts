import { createCipheriv } from 'node:crypto';
import { buildSegment, fingerprintKey, openSegment, type FingerprintKey, type Registration, type Segment } from '@underseal/fingerprint';
import type { Services } from '#platform/server/services.ts';
import { unpackPrints } from './prints.ts';
import { listReady, listReadyIds } from './store.ts';

/** What a fingerprint was made of. */
export interface Source {
  readonly id: string;
  readonly secretId: string;
  readonly elementNumber: number | null;
  /** UTF-16 units of the registered text. */
  readonly characters: number;
}
/** The scanner's index in memory: one large immutable segment and a few small ones for what came since. */
export interface Index {
  readonly key: FingerprintKey;
  readonly segments: () => readonly Segment[];
  readonly source: (id: string) => Source | undefined;
  /** Brings in what became ready since. Concurrent calls share one pass. */
  refresh(): Promise<void>;
  isLoaded(): boolean;
}

/** Small segments that are kept apart before all are built into one. */
const MERGE_ABOVE = 16;
const ROWS_AT_ONCE = 200;

export function createIndex(services: Services): Index {
  const key = openFingerprintKey(services);
  const sources = new Map<string, Source>();
  let registrations: Registration[] = [];
  let segments: Segment[] = [];
  let loaded = false;
  let running: Promise<void> | undefined;

  const load = async () => {
    const fresh = (await listReadyIds(services.db)).map((row) => row.source_id).filter((id) => !sources.has(id));
    const added: Registration[] = [];
    for (let from = 0; from < fresh.length; from += ROWS_AT_ONCE) {
      for (const row of await listReady(services.db, fresh.slice(from, from + ROWS_AT_ONCE))) {
        const prints = unpackPrints(services.keys.openBytes('fingerprint', printsContext(row.source_id), row.sealed!));
        added.push({ id: row.source_id, lineage: row.lineage, prints });
        sources.set(row.source_id, { id: row.source_id, secretId: row.secret_id, elementNumber: row.element_number, characters: prints.characters });
      }
    }
    if (added.length > 0) {
      registrations = [...registrations, ...added];
      const merge = segments.length >= MERGE_ABOVE || segments.length === 0;
      segments = merge ? [openSegment(buildSegment(registrations))] : [...segments, openSegment(buildSegment(added))];
    }
    loaded = true;
  };
  return {
    key,
    segments: () => segments,
    source: (id) => sources.get(id),
    refresh: () => (running ??= load().finally(() => (running = undefined))),
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
