import { describeError, useAct } from '#platform/web/operations.ts';
import { ActDialog, announce } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { PersonRow } from './PeoplePage.tsx';

/** A third person says that it is she, whoever set the password. */
export function AttestDialog({ person, onClose }: { person: PersonRow; onClose: () => void }) {
  const attest = useAct(people.attest);
  return (
    <ActDialog
      open
      onClose={onClose}
      about={person.name}
      title={`Confirm that it is ${person.name}`}
      acts={[
        {
          id: 'attest',
          what: 'Roles and access of this person come back',
          whom: 'Speak with them first, by voice or in person: whoever set the password has them then',
          undo: 'Recorded with your name',
        },
      ]}
      note="The password was set anew: by a link that an administrator made, or by who holds the machine of the server. Whoever made a link, and this person, cannot confirm it themselves."
      verb="Confirm"
      reasonHint="How you know that it is this person."
      reasonLeast={5}
      busy={attest.isPending}
      error={attest.error ? describeError(attest.error) : null}
      onConfirm={({ reason }) =>
        attest.mutate(
          { personId: person.id as never, reason },
          {
            onSuccess: () => {
              announce(`${person.name} is confirmed`);
              onClose();
            },
          },
        )
      }
    />
  );
}
