import { verifyDisclosure, type Entry } from '@underseal/ledger';
import type { Ctx } from '#platform/server/feature.ts';
import { preloadKeys } from '#platform/server/key-store.ts';
import { KeyError, type KeyRing, type KeyStore } from '#platform/server/keys.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';
import { listDisclosures, type EntryRow } from './store.ts';

/** Opens the disclosures that the asker may see; an erased one stays away and its field is simply not told. */
export async function openDetails(ctx: Ctx, entries: readonly { row: EntryRow; entry: Entry }[], may: (hidden: { kind: string; subject: string }) => boolean) {
  const details = new Map<string, Record<string, unknown>>();
  const all = await listDisclosures(
    ctx.tx,
    entries.map(({ row }) => row.id),
  );
  const mine = all.filter(may);
  const store = await preloadKeys(
    ctx.tx,
    'disclosure',
    mine.map(({ subject }) => subject),
  );
  for (const hidden of mine) {
    const text = await openUnlessErased(ctx.services.keys, hidden, store);
    const entry = entries.find(({ row }) => row.id === hidden.entry_id)!.entry;
    const verdict = text === undefined ? undefined : verifyDisclosure(sha256, entry, text);
    if (verdict?.ok) details.set(hidden.entry_id, { ...details.get(hidden.entry_id), [hidden.name]: verdict.value });
  }
  return details;
}

async function openUnlessErased(
  keys: KeyRing,
  hidden: { entry_id: string; name: string; subject: string; sealed: Buffer },
  store: KeyStore,
): Promise<string | undefined> {
  try {
    return await keys.openDisclosure(hidden.subject, `${hidden.entry_id}|${hidden.name}`, hidden.sealed, store);
  } catch (error) {
    if (error instanceof KeyError && error.code === 'key_destroyed') return undefined;
    throw error;
  }
}
