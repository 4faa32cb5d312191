import { Fragment, useState } from 'react';
import { describeError, useAct, useRead } from '#platform/web/operations.ts';
import {
  ActDialog,
  announce,
  Button,
  ButtonLink,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Page,
  Pager,
  State,
  Sub,
  Table,
  useListUrl,
} from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { TOKEN_WORDS } from './words.ts';

interface Ending {
  readonly id: string;
  readonly name: string;
}

/** Tokens by which programs ask: what each may do, when it was used, when it ends. */
export function TokensPage() {
  const url = useListUrl({ by: 'made', down: true });
  const list = useRead(people.tokens, { limit: 50, ...(url.after ? { cursor: url.after } : {}) });
  const end = useAct(people.endToken);
  const [ending, setEnding] = useState<Ending>();
  const rows = list.data?.items ?? [];
  const make = (
    <ButtonLink variant="filled" to="/tokens/new">
      Make a token
    </ButtonLink>
  );
  return (
    <Page
      path={['Settings', 'Tokens']}
      title="What programs may ask."
      lede="A token acts for a program: a mail gateway, a build, a script. None of them opens content."
      actions={rows.length > 0 ? make : undefined}
    >
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the tokens" lines={5} />}
      {list.data && rows.length === 0 && (
        <Empty
          title="No program has a token."
          why="With one, a gateway or a build can check what leaves before it leaves. Each check is recorded under the token’s name."
          action={make}
        />
      )}
      {rows.length > 0 && (
        <>
          <Table
            caption="Tokens, newest first"
            rows={rows}
            rowKey={(row) => row.id}
            dense
            keys
            columns={[
              {
                id: 'name',
                head: 'Token',
                cell: (row) => (
                  <>
                    {row.name}
                    <Sub>
                      {row.inForce.map((one, no) => (
                        <Fragment key={one}>
                          {no > 0 && '; '}
                          {TOKEN_WORDS[one]} <code>{one}</code>
                        </Fragment>
                      ))}
                    </Sub>
                    {row.inForce.length < row.permissions.length && (
                      <Sub>
                        <State kind="gap">
                          Its maker may no longer:{' '}
                          {row.permissions
                            .filter((one) => !row.inForce.includes(one))
                            .map((one) => TOKEN_WORDS[one].toLowerCase())
                            .join('; ')}
                        </State>
                      </Sub>
                    )}
                  </>
                ),
              },
              { id: 'made', head: 'Made', wideOnly: true, cell: (row) => <Instant at={row.createdAt} precision="day" /> },
              { id: 'used', head: 'Last used', cell: (row) => (row.usedAt ? <Instant at={row.usedAt} relative /> : <span className="faint">Never</span>) },
              { id: 'ends', head: 'Ends', cell: (row) => <Instant at={row.expiresAt} precision="day" relative /> },
              {
                id: 'end',
                head: 'End',
                cell: (row) => (
                  <Button size="small" onClick={() => setEnding({ id: row.id, name: row.name })} aria-label={`End the token ${row.name}`}>
                    End
                  </Button>
                ),
              },
            ]}
          />
          <Pager shown={rows.length} noun={rows.length === 1 ? 'token' : 'tokens'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
        </>
      )}
      <ActDialog
        open={ending !== undefined}
        onClose={() => setEnding(undefined)}
        about={ending?.name}
        title="End this token"
        acts={[{ id: 'end', what: 'Programs that use it are refused at once', undo: 'Cannot be undone' }]}
        verb="End the token"
        destructive
        reason="none"
        busy={end.isPending}
        error={end.error ? describeError(end.error) : null}
        onConfirm={() =>
          ending &&
          end.mutate(
            { tokenId: ending.id as never },
            {
              onSuccess: () => {
                announce(`The token ${ending.name} has ended`);
                setEnding(undefined);
              },
            },
          )
        }
      />
    </Page>
  );
}
