import { failure, Instant } from '@underseal/contract';
import { z } from 'zod';

/** An instant that a row may have. */
export const CursorInstant = Instant.refine((instant) => instant > '1970');
export const cursorWrong = failure('invalid', 'platform.cursor_wrong');

/** Cursors hold sort keys of rows that the asker saw; they are opaque by convention, checked by schema on the way in. */
export function readCursor<T extends z.ZodType>(schema: T, cursor: string | undefined): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    // No row has such a key, and the database takes no such text.
    if (/\0|\\u0000/.test(text)) throw new TypeError('A NUL character');
    return schema.parse(JSON.parse(text));
  } catch {
    throw cursorWrong('Cannot read the page: the cursor is not one that a list gave');
  }
}

/** Given one row more than the limit, the page and the cursor of the next. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, key }: { item: (row: Row) => Item; key: (row: Row) => unknown },
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(key(last)) : null;
  return { items: shown.map(item), next };
}

export function writeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}
