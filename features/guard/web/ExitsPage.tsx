import { describeError, useRead } from '#platform/web/operations.ts';
import {
  ButtonLink,
  Bytes,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Page,
  Pager,
  Table,
  TextButton,
  Toolbar,
  useListUrl,
  useUrl,
  Views,
} from '#platform/web/ui/index.ts';
import { guard } from '../contract.ts';
import { AskedBy, Secrets, VerdictState } from './AskedBy.tsx';
import { InspectionDialog } from './InspectionDialog.tsx';
import { asCaseNumber } from './looks.ts';

/** What was checked: by whom, by which way, with which verdict, and the secrets in it that the reader may know of; never the content. */
export function ExitsPage() {
  const url = useListUrl({ by: 'at', down: true });
  const [open, setOpen] = useUrl('open');
  const verdict = url.filter('verdict');
  const caseNumber = asCaseNumber(url.q);
  const isSearch = url.q !== '';
  const list = useRead(
    guard.list,
    { limit: 50, ...(verdict ? { verdict: verdict as 'match' } : {}), ...(url.after ? { cursor: url.after } : {}) },
    { enabled: !isSearch },
  );
  const found = useRead(guard.find, { caseNumber: caseNumber ?? '' }, { enabled: caseNumber !== undefined });
  const shown = isSearch ? found : list;
  const rows = (isSearch && caseNumber === undefined ? undefined : shown.data?.items) ?? [];
  const isPending = isSearch ? caseNumber !== undefined && found.isPending : list.isPending;
  const view = (label: string, value: string) => ({
    label,
    to: url.to({ verdict: value || undefined, after: undefined }),
    current: !isSearch && verdict === value,
  });
  return (
    <Page
      path={['Guard', 'Inspections']}
      title="What was checked."
      lede="Every check that a person or a program asked for, with its verdict. The content itself is not kept."
    >
      <Toolbar label="Search by case number" placeholder="Case number, C-…" search={url.q} onSearch={url.setQ} />
      <Views views={[view('All', ''), view('Matches', 'match'), view('Not inspected', 'not-inspected'), view('Clear', 'clear')]} />
      {shown.error && <ErrorNote error={describeError(shown.error)} onRetry={() => void shown.refetch()} />}
      {isPending && <Loading what="the inspections" lines={8} />}
      {!isPending && !shown.error && rows.length === 0 && <Nothing searched={url.q} isCase={caseNumber !== undefined} verdict={verdict} />}
      {rows.length > 0 && (
        <>
          <Table
            caption="Inspections, newest first"
            rows={rows}
            rowKey={(row) => row.id}
            dense
            keys
            columns={[
              {
                id: 'at',
                head: 'When',
                name: true,
                cell: (row) => (
                  <TextButton onClick={() => setOpen(row.id)}>
                    <Instant at={row.at} precision="second" />
                  </TextButton>
                ),
              },
              { id: 'verdict', head: 'Verdict', cell: (row) => <VerdictState row={row} /> },
              { id: 'by', head: 'Asked for by', cell: (row) => <AskedBy row={row} /> },
              { id: 'secrets', head: 'Secrets', cell: (row) => <Secrets row={row} /> },
              { id: 'case', head: 'Case', cell: (row) => row.caseNumber && <span className="code nw">{row.caseNumber}</span> },
              { id: 'unread', head: 'Not read', wideOnly: true, cell: (row) => row.unread.join(', ').replaceAll('_', ' ') },
              { id: 'bytes', head: 'Size', figures: true, cell: (row) => row.bytes !== null && <Bytes value={row.bytes} /> },
            ]}
          />
          {!isSearch && (
            <Pager shown={rows.length} noun={rows.length === 1 ? 'inspection' : 'inspections'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
          )}
        </>
      )}
      {open !== '' && <InspectionDialog inspectionId={open} onClose={() => setOpen('')} />}
    </Page>
  );
}

function Nothing({ searched, isCase, verdict }: { searched: string; isCase: boolean; verdict: string }) {
  if (searched !== '')
    return (
      <Empty
        title={isCase ? `No check has the case number ${searched.trim().toUpperCase()}.` : 'This is no case number.'}
        why="Who checks a text that matches is given a case number: C-, and eight letters and digits. Ask for it once more, letter by letter."
      />
    );
  return (
    <Empty
      title={verdict ? 'No inspection had this verdict.' : 'Inspections stand here as soon as something is checked.'}
      why="They show that people looked before they sent something, and what they were told."
      action={<ButtonLink to="/check">Check a text</ButtonLink>}
    />
  );
}
