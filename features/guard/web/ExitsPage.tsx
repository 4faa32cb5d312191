import { describeError, useRead } from '#platform/web/operations.ts';
import {
  ButtonLink,
  Bytes,
  CodeName,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Page,
  Pager,
  State,
  Table,
  useListUrl,
  Views,
  type StateKind,
} from '#platform/web/ui/index.ts';
import { guard } from '../contract.ts';

const LOOKS: Readonly<Record<string, readonly [StateKind, string]>> = {
  clear: ['holds', 'Clear'],
  match: ['breach', 'Match'],
  'not-inspected': ['not-inspected', 'Not inspected'],
};
const EXITS = { page: 'Check page', api: 'API', 'command-line': 'Command line' };

/** What was inspected: exit, verdict and the secrets in it that the reader may know of; never the content. */
export function ExitsPage() {
  const url = useListUrl({ by: 'at', down: true });
  const verdict = url.filter('verdict');
  const list = useRead(guard.list, { limit: 50, ...(verdict ? { verdict: verdict as 'match' } : {}), ...(url.after ? { cursor: url.after } : {}) });
  const rows = list.data?.items ?? [];
  const view = (label: string, value: string) => ({ label, to: url.to({ verdict: value || undefined, after: undefined }), current: verdict === value });
  return (
    <Page path={['Guard', 'Inspections']} title="What was checked." lede="Every inspection, with its verdict. The content itself is not kept.">
      <Views views={[view('All', ''), view('Matches', 'match'), view('Not inspected', 'not-inspected'), view('Clear', 'clear')]} />
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the inspections" lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty
          title={verdict ? 'No inspection had this verdict.' : 'Inspections stand here as soon as something is checked.'}
          why="They show that the company looked before things left, and what it did when something was found."
          action={<ButtonLink to="/check">Check a text</ButtonLink>}
        />
      )}
      {rows.length > 0 && (
        <>
          <Table
            caption="Inspections, newest first"
            rows={rows}
            rowKey={(row) => row.id}
            dense
            columns={[
              { id: 'at', head: 'When', name: true, cell: (row) => <Instant at={row.at} precision="second" /> },
              { id: 'verdict', head: 'Verdict', cell: (row) => <State kind={LOOKS[row.verdict]![0]}>{LOOKS[row.verdict]![1]}</State> },
              { id: 'exit', head: 'By', cell: (row) => EXITS[row.exit] },
              {
                id: 'secrets',
                head: 'Secrets',
                cell: (row) =>
                  row.secrets.map((one, i) => (
                    <span key={one.secretId}>
                      {i > 0 && ', '}
                      <CodeName to={`/register/${one.secretId}`}>{one.codeName}</CodeName>
                    </span>
                  )),
              },
              { id: 'unread', head: 'Not read', wideOnly: true, cell: (row) => row.unread.join(', ').replaceAll('_', ' ') },
              { id: 'bytes', head: 'Size', figures: true, cell: (row) => <Bytes value={row.bytes} /> },
            ]}
          />
          <Pager shown={rows.length} noun={rows.length === 1 ? 'inspection' : 'inspections'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
        </>
      )}
    </Page>
  );
}
