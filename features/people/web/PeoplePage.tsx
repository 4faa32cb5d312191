import { useState } from 'react';
import { describeError, useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';
import {
  Button,
  ButtonLink,
  Empty,
  ErrorNote,
  Instant,
  Link,
  Loading,
  Page,
  Pager,
  State,
  Sub,
  Table,
  Toolbar,
  useListUrl,
  Views,
} from '#platform/web/ui/index.ts';
import type { Column } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { Role } from '../contract.ts';
import { AttestDialog } from './AttestDialog.tsx';
import { Invitations } from './Invitations.tsx';
import { LeaveDialog, RolesDialog } from './PersonDialogs.tsx';
import { ResetDialog } from './ResetDialog.tsx';
import { nameRoles } from './words.ts';

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly active: boolean;
  readonly inDoubt: boolean;
  readonly confirmable: boolean;
  readonly since: string;
  readonly secondFactor: boolean;
}

const base: readonly Column<PersonRow>[] = [
  { id: 'roles', head: 'Roles', cell: (row) => (row.active ? nameRoles(row.roles) : <span className="faint">None</span>) },
  {
    id: 'factor',
    head: 'Sign-in',
    cell: (row) =>
      row.active ? (
        row.inDoubt ? (
          <State kind="due">New password, to be confirmed</State>
        ) : row.secondFactor ? (
          <State kind="holds">Second factor</State>
        ) : (
          <State kind="gap">Password alone</State>
        )
      ) : (
        <State kind="quiet">Has left</State>
      ),
  },
  { id: 'since', head: 'Since', figures: true, wideOnly: true, cell: (row) => <Instant at={row.since} precision="day" /> },
];

const STATES = ['here', 'left'] as const;

/** Who works here, what they may do, and how well their sign-in holds. */
export function PeoplePage() {
  const url = useListUrl({ by: 'name', down: false });
  const state = STATES.find((one) => one === url.filter('state'));
  const list = useRead(people.list, {
    limit: 50,
    ...(state ? { state } : {}),
    ...(url.q ? { search: url.q } : {}),
    ...(url.after ? { cursor: url.after } : {}),
  });
  const mayInvite = useMay('people:invite');
  const mayChange = useMay('people:role');
  const mayTrace = useMay('evidence:entries');
  const [changing, setChanging] = useState<PersonRow>();
  const [leaving, setLeaving] = useState<PersonRow>();
  const [resetting, setResetting] = useState<PersonRow>();
  const mayReset = useMay('people:reset');
  const [attesting, setAttesting] = useState<PersonRow>();
  const me = useRead(people.me, {});
  const rows = list.data?.items ?? [];
  const view = (label: string, only?: (typeof STATES)[number]) => ({ label, to: url.to({ state: only, q: url.q }), current: state === only });

  const name: Column<PersonRow> = {
    id: 'name',
    head: 'Person',
    name: true,
    cell: (row) => (
      <>
        {mayTrace ? <Link to={`/people/${row.id}`}>{row.name}</Link> : row.name}
        <Sub>{row.email}</Sub>
      </>
    ),
  };
  const acts: Column<PersonRow> = {
    id: 'acts',
    head: 'Change',
    cell: (row) =>
      row.active && (
        <span className="actions">
          {row.confirmable && (
            <Button size="small" variant="filled" onClick={() => setAttesting(row)} aria-label={`Confirm ${row.name}`}>
              Confirm
            </Button>
          )}
          {mayChange && (
            <Button size="small" onClick={() => setChanging(row)} aria-label={`Roles of ${row.name}`}>
              Roles
            </Button>
          )}
          {mayReset && me.data && row.id !== me.data.id && (
            <Button size="small" onClick={() => setResetting(row)} aria-label={`New password for ${row.name}`}>
              New password
            </Button>
          )}
          {mayChange && (
            <Button size="small" onClick={() => setLeaving(row)} aria-label={`Has left: ${row.name}`}>
              Has left
            </Button>
          )}
        </span>
      ),
  };
  return (
    <Page
      path={['Settings', 'People']}
      title="Who works here."
      lede="A role says what somebody may ask for. A secret opens to its owner and by a grant, by name and with an end."
      actions={
        mayInvite ? (
          <ButtonLink variant="filled" to="/people/invite">
            Invite somebody
          </ButtonLink>
        ) : undefined
      }
    >
      <Views views={[view('All'), view('Here', 'here'), view('Left', 'left')]} />
      <Toolbar label="Search people" placeholder="Name or mail address" search={url.q} onSearch={url.setQ} />
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the people" lines={8} />}
      {list.data && rows.length === 0 && <Nobody searched={url.q !== ''} hasLeft={state === 'left'} />}
      {rows.length > 0 && (
        <>
          <Table
            caption="People"
            rows={rows}
            columns={[name, ...base, ...(mayChange || rows.some((row) => row.confirmable) ? [acts] : [])]}
            rowKey={(row) => row.id}
            dense
            keys
          />
          <Pager shown={rows.length} noun={rows.length === 1 ? 'person' : 'people'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
        </>
      )}
      {mayInvite && !url.q && !url.after && state !== 'left' && <Invitations />}
      {attesting && <AttestDialog person={attesting} onClose={() => setAttesting(undefined)} />}
      {resetting && <ResetDialog person={resetting} onClose={() => setResetting(undefined)} />}
      {changing && <RolesDialog person={changing} onClose={() => setChanging(undefined)} />}
      {leaving && <LeaveDialog person={leaving} onClose={() => setLeaving(undefined)} />}
    </Page>
  );
}

function Nobody({ searched, hasLeft }: { searched: boolean; hasLeft: boolean }) {
  if (searched || !hasLeft) return <p className="quiet">Nobody fits this search. It looks at how names and mail addresses begin.</p>;
  return (
    <Empty
      title="Nobody has left yet."
      why="Who leaves stays on this list. A court asks when the access of somebody who left has ended: here it ends at once, with sessions, tokens and grants."
    />
  );
}
