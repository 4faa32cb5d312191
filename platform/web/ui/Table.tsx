import { useRef } from 'react';
import type { ReactNode } from 'react';
import { Link } from './Link.tsx';
import { useKey } from './use-key.ts';
import './Table.css';

export type Column<Row> = {
  id: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** The server can sort by it. */
  sortable?: boolean | undefined;
  /** First order when its head is pressed; figures and dates usually go down. */
  first?: 'up' | 'down' | undefined;
  /** Figures stand right. */
  figures?: boolean | undefined;
  /** The row's name. One column has it; the first, unless another says so. */
  name?: boolean | undefined;
  /** Left out where the screen is narrow. */
  wideOnly?: boolean | undefined;
};
export type Sort = { by: string; down: boolean };

export type TableProps<Row> = {
  /** What the table holds, for those who listen: "Secrets, newest activity first". */
  caption: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  sort?: Sort | undefined;
  /** The address of this list under another order; `useListUrl().sortTo`. */
  sortTo?: ((sort: Sort) => string) | undefined;
  /** Below 720 px rows become records. Switch off only for a table of two narrow columns. */
  stacks?: boolean | undefined;
  dense?: boolean | undefined;
  selection?: { chosen: ReadonlySet<string>; onChange: (chosen: ReadonlySet<string>) => void; nameOf: (row: Row) => string } | undefined;
  /** j and k walk the rows of the main list of a page. */
  keys?: boolean | undefined;
};

function Head<Row>({ column, sort, sortTo }: { column: Column<Row>; sort: Sort | undefined; sortTo: ((sort: Sort) => string) | undefined }) {
  const sorted = sort?.by === column.id ? sort : undefined;
  const next = { by: column.id, down: sorted ? !sorted.down : column.first === 'down' };
  return (
    <th
      scope="col"
      className={[column.figures ? 'num' : '', column.wideOnly ? 'none' : ''].filter(Boolean).join(' ') || undefined}
      aria-sort={sorted ? (sorted.down ? 'descending' : 'ascending') : undefined}
    >
      {column.sortable && sortTo ? (
        <Link className="sort" to={sortTo(next)} replace>
          {column.head}
          {sorted && <span aria-hidden="true">{sorted.down ? ' ↓' : ' ↑'}</span>}
        </Link>
      ) : (
        column.head
      )}
    </th>
  );
}

function Pick({ checked, partly = false, label, onChange }: { checked: boolean; partly?: boolean; label: string; onChange: (on: boolean) => void }) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      ref={(box) => {
        if (box) box.indeterminate = partly && !checked;
      }}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

function walk(table: HTMLTableElement | null, step: 1 | -1) {
  const links = [...(table?.querySelectorAll<HTMLElement>('tbody tr > th a, tbody tr > th button') ?? [])];
  const at = links.findIndex((link) => link === document.activeElement || link.closest('tr')?.contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + step))]?.focus();
}

/** Dense where people compare: hairlines, capitals in the head, figures right, name first. */
export function Table<Row>({ caption, rows, columns, rowKey, sort, sortTo, stacks = true, dense = false, selection, keys = false }: TableProps<Row>) {
  const ref = useRef<HTMLTableElement>(null);
  useKey('j', 'Next row', () => walk(ref.current, 1), keys);
  useKey('k', 'Row before', () => walk(ref.current, -1), keys);
  const nameId = (columns.find((column) => column.name) ?? columns[0])?.id;
  const chosen = selection?.chosen;

  function choose(ids: readonly string[], on: boolean) {
    const next = new Set(chosen);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    selection?.onChange(next);
  }
  const all = rows.map(rowKey);
  return (
    <div className={stacks ? undefined : 'scroll'}>
      <table ref={ref} className={['tbl', dense ? 'dense' : '', stacks ? 'stacks' : ''].filter(Boolean).join(' ')}>
        <caption className="vh">{caption}</caption>
        <thead>
          <tr>
            {selection && (
              <th scope="col" className="pick">
                <Pick
                  label="Select all on this page"
                  checked={all.length > 0 && all.every((id) => chosen?.has(id))}
                  partly={all.some((id) => chosen?.has(id))}
                  onChange={(on) => choose(all, on)}
                />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} sortTo={sortTo} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const id = rowKey(row);
            return (
              <tr key={id} className={chosen?.has(id) ? 'on' : undefined}>
                {selection && (
                  <td className="pick">
                    <Pick label={`Select ${selection.nameOf(row)}`} checked={chosen?.has(id) ?? false} onChange={(on) => choose([id], on)} />
                  </td>
                )}
                {columns.map((column) => {
                  const classes = [column.figures ? 'num' : '', column.wideOnly ? 'none' : ''].filter(Boolean).join(' ') || undefined;
                  if (column.id === nameId) {
                    return (
                      <th key={column.id} scope="row" className={classes}>
                        {column.cell(row)}
                      </th>
                    );
                  }
                  return (
                    <td key={column.id} className={classes} data-l={column.head}>
                      <div>{column.cell(row)}</div>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The second line of a cell. */
export function Sub({ children }: { children: ReactNode }) {
  return <span className="sub">{children}</span>;
}

/** Acts upon what is selected; stands at the foot in ink. */
export function SelectionBar({ count, onClear, children }: { count: number; onClear: () => void; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <div className="selbar" role="region" aria-label="Selection">
      <b role="status">{count} selected</b>
      {children}
      <button type="button" className="end" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
