import { describeError, useList, useRead } from '#platform/web/operations.ts';
import { Button, ErrorNote, Loading, Page, Timeline } from '#platform/web/ui/index.ts';
import { people } from '#features/people/contract.ts';
import { evidence } from '../contract.ts';
import { toPersonTimeline } from './to-timeline.tsx';

/** What the ledger says about the reader, but for what belongs to secrets that are closed to her. */
export function MyTimelinePage() {
  const me = useRead(people.me, {});
  const list = useList(evidence.mine, { limit: 50 });
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      path={['Prove', 'My timeline']}
      title="What is recorded about you."
      lede="What you did and what was done for you, newest first. Nobody can change it afterwards, also not an administrator. What belongs to a secret that you may not know of, or not any more, stays in the ledger and is not shown here."
    >
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="your timeline" lines={8} />}
      {list.data && (
        <div className="measure">
          <Timeline
            title="Newest first"
            entries={toPersonTimeline({ entries, more: list.hasNextPage }, me.data?.id ?? '')}
            foot={
              list.hasNextPage && (
                <Button size="small" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  Load older entries
                </Button>
              )
            }
          />
        </div>
      )}
    </Page>
  );
}
