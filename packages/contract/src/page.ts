import { z } from 'zod';

/** What every list takes: `cursor` is opaque and comes from the answer before. */
export const page = {
  cursor: z.string().max(400).optional(),
  limit: z.int().min(1).max(200).default(50),
};

/** What every list answers; `next` is null on the last page. */
export function paged<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.string().nullable() });
}

/** One-use leave to fetch or send bytes: the door has decided, the entry is committed. */
export const Ticket = z.strictObject({ ticket: z.string(), url: z.string(), expiresAt: z.iso.datetime() });
export type Ticket = z.infer<typeof Ticket>;

export const Nothing = z.strictObject({});
export const Instant = z.iso.datetime({ precision: 3 });
