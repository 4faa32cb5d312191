import type { KeyRing } from '#platform/server/keys.ts';
import { sealHolds, sealRow, type SealedRow, type SealValue } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import type { Row } from '#platform/server/tables.ts';

/** Which columns the seals of this feature's rows cover: all that give power. Marks of use (last_step, seen_at, used_at) stay outside. */
const COLUMNS = {
  people_setup: ['code_hash', 'expires_at'],
  people_person: ['id', 'name', 'email', 'active_from', 'active_to', 'factor_id', 'in_doubt_since', 'in_doubt_by', 'invitation_id'],
  people_role: ['id', 'person_id', 'role', 'valid_from', 'valid_to'],
  people_credential: ['id', 'person_id', 'kind', 'held', 'created_at', 'active_from', 'active_to'],
  people_session: ['id', 'person_id', 'token_hash', 'kind', 'started_at', 'expires_at', 'strong_at', 'proved_at', 'ended_at'],
  people_token: ['id', 'name', 'permissions', 'token_hash', 'created_by', 'created_at', 'expires_at', 'ended_at'],
  people_reset: ['id', 'person_id', 'code_hash', 'made_by', 'expires_at', 'ended_at'],
  people_invitation: ['id', 'code_hash', 'email', 'name', 'roles', 'invited_by', 'expires_at', 'ended_at'],
} as const;
type SealedTable = keyof typeof COLUMNS;
/** What has to be known of a row to seal it. */
export type Sealable<T extends SealedTable> = Pick<Row<T>, (typeof COLUMNS)[T][number] & keyof Row<T>>;

/** The row with the seal that belongs on it. */
export function withSeal<T extends SealedTable, R extends Sealable<T>>(keys: KeyRing, table: T, row: R): R & { seal: Buffer } {
  return { ...row, seal: sealRow(keys, table, sealedColumns(table, row)) };
}
/** Whether a row is as this program wrote it. One that is not gives nothing, and operators hear of it. */
export function holds<T extends SealedTable>(
  { keys, alarm }: Pick<Services, 'keys' | 'alarm'>,
  table: T,
  row: Sealable<T> & { readonly seal: Buffer },
): boolean {
  const columns = sealedColumns(table, row);
  if (sealHolds(keys, table, columns, row.seal)) return true;
  const personId = columns['person_id'];
  alarm('people.seal_broken', { table, id: String(columns.id), ...(typeof personId === 'string' ? { personId } : {}) });
  return false;
}

/** Instants as the published view writes them: ISO text in milliseconds. */
function sealedColumns(table: SealedTable, row: object): SealedRow {
  const values = row as Readonly<Record<string, SealValue>>;
  const columns = COLUMNS[table].map((name) => [name, values[name] instanceof Date ? values[name].toISOString() : values[name]!]);
  return { id: 'only', ...Object.fromEntries(columns) } as SealedRow;
}
