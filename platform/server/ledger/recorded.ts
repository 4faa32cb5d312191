import type { EventDefinition } from '@underseal/contract';
import { readEntry } from '@underseal/ledger';
import type { RecordedEntry } from '../feature.ts';

interface Row {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}

/** An entry as features read it: its open fields. Entries that another release wrote are still of the event's schema: it never changes. */
export function toRecorded(row: Row, event: EventDefinition): RecordedEntry {
  const entry = readEntry(row.leaf);
  const data = Object.fromEntries(
    Object.entries(event.fields)
      .filter(([, field]) => field.kind === 'open')
      .map(([name, field]) => [name, field.schema.parse(entry.open[name])]),
  );
  return { index: row.index, id: row.id, type: row.type, at: row.at, actor: String(entry.open['actor']), data };
}
