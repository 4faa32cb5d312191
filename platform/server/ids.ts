import { randomBytes } from 'node:crypto';
import { formatId } from '@underseal/contract';

/** A fresh id: the prefix tells the kind, the rest is random, so that an id tells neither order nor count. */
export function newId(prefix: string): string {
  return formatId(prefix, randomBytes(17));
}
