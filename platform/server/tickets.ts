import { createHash, randomBytes } from 'node:crypto';
import { failure, type Ticket } from '@underseal/contract';
import type { Actor } from './actor.ts';
import type { Db, Tx } from './db.ts';
import type { KeyRing } from './keys.ts';
import { isRecorded } from './ledger/awaited.ts';
import { sealHolds, sealRow } from './seals.ts';

const TTL_SECONDS = 30;
export const ticketMissing = failure('missing', 'platform.ticket_missing');
export interface SpentTicket {
  readonly kind: string;
  readonly payload: Readonly<Record<string, string | number>>;
}
interface Issue {
  readonly kind: string;
  readonly payload: Readonly<Record<string, string | number>>;
  /** The entry of the decision that it stands for. */
  readonly entryId: string;
  readonly actor: Actor;
  readonly now: Date;
  readonly keys: KeyRing;
}

/** Issues a one-use ticket with the transaction that decided. Only its hash is kept. */
export async function issueTicket(tx: Tx, { kind, payload, entryId, actor, now, keys }: Issue): Promise<Ticket> {
  const ticket = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + TTL_SECONDS * 1000);
  const row = { hash: hashOf(ticket), kind, session_id: bearerOf(actor), payload, entry_id: entryId, expires_at: expiresAt };
  await tx
    .insertInto('platform_ticket')
    .values({ ...row, payload: JSON.stringify(payload), seal: sealRow(keys, 'platform_ticket', sealedOf(row)) })
    .execute();
  return { ticket, url: `/bytes/${ticket}`, expiresAt: expiresAt.toISOString() };
}

/** Spends a ticket: of two who come with one ticket, one gets it. Lapsed, foreign, spent and invented ones are the same. */
export async function spendTicket(db: Db, ticket: string, { actor, now, keys }: { actor: Actor; now: Date; keys: KeyRing }): Promise<SpentTicket> {
  const row = await db
    .deleteFrom('platform_ticket')
    .where('hash', '=', hashOf(ticket))
    .where('session_id', '=', bearerOf(actor))
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
  // A row that nobody issued is none; and no decision is good for longer than its half minute.
  const sound = row && sealHolds(keys, 'platform_ticket', sealedOf(row as never), row.seal) && row.expires_at.getTime() - now.getTime() <= TTL_SECONDS * 1000;
  // Without its entry nobody would ever know of what it opens.
  if (!sound || !(await isRecorded(db, keys, row.entry_id))) throw ticketMissing('Cannot find this ticket: ask for a new one');
  return { kind: row.kind, payload: row.payload as SpentTicket['payload'] };
}

export async function sweepTickets(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('platform_ticket').where('expires_at', '<', now).execute();
}

interface TicketRow {
  readonly hash: Buffer;
  readonly kind: string;
  readonly session_id: string;
  readonly payload: Readonly<Record<string, string | number>>;
  readonly entry_id: string;
  readonly expires_at: Date;
}
function sealedOf({ hash, ...row }: TicketRow) {
  const { kind, session_id, payload, entry_id, expires_at } = row;
  return { id: hash.toString('hex'), kind, session_id, payload, entry_id, expires_at };
}
function bearerOf(actor: Actor): string {
  return actor.session?.id ?? actor.id;
}
function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}
