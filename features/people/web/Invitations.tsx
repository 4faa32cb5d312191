import { useState } from 'react';
import { describeError, useAct, useList } from '#platform/web/operations.ts';
import { ActDialog, announce, Button, ErrorNote, Instant, Pager, Section, Sub, Table } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { Role } from '../contract.ts';
import { nameRoles } from './words.ts';

interface InvitationRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly invitedByName: string;
  readonly expiresAt: string;
}

/** Links that still open; nothing where there are none. */
export function Invitations() {
  const list = useList(people.invitations, { limit: 20 });
  const withdraw = useAct(people.withdrawInvitation);
  const [ending, setEnding] = useState<InvitationRow>();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error) return <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) return null;
  return (
    <Section title="Invited, not here yet">
      <Table
        caption="Open invitations"
        rows={rows}
        rowKey={(row) => row.id}
        dense
        columns={[
          {
            id: 'name',
            head: 'Person',
            name: true,
            cell: (row) => (
              <>
                {row.name}
                <Sub>{row.email}</Sub>
              </>
            ),
          },
          { id: 'roles', head: 'Roles', cell: (row) => nameRoles(row.roles) },
          { id: 'by', head: 'Invited by', cell: (row) => row.invitedByName },
          { id: 'ends', head: 'Link ends', cell: (row) => <Instant at={row.expiresAt} /> },
          {
            id: 'acts',
            head: 'Withdraw',
            cell: (row) => (
              <Button size="small" onClick={() => setEnding(row)} aria-label={`Withdraw the invitation of ${row.name}`}>
                Withdraw
              </Button>
            ),
          },
        ]}
      />
      {list.hasNextPage && <Pager shown={rows.length} noun="invitations" onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
      <ActDialog
        open={ending !== undefined}
        onClose={() => setEnding(undefined)}
        about={ending?.name}
        title="Withdraw the invitation"
        acts={[{ id: 'end', what: 'The link opens nothing from now on', whom: ending?.email, undo: 'Invite anew at any time' }]}
        verb="Withdraw"
        reason="none"
        busy={withdraw.isPending}
        error={withdraw.error ? describeError(withdraw.error) : null}
        onConfirm={() =>
          ending &&
          withdraw.mutate(
            { invitationId: ending.id as never },
            {
              onSuccess: () => {
                announce(`The invitation of ${ending.name} is withdrawn`);
                setEnding(undefined);
              },
            },
          )
        }
      />
    </Section>
  );
}
