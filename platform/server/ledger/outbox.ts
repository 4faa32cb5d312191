import { randomBytes } from 'node:crypto';
import type { EventDefinition } from '@underseal/contract';
import { buildEntry, readEntry } from '@underseal/ledger';
import { sql } from 'kysely';
import { sendWithCommit, type Tx } from '../db.ts';
import { newId } from '../ids.ts';
import { preloadKeys } from '../key-store.ts';
import type { KeyRing, KeyStore } from '../keys.ts';
import { sealRow } from '../seals.ts';
import { sha256 } from './hash.ts';

/** One thing that happened, as a handler said it, before it is written. */
export interface Pending {
  readonly id: string;
  readonly event: EventDefinition;
  readonly data: Readonly<Record<string, unknown>>;
  /** For what a reaction did: the entry that it answered. */
  readonly cause?: string;
}
export interface Writing {
  readonly keys: KeyRing;
  readonly actor: string;
  readonly at: Date;
  /** The operation by which it came about; stands in the entry as `via`, beside `actor`. */
  readonly via: string;
}
interface Hidden {
  readonly entry_id: string;
  readonly name: string;
  readonly kind: 'personal' | 'secret';
  readonly subject: string;
  readonly sealed: Buffer;
}

const ID = /^(per|sec|doc|ver|elm|grt|upl|ins|inv|tok|ses)_[0-9a-hjkmnp-tv-z]{26}$/;

export function pend(event: EventDefinition, data: unknown, cause?: string): Pending {
  return { id: newId('ent'), event, data: event.schema.parse(data), ...(cause === undefined ? {} : { cause }) };
}

/** Told of entries after the commit: they get their place soon, and are looked for until they have it. */
export type Committed = (entries: readonly { readonly id: string }[]) => void;

/** Puts entries into the outbox, as the last statement of the transaction whose change they tell of. */
export async function writeEntries(tx: Tx, pending: readonly Pending[], writing: Writing): Promise<void> {
  if (pending.length === 0) return;
  // Through the transaction: a second connection within one would starve the pool.
  const store = await preloadKeys(tx, 'disclosure', pending.flatMap(concealedSubjects));
  const built: Awaited<ReturnType<typeof build>>[] = [];
  for (const entry of pending) built.push(await build(entry, writing, store));
  const outbox = built.map(({ row }) => row);
  const hidden = built.flatMap((entry) => entry.hidden);
  const disclosed = sql`, disclosed as (
      insert into ledger_disclosure (entry_id, name, kind, subject, sealed)
      select * from unnest(${hidden.map((row) => row.entry_id)}::text[], ${hidden.map((row) => row.name)}::text[], ${hidden.map((row) => row.kind)}::text[],
      ${hidden.map((row) => row.subject)}::text[], ${hidden.map((row) => row.sealed)}::bytea[])
    )`;
  const statement = sql`
    with waiting as (
      insert into ledger_outbox (id, type, at, leaf, seal)
      select * from unnest(${outbox.map((row) => row.id)}::text[], ${outbox.map((row) => row.type)}::text[], ${outbox.map((row) => row.at)}::timestamptz[],
        ${outbox.map((row) => row.leaf)}::bytea[], ${outbox.map((row) => row.seal)}::bytea[])
      returning 1
    )${hidden.length > 0 ? disclosed : sql``}
    select ledger_assert_kept(count(*), ${outbox.length}) from waiting`;
  await sendWithCommit(tx, statement);
}

async function build({ id, event, data, cause }: Pending, { keys, actor, at, via }: Writing, store: KeyStore) {
  const open: Record<string, unknown> = {};
  const concealed: { name: string; kind: 'personal' | 'secret'; value: unknown; subject: string }[] = [];
  for (const [name, field] of Object.entries(event.fields)) {
    const value = data[name];
    if (field.kind === 'open') open[name] = value ?? null;
    else concealed.push({ name, kind: field.kind, value: value ?? null, subject: String(data[field.of ?? '']) });
  }
  const input = { id, type: event.name, at: at.toISOString(), open: { ...open, actor, via } as never, salt: () => randomBytes(16) };
  const entry = buildEntry(sha256, {
    ...input,
    ...(cause === undefined ? {} : { cause }),
    hidden: concealed.map(({ name, kind, value }) => ({ name, kind, value: value as never })),
  });
  const hidden: Hidden[] = [];
  for (const { name, kind, text } of entry.disclosures) {
    const subject = concealed.find((field) => field.name === name)!.subject;
    hidden.push({ entry_id: id, name, kind, subject, sealed: await keys.sealDisclosure(subject, `${id}|${name}`, text, store) });
  }
  const leaf = Buffer.from(entry.leaf);
  const row = { id, type: event.name, at, leaf, seal: sealRow(keys, 'ledger_outbox', outboxSeal({ id, type: event.name, leaf })) };
  return { row, hidden };
}

function concealedSubjects({ event, data }: Pending): string[] {
  return Object.values(event.fields).flatMap((field) => (field.kind === 'open' ? [] : [String(data[field.of ?? ''])]));
}

/** What the seal of an outbox row covers. */
export function outboxSeal({ id, type, leaf }: { id: string; type: string; leaf: Buffer }) {
  return { id, type, leaf };
}

/** Every id that an entry speaks of in clear, once: by these a timeline finds it. */
export function subjectsOf(leaf: Buffer): string[] {
  const found = new Set<string>();
  const walk = (value: unknown) => {
    if (typeof value === 'string') {
      if (ID.test(value)) found.add(value);
    } else if (value && typeof value === 'object') Object.values(value).forEach(walk);
  };
  walk(readEntry(leaf).open);
  return [...found];
}
