import type { Tx } from './db.ts';

/** Ever later, since what is wrong may last: a full disk, a lock, a fault of ours that the next release mends. */
const FIRST_MS = 1_000;
const LONGEST_MS = 3600_000;
const AT_ONCE = 20;

interface Parking {
  readonly reaction: string;
  readonly index: number;
  readonly tries: number;
  readonly error: unknown;
  readonly at: Date;
}
/** Puts an entry aside that a reaction could not handle, or says that it could not again. */
export async function park(tx: Tx, { reaction, index, tries, error, at }: Parking): Promise<void> {
  const again = { tries, code: codeOf(error), next_at: new Date(at.getTime() + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20))) };
  await tx
    .insertInto('platform_parked')
    .values({ reaction, entry_index: index, parked_at: at, ...again })
    .onConflict((conflict) => conflict.columns(['reaction', 'entry_index']).doUpdateSet(again))
    .execute();
}
/** Takes it back to be handled in this transaction; false where another replica did. */
export async function unpark(tx: Tx, reaction: string, index: number): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('platform_parked').where('reaction', '=', reaction).where('entry_index', '=', index).executeTakeFirst();
  return numDeletedRows === 1n;
}
/** Those whose time has come; also those that a clock which was wrong put off beyond all measure. */
export async function findDueParked(tx: Tx, reaction: string, now: Date) {
  const rows = await tx
    .selectFrom('platform_parked')
    .innerJoin('ledger_entry', 'ledger_entry.index', 'platform_parked.entry_index')
    .select(['tries', 'index', 'id', 'type', 'at', 'leaf'])
    .where('reaction', '=', reaction)
    .where((eb) => eb.or([eb('next_at', '<=', now), eb('next_at', '>', new Date(now.getTime() + LONGEST_MS))]))
    .orderBy('index')
    .limit(AT_ONCE)
    .execute();
  return rows.map(({ tries, ...row }) => ({ tries, row }));
}
/** How many entries the reactions have put aside; of one alone where it is named. A row about an entry that does not exist is none. */
export async function countParked(tx: Tx, reaction?: string): Promise<number> {
  const { count } = await tx
    .selectFrom('platform_parked')
    .innerJoin('ledger_entry', 'ledger_entry.index', 'platform_parked.entry_index')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .$if(reaction !== undefined, (query) => query.where('reaction', '=', reaction!))
    .executeTakeFirstOrThrow();
  return count;
}

/** SQLSTATE or the name of the error: its message may hold content. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
