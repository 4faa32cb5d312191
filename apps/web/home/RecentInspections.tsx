import { ButtonLink, CodeName, Empty, Instant, State, Table } from '#platform/web/ui/index.ts';
import type { StateKind } from '#platform/web/ui/index.ts';
import type { Inspection } from './this-week.ts';

const LOOKS: Readonly<Record<Inspection['verdict'], readonly [StateKind, string]>> = {
  clear: ['holds', 'Clear'],
  match: ['breach', 'Match'],
  'not-inspected': ['not-inspected', 'Not inspected'],
};
const EXITS: Readonly<Record<Inspection['exit'], string>> = { page: 'Check page', api: 'API', 'command-line': 'Command line' };

export function RecentInspections({ rows }: { rows: readonly Inspection[] }) {
  if (rows.length === 0) {
    return (
      <Empty
        title="Inspections stand here as soon as something is checked."
        why="They show that the company looked at what left, and what it did when something was found. The content itself is not kept."
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
        { id: 'at', head: 'When', name: true, cell: (row) => <Instant at={row.at} relative /> },
        { id: 'verdict', head: 'Verdict', cell: (row) => <State kind={LOOKS[row.verdict][0]}>{LOOKS[row.verdict][1]}</State> },
        { id: 'exit', head: 'By', cell: (row) => EXITS[row.exit] },
        {
          id: 'secrets',
          head: 'Secrets',
          cell: (row) =>
            row.secrets.length === 0 ? (
              <span className="faint">None shown</span>
            ) : (
              row.secrets.map((one, i) => (
                <span key={one.secretId}>
                  {i > 0 && ', '}
                  <CodeName to={`/register/${one.secretId}`}>{one.codeName}</CodeName>
                </span>
              ))
            ),
        },
      ]}
    />
  );
}
