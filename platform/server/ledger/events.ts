import { event, open } from '@underseal/contract';
import { z } from 'zod';

const Code = z.string().regex(/^[a-z]+\.[a-zA-Z_]{1,60}$/);
/** Any id, or null: what the refused call was about, whether or not it exists. */
const AnyId = z
  .string()
  .regex(/^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/)
  .nullable();

export const refused = event('door.refused', { operation: open(Code), code: open(Code), subject: open(AnyId) });
/** Refusals of strangers, and those beyond what one caller may write into the ledger, as a count. */
export const refusalsCounted = event('door.refusals_counted', { count: open(z.int()), strangers: open(z.int()) });
export const started = event('platform.started', { version: open(z.string().regex(/^\d+\.\d+\.\d+$/)), treeSize: open(z.int()) });
export const restored = event('platform.restored', { size: open(z.int()), root: open(z.string().regex(/^[0-9a-f]{64}$/)) });
export const alarmed = event('platform.alarmed', { code: open(Code), subjects: open(z.array(z.string().regex(/^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/)).max(10)) });
