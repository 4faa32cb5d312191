import { describeError, useList } from '#platform/web/operations.ts';
import { ButtonLink, Empty, ErrorNote, formatNumber, Instant, Link, Loading, Pager, Section, State, Table } from '#platform/web/ui/index.ts';
import { guard } from '../contract.ts';
import { AskedBy, VerdictState } from './AskedBy.tsx';
import { ADVICE } from './looks.ts';

/** On the sheet of a secret: the checks that found passages of it, and who asked for them. */
export function Exposure({ secretId }: { secretId: string }) {
  const list = useList(guard.exposure, { secretId: secretId as never, limit: 50 });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title="Checks that found it">
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the checks" />}
      {list.data && rows.length === 0 && (
        <Empty
          title="No check has found a passage of this secret."
          why="Where one does, who asked for it, by which way, and when, stands here: it tells in whose hands the text was."
          action={<ButtonLink to="/check">Check a text</ButtonLink>}
        />
      )}
      {rows.length > 0 && (
        <>
          <Table
            caption="Checks that found passages of this secret, newest first"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { id: 'at', head: 'When', name: true, cell: (row) => <Instant at={row.at} precision="second" /> },
              { id: 'by', head: 'Asked for by', cell: (row) => <AskedBy row={row} /> },
              { id: 'verdict', head: 'Verdict', cell: (row) => <VerdictState row={row} /> },
              { id: 'action', head: 'Advised', wideOnly: true, cell: (row) => <State kind={ADVICE[row.action][0]}>{ADVICE[row.action][1]}</State> },
              {
                id: 'characters',
                head: 'Characters',
                figures: true,
                // A file without text is recognised as it is: no characters of it are counted.
                cell: (row) => formatNumber(row.secrets.find((one) => one.secretId === secretId)?.characters ?? 0).replace(/^0$/, 'Whole file'),
              },
              { id: 'case', head: 'Case', cell: (row) => <Link to={`/exits?open=${row.id}`}>{row.caseNumber}</Link> },
            ]}
          />
          {list.hasNextPage && (
            <Pager shown={rows.length} noun={rows.length === 1 ? 'check' : 'checks'} onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />
          )}
        </>
      )}
    </Section>
  );
}
