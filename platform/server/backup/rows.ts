/** What a backup must know of the schema, asked of the database itself: a feature's new table is backed up without anybody remembering it. */
import type pg from 'pg';
import type { Manifest } from './format.ts';

export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Its rows say which steps were taken; a restore takes them itself. */
const NOT_COPIED = 'platform_migration';

/** Every table with the columns that can be written, each after those that its foreign keys name. */
export async function listTables(client: pg.ClientBase): Promise<TableShape[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; needs: string[] }>(
    `select c.relname as name,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
       array(select distinct f.relname::text from pg_constraint k join pg_class f on f.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f' and f.oid <> c.oid) as needs
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1 order by c.relname`,
    [NOT_COPIED],
  );
  const ordered: TableShape[] = [];
  const left = new Map(rows.map((row) => [row.name, row]));
  while (left.size > 0) {
    const next = [...left.values()].find((row) => row.needs.every((name) => !left.has(name)));
    if (!next) throw new Error(`Cannot order the tables ${[...left.keys()].join(', ')}: their foreign keys go round in a circle`);
    left.delete(next.name);
    ordered.push({ name: next.name, columns: next.columns });
  }
  return ordered;
}

export async function listSequences(client: pg.ClientBase): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'S' order by 1`,
  );
  const sequences: Manifest['sequences'] = [];
  for (const { name } of rows) {
    const found = await client.query<{ value: number; called: boolean }>(
      `select last_value as value, is_called as called from public.${client.escapeIdentifier(name)}`,
    );
    sequences.push({ name, ...found.rows[0]! });
  }
  return sequences;
}

export async function listMigrations(client: pg.ClientBase): Promise<Manifest['migrations']> {
  return (await client.query<{ name: string; digest: string }>('select name, digest from platform_migration order by name')).rows;
}

export interface ReliedOn {
  readonly id: string;
  readonly bytes: number;
  /** Ids of the rows that name it, and of their documents. */
  readonly of: readonly string[];
}
/** A row that relies on a blob has the columns blob_id and manifest (which tells its sealed size); one with ended_at, or whose key is gone, no longer does. */
export async function listReliedOn(client: pg.ClientBase, tables: readonly TableShape[]): Promise<ReliedOn[]> {
  const found = new Map<string, ReliedOn>();
  for (const { name, columns } of tables) {
    if (!columns.includes('blob_id') || !columns.includes('manifest')) continue;
    const conditions = [
      'manifest is not null',
      ...(columns.includes('ended_at') ? ['ended_at is null'] : []),
      ...(columns.includes('key_wrapped') ? ['key_wrapped is not null'] : []),
    ];
    const naming = ['document_id', 'id'].filter((column) => columns.includes(column));
    const { rows } = await client.query<ReliedOn>(
      `select blob_id as id, (manifest->>'sealedSize')::bigint as bytes, array[${naming.join(', ')}]::text[] as of from public.${client.escapeIdentifier(name)} where ${conditions.join(' and ')}`,
    );
    for (const row of rows) found.set(row.id, { ...row, of: [...new Set([...(found.get(row.id)?.of ?? []), ...row.of])] });
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Work that waits in the queue, or was under way: done again, as handlers must bear. */
export async function listJobs(client: pg.ClientBase): Promise<{ name: string; data: Record<string, string>; key: string | null }[]> {
  const { rows: there } = await client.query<{ there: boolean }>(`select to_regclass('jobs.job') is not null as there`);
  if (!there[0]!.there) return [];
  return (
    await client.query<{ name: string; data: Record<string, string>; key: string | null }>(
      `select name, data, singleton_key as key from jobs.job where state < 'completed' and name not like '\\_\\_%' order by created_on, id`,
    )
  ).rows;
}
