import { describeError, useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';
import {
  ButtonLink,
  CodeName,
  Empty,
  ErrorNote,
  FilterSelect,
  Instant,
  Loading,
  Page,
  Pager,
  State,
  Sub,
  Table,
  Tier,
  Toolbar,
  useListUrl,
  Views,
  todayAsDay,
  type Column,
} from '#platform/web/ui/index.ts';
import { register, REVIEW_DUE_DAYS, type OwnerState } from '../contract.ts';

interface Row {
  readonly id: string;
  readonly codeName: string;
  readonly title: string;
  readonly tier: number;
  readonly ownerName: string;
  readonly ownerState: OwnerState;
  readonly unit: string;
  readonly reviewOn: string | null;
  readonly enteredAt: string;
}
const LOST = { left: 'Has left', 'no-role': 'Has no role that may own', altered: 'Changed by hand' } as const;
const columns: Column<Row>[] = [
  {
    id: 'code',
    head: 'Secret',
    name: true,
    cell: (row) => (
      <>
        <CodeName to={`/register/${row.id}`}>{row.codeName}</CodeName>
        <Sub>{row.title}</Sub>
      </>
    ),
  },
  { id: 'tier', head: 'Tier', sortable: true, first: 'down', cell: (row) => <Tier tier={row.tier} /> },
  {
    id: 'owner',
    head: 'Owner',
    cell: (row) => (
      <>
        {row.ownerName}
        {row.ownerState !== 'here' && (
          <Sub>
            <State kind="gap">{LOST[row.ownerState]}</State>
          </Sub>
        )}
      </>
    ),
  },
  { id: 'unit', head: 'Unit', wideOnly: true, cell: (row) => row.unit || <span className="faint">None named</span> },
  {
    id: 'review',
    head: 'Next review',
    cell: (row) =>
      row.reviewOn ? (
        <>
          <Instant at={`${row.reviewOn}T00:00:00.000Z`} precision="day" />
          {row.reviewOn <= todayAsDay() && (
            <Sub>
              <State kind="due">Due</State>
            </Sub>
          )}
        </>
      ) : (
        <span className="faint">Not set</span>
      ),
  },
  { id: 'newest', head: 'Entered', sortable: true, first: 'down', cell: (row) => <Instant at={row.enteredAt} /> },
];
const owners = [
  { value: '', label: 'All' },
  { value: 'me', label: 'I own' },
  { value: 'none', label: 'Nobody answers' },
];
const tiers = [
  { value: '', label: 'All' },
  { value: '3', label: 'Tier 3' },
  { value: '2', label: 'Tier 2' },
  { value: '1', label: 'Tier 1' },
];

/** The secrets that the reader may know of. */
export function RegisterPage() {
  const url = useListUrl({ by: 'newest', down: true });
  const filters = { tier: url.filter('tier'), owner: url.filter('owner'), review: url.filter('review') };
  const tier = Number(filters.tier) || undefined;
  const list = useRead(register.list, {
    sort: url.sort.by === 'tier' ? 'tier' : 'newest',
    limit: 50,
    ...(url.q ? { search: url.q } : {}),
    ...(tier ? { tier } : {}),
    ...(filters.owner === 'none' ? { unanswered: true } : {}),
    ...(filters.owner === 'me' ? { mine: true } : {}),
    ...(filters.review === 'due' ? { reviewDue: true } : {}),
    ...(url.after ? { cursor: url.after } : {}),
  });
  const mayEnter = useMay('register:enter');
  const mayReassign = useMay('register:reassign');
  const rows = list.data?.items ?? [];
  const filtered = url.q !== '' || Object.values(filters).some(Boolean);
  const view = (label: string, only: Partial<typeof filters>) => ({
    label,
    to: url.to(only),
    current: url.q === '' && Object.entries(filters).every(([name, value]) => value === (only[name as keyof typeof filters] ?? '')),
  });
  const views = [view('All', {}), view('Tier 3', { tier: '3' }), ...(mayEnter ? [view('I own', { owner: 'me' })] : []), view('Review due', { review: 'due' })];
  const enter = mayEnter ? (
    <ButtonLink variant="filled" to="/register/new">
      Register a secret
    </ButtonLink>
  ) : undefined;
  return (
    <Page
      path={['Register']}
      title="What we keep secret."
      lede="Only the secrets that you may know of stand here; others see other lists."
      actions={rows.length > 0 || filtered ? enter : undefined}
    >
      {(rows.length > 0 || filtered) && (
        <>
          <Views views={views} />
          <Toolbar label="Search the register" placeholder="Code name or title" search={url.q} onSearch={url.setQ}>
            <FilterSelect label="Tier" value={filters.tier} onChange={(value) => url.setFilter('tier', value)} options={tiers} />
            {mayReassign && <FilterSelect label="Owner" value={filters.owner} onChange={(value) => url.setFilter('owner', value)} options={owners} />}
          </Toolbar>
        </>
      )}
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the register" lines={8} />}
      {list.data &&
        rows.length === 0 &&
        !list.data.next &&
        !filtered &&
        (mayEnter ? (
          <Empty
            title="The secrets of the company belong here, each by a code name that tells nothing."
            why="A court protects what was named, owned and kept apart before it was taken. What stands in no register is hard to call a secret."
            action={enter}
          />
        ) : (
          <Empty
            title="Nothing is open to you yet."
            why="A secret that its owner lets you in to stands here. If your work needs one, ask the person it belongs to: she names you, the reason and an end."
          />
        ))}
      {list.data && rows.length === 0 && filtered && !list.data.next && (
        <NothingFits view={url.after ? undefined : views.find(({ current }) => current)?.label} />
      )}
      {list.data?.next && rows.length === 0 && (
        <p className="actions">
          <span className="quiet">Nothing fits among those that were searched so far.</span>
          <ButtonLink size="small" to={url.afterTo(list.data.next)!}>
            Search further
          </ButtonLink>
        </p>
      )}
      {rows.length > 0 && (
        <>
          <Table caption="Secrets" rows={rows} columns={columns} rowKey={(row) => row.id} sort={url.sort} sortTo={url.sortTo} dense keys />
          <Pager shown={rows.length} noun={rows.length === 1 ? 'secret' : 'secrets'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
        </>
      )}
    </Page>
  );
}

/** An empty view says what would stand in it, and why a court asks for that. */
function NothingFits({ view }: { view: string | undefined }) {
  if (view === 'Tier 3')
    return (
      <Empty
        title="No secret that you may know of is in tier 3."
        why="The crown jewels stand here: what the company could not do without. A court asks whether the measures fit the worth, so few secrets belong here. An owner changes the tier on the sheet, under Revise."
      />
    );
  if (view === 'I own')
    return (
      <Empty
        title="You answer for no secret."
        why="Those that you own stand here: you keep their sheets true, and let people in and out. A court wants to hear one person say who could open it, and why."
      />
    );
  if (view === 'Review due')
    return (
      <Empty
        title={`No review is past, or due within ${REVIEW_DUE_DAYS} days.`}
        why="A secret comes here when the day of its next review is near: a court asks whether it was still looked after, not only whether it once was. An owner sets the day on the sheet, under Revise."
      />
    );
  return <p className="quiet">No secret that you may know of fits these filters.</p>;
}
