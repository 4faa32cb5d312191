import type { ReactNode } from 'react';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { describeError, useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';
import { ButtonLink, Empty, ErrorNote, Figures, Link, Loading, Page, Section, Todo, todayAsDay } from '#platform/web/ui/index.ts';
import { needsOf, toTodo } from './needs.tsx';
import { RecentInspections } from './RecentInspections.tsx';
import { countOf, ofPrograms, PAGE, useMatchesThisWeek, useUnreadThisWeek, type ThisWeek } from './this-week.ts';
import { todayInWords } from './today.ts';
import { Unrecognised, useUnrecognised } from './Unrecognised.tsx';

const RECENT = 6;
const NUMBERS = ['Nothing needs', 'One thing needs', 'Two things need', 'Three things need'] as const;

/** Home of counsel, security and owners: what needs them today, the figures, what was inspected last. */
export function KeeperHome() {
  const secrets = useRead(register.list, { sort: 'tier', limit: PAGE });
  const mayReassign = useMay('register:reassign');
  const unanswered = useRead(register.list, { unanswered: true, sort: 'tier', limit: PAGE }, { enabled: mayReassign });
  const recent = useRead(guard.list, { limit: RECENT });
  const me = useRead(people.me, {});
  const matched = useMatchesThisWeek();
  const left = useUnreadThisWeek();
  const [matches, unread] = [matched.week, left.week];
  const unrecognised = useUnrecognised();
  const mayEnter = useMay('register:enter');
  const path = ['Home', todayInWords()];
  const failed = secrets.error ?? unanswered.error ?? recent.error ?? matched.error ?? left.error;
  if (failed && !(secrets.data && (unanswered.data || !mayReassign) && recent.data && matches && unread)) {
    return (
      <Page path={path} title="Home" documentTitle="Home">
        <ErrorNote
          error={describeError(failed)}
          onRetry={() => void Promise.all([secrets, ...(mayReassign ? [unanswered] : []), recent, matched, left].map((read) => read.refetch()))}
        />
      </Page>
    );
  }
  if (!secrets.data || !recent.data || !matches || !unread) {
    return (
      <Page path={path} title="Home" documentTitle="Home">
        <Loading what="what needs you today" lines={6} />
      </Page>
    );
  }
  const rows = secrets.data.items;
  const whole = secrets.data.next === null;
  const needs = needsOf({
    secrets: rows,
    matches,
    unread,
    unanswered: { rows: unanswered.data?.items ?? [], whole: unanswered.data?.next === null },
    unrecognised: { rows: unrecognised.data?.pages.flatMap((page) => page.items) ?? [], whole: !unrecognised.hasNextPage },
    secondFactor: me.data?.secondFactor,
    today: todayAsDay(),
  });
  // Who may not register, and may know of none, has the checks to look at.
  const isEmpty = rows.length === 0 && mayEnter;
  const tiers = [3, 2, 1].map((tier) => rows.filter((row) => row.tier === tier).length);
  return (
    <Page
      path={path}
      title={
        needs.length === 0 && rows.length === 0
          ? mayEnter
            ? 'Nothing is registered yet.'
            : 'Nothing needs you today.'
          : `${NUMBERS[needs.length] ?? 'Three things need'} you today.`
      }
      documentTitle="Home"
      lede={ledeOf({ isEmpty, recent: recent.data.items.length, matches })}
    >
      {needs.length > 0 && <Todo items={toTodo(needs)} />}
      {isEmpty ? (
        <FirstSecret filled={needs.length === 0} />
      ) : (
        <Figures
          figures={[
            {
              label: 'Secrets you may know of',
              value: countOf({ rows, whole }),
              to: '/register',
              // Read by tier downwards: of a longer register only the first page was counted, so its shares are not told.
              ...(whole ? { note: tiersInWords(tiers), parts: tiers } : { note: 'More than one page; the register has them all' }),
            },
            {
              label: 'Checks that matched, 7 days',
              value: countOf(matches),
              to: '/exits?verdict=match',
              note: matches.rows.length === 0 ? 'No passage of a secret was found' : askedBy(matches),
            },
            {
              label: 'Not inspected, 7 days',
              value: countOf(unread),
              to: '/exits?verdict=not-inspected',
              note: unread.rows.length === 0 ? 'Everything could be read' : askedBy(unread),
            },
          ]}
        />
      )}
      <Unrecognised list={unrecognised} />
      <Section
        title="Checked last"
        aside={
          recent.data.items.length > 0 && (
            <ButtonLink size="small" to="/exits">
              All inspections
            </ButtonLink>
          )
        }
      >
        <RecentInspections rows={recent.data.items} />
      </Section>
    </Page>
  );
}

function askedBy(week: ThisWeek): string {
  const programs = ofPrograms(week).rows.length;
  if (programs === 0) return 'Asked for by people';
  return programs === week.rows.length ? 'Asked for by programs' : `${programs} of them asked for by programs`;
}
function ledeOf({ isEmpty, recent, matches }: { isEmpty: boolean; recent: number; matches: ThisWeek }): ReactNode {
  if (isEmpty) return 'Here stand only secrets that you may know of. What is registered today can be proved from today.';
  if (recent === 0) return 'Nothing has been checked yet: check a text, or give a program a token to do so.';
  if (matches.rows.length === 0) return 'No check found a passage of a secret in the last seven days.';
  return (
    <>
      <Link to="/exits?verdict=match">{matches.rows.length === 1 && matches.whole ? '1 check' : `${countOf(matches)} checks`}</Link> found passages of secrets
      in the last seven days.
    </>
  );
}

function FirstSecret({ filled }: { filled: boolean }) {
  return (
    <Empty
      title="Start with the one secret whose loss would hurt most."
      why="Give it a code name, say in numbered elements what it is, and store the documents that hold it. From then on Check can recognise it, and you can prove since when it was kept."
      action={
        <ButtonLink variant={filled ? 'filled' : 'outlined'} to="/register/new">
          Register the first secret
        </ButtonLink>
      }
    />
  );
}

/** "9 of tier 3, 62 of tier 1": what there is none of is left out. */
function tiersInWords(tiers: readonly number[]): string {
  return tiers.flatMap((count, i) => (count > 0 ? [`${count} of tier ${3 - i}`] : [])).join(', ');
}
