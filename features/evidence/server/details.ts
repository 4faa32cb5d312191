import { verifyDisclosure, type Entry } from '@underseal/ledger';
import type { Ctx } from '#platform/server/feature.ts';
import { preloadKeys } from '#platform/server/key-store.ts';
import { KeyError, type KeyRing, type KeyStore } from '#platform/server/keys.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';
import { listDisclosures, type EntryRow } from './store.ts';

/** Opens the disclosures that the asker may see; an erased one stays away and its field is simply not told. One that was damaged or taken away is not told either, and operators hear of it. */
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
    const opened = await open(ctx.services.keys, hidden, store);
    if (opened === 'erased') continue;
    const entry = entries.find(({ row }) => row.id === hidden.entry_id)!.entry;
    const verdict = opened === 'damaged' ? undefined : verifyDisclosure(sha256, entry, opened.text);
    if (verdict?.ok) details.set(hidden.entry_id, { ...details.get(hidden.entry_id), [hidden.name]: verdict.value });
    else ctx.services.alarm('ledger.disclosure_damaged', { entry: hidden.entry_id, field: hidden.name });
  }
  const there = new Set(all.map(({ entry_id, name }) => `${entry_id} ${name}`));
  for (const { row, entry } of entries)
    for (const field of Object.keys(entry.hidden))
      if (!there.has(`${row.id} ${field}`)) ctx.services.alarm('ledger.disclosure_missing', { entry: row.id, field });
  return details;
}

async function open(
  keys: KeyRing,
  hidden: { entry_id: string; name: string; subject: string; sealed: Buffer },
  store: KeyStore,
): Promise<{ text: string } | 'erased' | 'damaged'> {
  try {
    return { text: await keys.openDisclosure(hidden.subject, `${hidden.entry_id}|${hidden.name}`, hidden.sealed, store) };
  } catch (error) {
    if (error instanceof KeyError) return error.code === 'key_destroyed' ? 'erased' : 'damaged';
    throw error;
  }
}
