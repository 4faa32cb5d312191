import { describeError, useList } from '#platform/web/operations.ts';
import { useParam } from '#platform/web/shell/index.ts';
import { Button, ErrorNote, Loading, Page, Timeline } from '#platform/web/ui/index.ts';
import { evidence } from '../contract.ts';
import { toPersonTimeline } from './to-timeline.tsx';

/** What one person did, as far as the reader may know of the secrets in it. */
export function PersonTimelinePage() {
  const personId = useParam('personId');
  const list = useList(evidence.personTimeline, { personId: personId as never, limit: 50 });
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  const name = entries.map((entry) => (entry.actor === personId ? entry.actorName : entry.names[personId])).find((found) => found);
  return (
    <Page
      path={['Settings', { label: 'People', to: '/people' }, 'Timeline']}
      title={name ?? 'A person'}
      lede="What they did and what was done for them. Entries about secrets that you may not know of are left out."
    >
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the timeline" lines={8} />}
      {list.data && (
        <div className="measure">
          <Timeline
            title="Newest first"
            entries={toPersonTimeline({ entries, more: list.hasNextPage }, personId)}
            empty="Nothing is recorded about this person that you may see."
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
