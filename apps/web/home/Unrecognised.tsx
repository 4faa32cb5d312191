import type { AnswerOf } from '@underseal/contract';
import { guard } from '#features/guard/contract.ts';
import { describeError, useList } from '#platform/web/operations.ts';
import { CodeName, ErrorNote, Pager, Section, State, Table, Tier, type StateKind } from '#platform/web/ui/index.ts';

const AT_ONCE = 5;
type Row = AnswerOf<typeof guard.unrecognised>['items'][number];
const WHY: Readonly<Record<Row['why'], readonly [StateKind, string]>> = {
  'nothing-stored': ['gap', 'No document, no element'],
  'being-read': ['due', 'Being read'],
  unreadable: ['not-inspected', 'Only as a whole file'],
};

export function useUnrecognised() {
  return useList(guard.unrecognised, { limit: AT_ONCE });
}

/** Secrets that stand in the register and that no check can find by a passage. Nothing where there are none. */
export function Unrecognised({ list }: { list: ReturnType<typeof useUnrecognised> }) {
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error) return <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) return null;
  return (
    <Section title="No passage of these can be recognised">
      <Table
        caption="Secrets of which no passage can be recognised"
        rows={rows}
        rowKey={(row) => row.secretId}
        dense
        columns={[
          { id: 'secret', head: 'Secret', name: true, cell: (row) => <CodeName to={`/register/${row.secretId}`}>{row.codeName}</CodeName> },
          { id: 'tier', head: 'Tier', cell: (row) => <Tier tier={row.tier} /> },
          { id: 'why', head: 'Why', cell: (row) => <State kind={WHY[row.why][0]}>{WHY[row.why][1]}</State> },
        ]}
      />
      {list.hasNextPage && (
        <Pager shown={rows.length} noun={rows.length === 1 ? 'secret' : 'secrets'} onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />
      )}
    </Section>
  );
}
