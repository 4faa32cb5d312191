import { useState, type ReactNode } from 'react';
import { describeError, useAct, useList, useRead } from '#platform/web/operations.ts';
import {
  ActDialog,
  announce,
  Button,
  DateField,
  Empty,
  ErrorNote,
  Form,
  Instant,
  Loading,
  Section,
  TextField,
  useFields,
  Who,
} from '#platform/web/ui/index.ts';
import { register, type OwnerState } from '#features/register/contract.ts';
import { access } from '../contract.ts';
import { condsOf, mendsOf } from './conditions.tsx';

export interface Choosing {
  readonly label: string;
  readonly value: string;
  readonly onChange: (personId: string) => void;
  readonly error: string | undefined;
}
export interface GrantsProps {
  readonly secretId: string;
  readonly codeName: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly ownerState: OwnerState;
  readonly mayGrant: boolean;
  /** The field in which a person is chosen. */
  readonly person: (field: Choosing) => ReactNode;
}
interface Ending {
  readonly id: string;
  readonly name: string;
}

const ANSWERS: Readonly<Record<OwnerState, string>> = {
  here: 'Answers for the secret',
  left: 'Has left: nobody answers for the secret',
  'no-role': 'Has no role any more that may own: nobody answers for the secret',
  altered: 'What is kept of this person was changed by hand: nobody answers for the secret',
};

/** Who can open a secret, and why: one line each. */
export function Grants({ secretId, codeName, ownerId, ownerName, ownerState, mayGrant, person }: GrantsProps) {
  const list = useList(access.list, { secretId: secretId as never, limit: 50 });
  const grants = list.data?.pages.flatMap((page) => page.items) ?? [];
  const owner = useRead(access.explain, { secretId: secretId as never, personId: ownerId as never });
  const past = useList(access.list, { secretId: secretId as never, ended: true, limit: 50 });
  const ended = past.data?.pages.flatMap((page) => page.items) ?? [];
  const before = useList(register.owners, { secretId: secretId as never, limit: 50 });
  const owners = before.data?.pages.flatMap((page) => page.items) ?? [];
  const [ending, setEnding] = useState<Ending>();
  const revoke = useAct(access.revoke);
  return (
    <Section title="Who can open it, and why">
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {owner.error && <ErrorNote error={describeError(owner.error)} onRetry={() => void owner.refetch()} />}
      {(list.isPending || owner.isPending) && <Loading what="the grants" />}
      {list.data && owner.data && (
        <Who
          people={[
            {
              id: 'owner',
              state: ownerState === 'here' && owner.data.mayOpen ? 'holds' : 'gap',
              name: ownerName,
              role: 'Owner',
              text: ANSWERS[ownerState],
              // Where nobody answers for it, that is what there is to say.
              ...(ownerState === 'here' ? { conds: condsOf(owner.data.conditions, 'owner'), note: mendsOf(owner.data.conditions, 'owner') } : {}),
            },
            ...grants.map((grant) => ({
              id: grant.id,
              state: grant.mayOpen ? ('holds' as const) : ('gap' as const),
              name: grant.personName,
              text: (
                <>
                  {grant.reason}. Until <Instant at={grant.until} precision="day" />
                </>
              ),
              conds: condsOf(grant.conditions, 'granted'),
              note: mendsOf(grant.conditions, 'granted'),
              action: mayGrant ? (
                <Button size="small" onClick={() => setEnding({ id: grant.id, name: grant.personName })}>
                  End
                </Button>
              ) : undefined,
            })),
          ]}
        />
      )}
      {list.data && past.data && grants.length === 0 && ended.length === 0 && (
        <Empty
          title="Nobody but the owner is let in yet."
          why="A grant names a person, a reason and an end. A court asks who could open the secret, and why."
        />
      )}
      {list.hasNextPage && <More list={list} what="Further grants" />}
      {past.error && <ErrorNote error={describeError(past.error)} onRetry={() => void past.refetch()} />}
      {before.error && <ErrorNote error={describeError(before.error)} onRetry={() => void before.refetch()} />}
      {ended.length + owners.length > 0 && (
        <details className="stack-s">
          <summary>Who could open it before</summary>
          <Who
            people={[
              ...owners.map(({ personId, personName, from, until }) => ({
                id: `${personId} ${from}`,
                name: personName,
                role: 'Owner',
                text: (
                  <>
                    Answered for the secret from <Instant at={from} /> to <Instant at={until} />
                  </>
                ),
              })),
              ...ended.map((grant) => ({
                id: grant.id,
                name: grant.personName,
                text: (
                  <>
                    {grant.reason}. From <Instant at={grant.from} /> to <Instant at={grant.revokedAt ?? grant.until} />
                    {grant.endReason ? `, when it was ended: “${grant.endReason}”` : ', when it ran out'}
                  </>
                ),
              })),
            ]}
          />
          {before.hasNextPage && <More list={before} what="Earlier owners" />}
          {past.hasNextPage && <More list={past} what="Older grants" />}
        </details>
      )}
      {mayGrant && <GrantForm secretId={secretId} field={person} />}
      <ActDialog
        open={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={`End ${ending?.name}’s access to ${codeName}?`}
        acts={[{ id: 'end', what: 'The grant ends now. A download in progress stops within a second', whom: ending?.name, undo: 'A new grant can be made' }]}
        verb="End the grant"
        reason="required"
        reasonLeast={5}
        busy={revoke.isPending}
        error={revoke.error ? describeError(revoke.error) : null}
        onConfirm={({ reason }) =>
          ending &&
          revoke.mutate(
            { grantId: ending.id as never, reason },
            {
              onSuccess: () => {
                announce(`${ending.name}’s access has ended`);
                setEnding(undefined);
              },
            },
          )
        }
      />
    </Section>
  );
}

function More({ list, what }: { list: { isFetchingNextPage: boolean; fetchNextPage: () => unknown }; what: string }) {
  return (
    <p className="actions">
      <Button size="small" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {what}
      </Button>
    </p>
  );
}

function GrantForm({ secretId, field }: { secretId: string; field: GrantsProps['person'] }) {
  const grant = useAct(access.grant);
  const form = useFields({ person: '', reason: '', until: '' });
  const submit = () => {
    const { person, reason, until } = form.values;
    const problems = {
      ...(person === '' ? { person: 'Choose who needs to know' } : {}),
      ...(reason.trim().length < 10 ? { reason: 'Say in a sentence why this person needs to know' } : {}),
      ...(until === '' ? { until: 'Every grant has an end' } : {}),
    };
    if (Object.keys(problems).length > 0) return form.fail(problems);
    grant.mutate(
      { secretId: secretId as never, personId: person as never, reason, until: new Date(`${until}T23:59:59`).toISOString() },
      {
        onSuccess: () => {
          announce('Access granted');
          form.reset({ person: '', reason: '', until: '' });
        },
      },
    );
  };
  return (
    <Form label="Let somebody in" onSubmit={submit}>
      <h3>Let somebody in who needs to know</h3>
      {field({ label: 'Person', ...form.field('person') })}
      <TextField label="Reason" hint="It is recorded, and is what a court will read." {...form.field('reason')} />
      <DateField label="Until" {...form.field('until')} />
      {grant.error && <ErrorNote error={describeError(grant.error)} />}
      <p className="actions">
        <Button type="submit" busy={grant.isPending}>
          Grant access
        </Button>
      </p>
    </Form>
  );
}
