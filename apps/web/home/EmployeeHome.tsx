import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { describeError, useRead } from '#platform/web/operations.ts';
import { useMay, useSession } from '#platform/web/shell/index.ts';
import { ButtonLink, CodeName, Empty, ErrorNote, formatCount, Loading, Notice, Page, Section, Sub, Table, Tier } from '#platform/web/ui/index.ts';
import { countOf, PAGE } from './this-week.ts';
import { todayInWords } from './today.ts';

/** Home of who works with secrets: may I send this, and what was granted to me. */
export function EmployeeHome() {
  const { name } = useSession();
  const list = useRead(register.list, { sort: 'newest', limit: PAGE });
  const me = useRead(people.me, {});
  const mayCheck = useMay('guard:inspect');
  const rows = list.data?.items ?? [];
  const whole = list.data?.next === null;
  return (
    <Page
      path={['Home', todayInWords()]}
      title={`${name.split(' ')[0] ?? name}, may you send it?`}
      documentTitle="Home"
      lede="Check a text before it leaves: a mail, a paper, a question to an AI tool. Nothing that you paste is stored."
      actions={
        mayCheck ? (
          <ButtonLink variant="filled" to="/check">
            Check a text
          </ButtonLink>
        ) : undefined
      }
    >
      {me.data?.secondFactor === false && (
        <Notice kind="gap" action={<ButtonLink to="/my-sign-in">Add an app</ButtonLink>}>
          <p>Your sign-in hangs on a password alone. With an authenticator app, a stolen password opens nothing.</p>
        </Notice>
      )}
      <Section
        title="Secrets granted to you"
        aside={list.data && rows.length > 0 ? (whole ? formatCount(rows.length, 'secret') : `${countOf({ rows, whole })} secrets`) : undefined}
      >
        {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
        {list.isPending && <Loading what="what was granted to you" />}
        {list.data && rows.length === 0 && (
          <Empty
            title="No secret is granted to you now."
            why="If your work needs one, ask its owner or counsel. A grant names you, a reason and an end, so that it is clear who could open what, and why."
          />
        )}
        {rows.length > 0 && (
          <Table
            caption="Secrets granted to you"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'code',
                head: 'Secret',
                cell: (row) => (
                  <>
                    <CodeName to={`/register/${row.id}`}>{row.codeName}</CodeName>
                    <Sub>{row.title}</Sub>
                  </>
                ),
              },
              { id: 'tier', head: 'Tier', cell: (row) => <Tier tier={row.tier} /> },
              { id: 'unit', head: 'Unit', cell: (row) => row.unit || <span className="faint">None named</span> },
            ]}
          />
        )}
        {list.data && !whole && (
          <p className="wide-gap">
            <ButtonLink to="/register">All of them</ButtonLink>
          </p>
        )}
      </Section>
    </Page>
  );
}
