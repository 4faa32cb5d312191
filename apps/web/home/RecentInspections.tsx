import { AskedBy, Secrets, VerdictState } from '#features/guard/web/AskedBy.tsx';
import type { InspectionRow } from '#features/guard/web/looks.ts';
import { ButtonLink, Empty, Instant, Link, Table } from '#platform/web/ui/index.ts';

export function RecentInspections({ rows }: { rows: readonly InspectionRow[] }) {
  if (rows.length === 0) {
    return (
      <Empty
        title="Inspections stand here as soon as something is checked."
        why="They show that people looked before they sent something, and what they were told. The content itself is not kept."
        action={<ButtonLink to="/check">Check a text</ButtonLink>}
      />
    );
  }
  return (
    <Table
      caption="The newest inspections"
      rows={rows}
      rowKey={(row) => row.id}
      dense
      columns={[
        {
          id: 'at',
          head: 'When',
          name: true,
          cell: (row) => (
            <Link to={`/exits?open=${row.id}`}>
              <Instant at={row.at} relative />
            </Link>
          ),
        },
        { id: 'verdict', head: 'Verdict', cell: (row) => <VerdictState row={row} /> },
        { id: 'by', head: 'Asked for by', cell: (row) => <AskedBy row={row} /> },
        { id: 'secrets', head: 'Secrets', cell: (row) => <Secrets row={row} /> },
      ]}
    />
  );
}
