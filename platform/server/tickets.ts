import { createHash, randomBytes } from 'node:crypto';
import { failure, type Ticket } from '@underseal/contract';
import type { Actor } from './actor.ts';
import type { Db, Tx } from './db.ts';

const TTL_SECONDS = 30;
export const ticketMissing = failure('missing', 'platform.ticket_missing');
export interface SpentTicket {
  readonly kind: string;
  readonly payload: Readonly<Record<string, string | number>>;
}
interface Issue {
  readonly kind: string;
  readonly payload: Readonly<Record<string, string | number>>;
  readonly actor: Actor;
  readonly now: Date;
}

/** Issues a one-use ticket with the transaction that decided. Only its hash is kept. */
export async function issueTicket(tx: Tx, { kind, payload, actor, now }: Issue): Promise<Ticket> {
  const ticket = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + TTL_SECONDS * 1000);
  await tx
    .insertInto('platform_ticket')
    .values({ hash: hashOf(ticket), kind, session_id: bearerOf(actor), payload: JSON.stringify(payload), expires_at: expiresAt })
    .execute();
  return { ticket, url: `/bytes/${ticket}`, expiresAt: expiresAt.toISOString() };
}

/** Spends a ticket: of two who come with one ticket, one gets it. Lapsed, foreign, spent and invented ones are the same. */
export async function spendTicket(db: Db, ticket: string, { actor, now }: { actor: Actor; now: Date }): Promise<SpentTicket> {
  const row = await db
    .deleteFrom('platform_ticket')
    .where('hash', '=', hashOf(ticket))
    .where('session_id', '=', bearerOf(actor))
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw ticketMissing('Cannot find this ticket: ask for a new one');
  return { kind: row.kind, payload: row.payload as SpentTicket['payload'] };
}

export async function sweepTickets(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('platform_ticket').where('expires_at', '<', now).execute();
}

function bearerOf(actor: Actor): string {
  return actor.session?.id ?? actor.id;
}
function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}
