import { useState } from 'react';
import { describeError, useAct, useList, useRead } from '#platform/web/operations.ts';
import { ActDialog, announce, Button, ErrorNote, Facts, Instant, Loading, Notice, Page, Pager, Section, State, Sub, Table } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { AddFactor } from './AddFactor.tsx';
import { ChangePassword } from './ChangePassword.tsx';
import { nameRoles } from './words.ts';

const KINDS = { browser: 'Browser', 'command-line': 'Command line' } as const;

/** The own account: who one is here, the second factor, and where one is signed in. */
export function MySignInPage() {
  const me = useRead(people.me, {});
  const path = ['Settings', 'My sign-in'];
  if (!me.data) {
    return (
      <Page path={path} title="My sign-in">
        {me.error ? <ErrorNote error={describeError(me.error)} onRetry={() => void me.refetch()} /> : <Loading what="your account" />}
      </Page>
    );
  }
  const { name, email, roles, secondFactor, inDoubt } = me.data;
  return (
    <Page
      path={path}
      title={secondFactor ? 'Your sign-in holds.' : 'Your sign-in hangs on a password alone.'}
      lede={secondFactor ? 'A stolen password opens nothing without the app on your phone.' : 'Add an authenticator app, and a stolen password opens nothing.'}
    >
      <Facts
        facts={[
          ['Name', name],
          ['Mail address', email],
          ['Roles', nameRoles(roles)],
        ]}
      />
      {inDoubt && (
        <Notice>
          Your password was set anew, by a link or by who holds the machine of the server. Everything else is closed until somebody other than who did that
          confirms under People that it is you.
        </Notice>
      )}
      <Factor has={secondFactor} />
      <ChangePassword email={email} />
      <Sessions />
    </Page>
  );
}

function Factor({ has }: { has: boolean }) {
  const [adding, setAdding] = useState(false);
  return (
    <Section title="Second factor">
      <div className="measure stack">
        <p>{has ? <State kind="holds">An authenticator app is in use</State> : <State kind="gap">No app is added</State>}</p>
        {has && <p className="quiet">Lost the phone? Whoever runs the server can take the app away; a colleague confirms you then.</p>}
        {adding ? (
          <AddFactor replaces={has} onDone={() => setAdding(false)} onCancel={() => setAdding(false)} />
        ) : (
          <p>
            <Button variant={has ? 'outlined' : 'filled'} onClick={() => setAdding(true)}>
              {has ? 'Replace the app' : 'Add an app'}
            </Button>
          </p>
        )}
      </div>
    </Section>
  );
}

interface SessionRow {
  readonly id: string;
  readonly current: boolean;
  readonly kind: keyof typeof KINDS;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
}

function Sessions() {
  const list = useList(people.sessions, { limit: 20 });
  const end = useAct(people.endSession);
  const [ending, setEnding] = useState<SessionRow>();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title="Where you are signed in">
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="your sessions" />}
      {rows.length > 0 && (
        <Table
          caption="Your open sessions"
          rows={rows}
          rowKey={(row) => row.id}
          dense
          columns={[
            {
              id: 'kind',
              head: 'Session',
              cell: (row) => (
                <>
                  {KINDS[row.kind]}
                  {row.current && <Sub>This one</Sub>}
                </>
              ),
            },
            { id: 'started', head: 'Signed in', cell: (row) => <Instant at={row.startedAt} /> },
            { id: 'seen', head: 'Last used', cell: (row) => <Instant at={row.seenAt} relative /> },
            { id: 'ends', head: 'Ends by itself', cell: (row) => <Instant at={row.expiresAt} /> },
            {
              id: 'end',
              head: 'End',
              cell: (row) =>
                row.current ? (
                  <span className="faint">Sign out ends it</span>
                ) : (
                  <Button size="small" onClick={() => setEnding(row)}>
                    End
                  </Button>
                ),
            },
          ]}
        />
      )}
      {list.hasNextPage && <Pager shown={rows.length} noun="sessions" onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
      <ActDialog
        open={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title="End this session"
        acts={[{ id: 'end', what: 'Whoever uses it is signed out at once', whom: ending && KINDS[ending.kind], undo: 'You may sign in again' }]}
        verb="End the session"
        reason="none"
        busy={end.isPending}
        error={end.error ? describeError(end.error) : null}
        onConfirm={() =>
          ending &&
          end.mutate(
            { sessionId: ending.id as never },
            {
              onSuccess: () => {
                announce('The session has ended');
                setEnding(undefined);
              },
            },
          )
        }
      />
    </Section>
  );
}
