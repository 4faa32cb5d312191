import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { ActDialog, Button, CodeField, CopyOnce, Dialog, formatInstant, Notice, PasswordField, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { PersonRow } from './PeoplePage.tsx';
import { isRefusal } from './refusals.ts';

type Proof = 'password' | 'code';

/** A link for a new password. The server asks who is asking where that was not proved within the last minutes, and says by what. */
export function ResetDialog({ person, hasFactor, onClose }: { person: PersonRow; hasFactor: boolean; onClose: () => void }) {
  const make = useAct(people.makeReset);
  const prove = useAct(people.prove);
  const form = useFields({ password: '', code: '' });
  const [proof, setProof] = useState<Proof>();
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<{ url: string; expiresAt: string; confirmable: boolean }>();

  async function confirm(reason: string) {
    setError(undefined);
    try {
      if (proof) {
        const given = form.values[proof];
        if (!given) return form.fail({ [proof]: proof === 'code' ? 'Type the six digits that your app shows.' : 'Type your password.' });
        await prove.mutateAsync({ [proof]: given });
        setProof(undefined);
      }
      setMade(await make.mutateAsync({ personId: person.id as never, reason }));
    } catch (refused) {
      if (isRefusal(refused, 'people.proof_needed')) return setProof(hasFactor ? 'code' : 'password');
      // An app that was added, or taken away, since this page was read.
      if (isRefusal(refused, 'people.second_factor_needed')) return setProof('code');
      if (isRefusal(refused, 'people.factor_missing')) return setProof('password');
      if (proof && (isRefusal(refused, 'people.credentials_wrong') || isRefusal(refused, 'people.code_wrong'))) {
        form.set(proof, '');
        return form.fail({ [proof]: 'That did not match. Try again.' });
      }
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
      busy={make.isPending || prove.isPending}
      error={error === undefined ? null : describeError(error)}
      onConfirm={({ reason }) => void confirm(reason)}
    >
      {proof === 'password' && (
        <PasswordField
          label="Your own password"
          hint="Before this, the server asks once more who you are."
          autoComplete="current-password"
          {...form.field('password')}
        />
      )}
      {proof === 'code' && (
        <CodeField
          label="Six digits of your own app"
          value={form.values.code}
          onChange={(code) => form.set('code', code)}
          onComplete={() => undefined}
          error={form.errors.code}
        />
      )}
    </ActDialog>
  );
}
