import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { ActDialog, announce, CheckField } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { Role } from '../contract.ts';
import type { PersonRow } from './PeoplePage.tsx';
import { asksProof, useProof } from './Proof.tsx';
import { ROLES, ROLE_WORDS } from './words.ts';

interface DialogProps {
  readonly person: PersonRow;
  readonly onClose: () => void;
}

/** Gives and takes roles; each change is an entry of its own, under one reason. */
export function RolesDialog({ person, onClose }: DialogProps) {
  const change = useAct(people.changeRole);
  const proof = useProof();
  const [has, setHas] = useState<ReadonlySet<Role>>(() => new Set(person.roles));
  const [chosen, setChosen] = useState<ReadonlySet<Role>>(has);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const changes = ROLES.filter((role) => has.has(role) !== chosen.has(role));

  function toggle(role: Role, on: boolean) {
    const next = new Set(chosen);
    if (on) next.add(role);
    else next.delete(role);
    setChosen(next);
  }
  async function confirm(reason: string) {
    setBusy(true);
    setError(undefined);
    let now = has;
    try {
      const done = await proof.run(
        async () => {
          for (const role of changes) {
            const given = chosen.has(role);
            await change.mutateAsync({ personId: person.id as never, role, given, reason });
            now = new Set(given ? [...now, role] : [...now].filter((one) => one !== role));
          }
        },
        { needed: asksProof(changes) },
      );
      if (done) {
        announce(`The roles of ${person.name} were changed`);
        onClose();
      }
    } catch (refused) {
      setError(refused);
    }
    // What went through before a refusal is done, and is not asked for again.
    setHas(now);
    setBusy(false);
  }
  return (
    <ActDialog
      open
      onClose={onClose}
      about={person.name}
      title="Change roles"
      acts={changes.map((role) => ({
        id: role,
        what: chosen.has(role) ? `Give the role ${ROLE_WORDS[role][0]}` : `Take the role ${ROLE_WORDS[role][0]}`,
        whom: ROLE_WORDS[role][1],
        undo: 'Can be undone',
      }))}
      verb="Change"
      reasonLeast={5}
      busy={busy}
      error={error === undefined ? null : describeError(error)}
      onConfirm={({ reason }) => void confirm(reason)}
    >
      <fieldset className="field">
        <legend className="lab">Roles from now on</legend>
        {ROLES.map((role) => (
          <CheckField key={role} label={ROLE_WORDS[role][0]} checked={chosen.has(role)} onChange={(on) => toggle(role, on)} />
        ))}
      </fieldset>
      {proof.fields}
    </ActDialog>
  );
}

export function LeaveDialog({ person, onClose }: DialogProps) {
  const leave = useAct(people.leave);
  const proof = useProof();
  const [error, setError] = useState<unknown>();
  async function confirm(reason: string) {
    setError(undefined);
    try {
      if (!(await proof.run(() => leave.mutateAsync({ personId: person.id as never, reason })))) return;
      announce(`${person.name} has left; all access is closed`);
      onClose();
    } catch (refused) {
      setError(refused);
    }
  }
  return (
    <ActDialog
      open
      onClose={onClose}
      about={person.name}
      title={`${person.name} has left`}
      acts={[
        { id: 'sessions', what: 'Every session and token ends at once', whom: person.email, undo: 'Cannot be undone' },
        {
          id: 'access',
          what: 'Every secret closes, the own ones too',
          whom: 'Secrets that this person owns are handed over before; afterwards counsel gives each another owner',
          undo: 'Cannot be undone',
        },
      ]}
      note="What this person did stays in the ledger. Should they return, invite them anew."
      verb="End it now"
      destructive
      reasonLeast={5}
      busy={leave.isPending || proof.isPending}
      error={error === undefined ? null : describeError(error)}
      onConfirm={({ reason }) => void confirm(reason)}
    >
      {proof.fields}
    </ActDialog>
  );
}
