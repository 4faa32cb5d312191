import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { ActDialog, Button, CopyOnce, Dialog, formatInstant, Notice } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { PersonRow } from './PeoplePage.tsx';
import { useProof } from './Proof.tsx';

/** A link for a new password. */
export function ResetDialog({ person, onClose }: { person: PersonRow; onClose: () => void }) {
  const make = useAct(people.makeReset, { anew: true });
  const proof = useProof();
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<{ url: string; expiresAt: string; confirmable: boolean }>();

  async function confirm(reason: string) {
    setError(undefined);
    try {
      await proof.run(async () => setMade(await make.mutateAsync({ personId: person.id as never, reason })));
    } catch (refused) {
      setError(refused);
    }
  }
  if (made) {
    return (
      <Dialog open onClose={onClose} about={person.name} title="Hand this link over" foot={<Button onClick={onClose}>Done</Button>}>
        <CopyOnce
          label="Link for a new password"
          secret={made.url}
          note={`It works once, until ${formatInstant(made.expiresAt)}, and is shown only now. Give it by a way that only ${person.name} reads.`}
        />
        {!made.confirmable && (
          <Notice kind="gap">
            Nobody here could confirm {person.name} after it is used. Give somebody else the role administrator, counsel, security or owner; until one of them
            confirms under People, everything stays closed.
          </Notice>
        )}
      </Dialog>
    );
  }
  return (
    <ActDialog
      open
      onClose={onClose}
      about={person.name}
      title="Make a link for a new password"
      acts={[
        {
          id: 'link',
          what: 'You get a link to hand over, good once and for an hour',
          whom: person.secondFactor ? 'Signing in still asks for the app' : 'There is no second factor: whoever has the link is this person',
          undo: 'A newer link ends it',
        },
      ]}
      note={`Once it is used, every session of ${person.name} ends, and everything is closed until somebody other than you two confirms who it is. That you made it, and why, stands in the ledger.`}
      verb="Make the link"
      reasonLeast={5}
      busy={make.isPending || proof.isPending}
      error={error === undefined ? null : describeError(error)}
      onConfirm={({ reason }) => void confirm(reason)}
    >
      {proof.fields}
    </ActDialog>
  );
}
