import { useState } from 'react';
import { OWNING_ROLES } from '#features/people/contract.ts';
import { PersonField } from '#features/people/web/PersonField.tsx';
import { register, type OwnerState } from '#features/register/contract.ts';
import { describeError, useAct } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import {
  ActDialog,
  announce,
  Button,
  CheckField,
  ChoiceField,
  DateField,
  ErrorNote,
  Form,
  TextArea,
  TextButton,
  TextField,
  useFields,
} from '#platform/web/ui/index.ts';
import { CONTRIBUTORS_HINT, CONTRIBUTORS_WANTED, readContributors } from './contributors.ts';
import { COUNTRIES_WANTED, readCountries } from './countries.ts';
import { TIERS } from './tiers.ts';

export interface Mended {
  readonly id: string;
  readonly codeName: string;
  readonly title: string;
  readonly tier: number;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly ownerState: OwnerState;
  readonly unit: string;
  readonly contributors: readonly string[];
  readonly combination: boolean;
  readonly storedIn: readonly string[];
  readonly usedIn: readonly string[];
  readonly originOn: string | null;
  readonly reviewOn: string | null;
}

/** What the owner changes on the sheet itself: each change asks for its reason, and is recorded. */
export function Mending({ secret }: { secret: Mended }) {
  const [open, setOpen] = useState<'revise' | 'hand-over'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <Button onClick={() => setOpen('revise')}>Revise</Button>
      <Button onClick={() => setOpen('hand-over')}>Hand over</Button>
      {open === 'revise' && <ReviseDialog secret={secret} onClose={close} />}
      {open === 'hand-over' && <HandOverDialog secret={secret} onClose={close} />}
    </>
  );
}

const FIELDS = ['title', 'unit', 'storedIn', 'usedIn', 'originOn', 'reviewOn'] as const;
function ReviseDialog({ secret, onClose }: { secret: Mended; onClose: () => void }) {
  const revise = useAct(register.revise);
  const form = useFields({
    title: secret.title,
    tier: String(secret.tier),
    unit: secret.unit,
    contributors: secret.contributors.join('\n'),
    storedIn: secret.storedIn.join(', '),
    usedIn: secret.usedIn.join(', '),
    originOn: secret.originOn ?? '',
    reviewOn: secret.reviewOn ?? '',
  });
  const [combination, setCombination] = useState(secret.combination);
  const confirm = (reason: string) => {
    const { title, tier, unit, originOn, reviewOn } = form.values;
    const contributors = readContributors(form.values.contributors);
    const [storedIn, usedIn] = [readCountries(form.values.storedIn), readCountries(form.values.usedIn)];
    const problems = {
      ...(title.trim() === '' ? { title: 'A title that those who may know of the secret will understand' } : {}),
      ...(contributors ? {} : { contributors: CONTRIBUTORS_WANTED }),
      ...(storedIn ? {} : { storedIn: COUNTRIES_WANTED }),
      ...(usedIn ? {} : { usedIn: COUNTRIES_WANTED }),
    };
    if (!contributors || !storedIn || !usedIn || title.trim() === '') return form.fail(problems);
    const days = { originOn: originOn || null, reviewOn: reviewOn || null };
    const changed = { title, tier: Number(tier), unit, contributors, combination, storedIn, usedIn, ...days };
    revise.mutate(
      { secretId: secret.id as never, ...changed, reason },
      {
        onSuccess: () => {
          announce('The secret is revised');
          onClose();
        },
        onError: (refused) => form.fail(refusedFields(refused, FIELDS)),
      },
    );
  };
  return (
    <ActDialog
      open
      onClose={onClose}
      about={secret.codeName}
      title="Revise what the register says of it"
      acts={[
        {
          id: 'revise',
          what: 'The sheet says this from now on',
          whom: 'What it said before stays in the ledger. The code name stays',
          undo: 'Can be revised again',
        },
      ]}
      verb="Revise"
      reasonLeast={5}
      busy={revise.isPending}
      error={revise.error && Object.keys(refusedFields(revise.error, FIELDS)).length === 0 ? describeError(revise.error) : null}
      onConfirm={({ reason }) => confirm(reason)}
    >
      <TextField label="Title" maxLength={300} {...form.field('title')} />
      <ChoiceField label="Tier" choices={TIERS} {...form.field('tier')} />
      <TextField label="Unit" optional width="medium" maxLength={120} {...form.field('unit')} />
      <TextArea label="Contributors" hint={CONTRIBUTORS_HINT} optional {...form.field('contributors')} />
      <TextField label="Kept in" hint="Countries by two letters, such as DE, TW." optional width="medium" {...form.field('storedIn')} />
      <TextField label="Used in" optional width="medium" {...form.field('usedIn')} />
      <DateField label="Held since" optional {...form.field('originOn')} />
      <DateField label="Next review" optional {...form.field('reviewOn')} />
      <CheckField
        label="The combination is the secret"
        hint="Each element may be known; how they are put together is not."
        checked={combination}
        onChange={setCombination}
      />
    </ActDialog>
  );
}

/** For counsel, where nobody answers for it: without an owner nobody lets anybody in, or out. */
export function Reassigning({ secret }: { secret: Mended }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Give it an owner</Button>
      {open && <HandOverDialog secret={secret} onClose={() => setOpen(false)} />}
    </>
  );
}

const GOES: Readonly<Record<OwnerState, string>> = {
  here: 'opens it no more, unless let in',
  left: 'has left',
  'no-role': 'has no role any more that may own',
  altered: 'is not known for certain',
};
function HandOverDialog({ secret, onClose }: { secret: Mended; onClose: () => void }) {
  const handOver = useAct(register.changeOwner);
  const reassign = useAct(register.reassign);
  const isHere = secret.ownerState === 'here';
  const change = isHere ? handOver : reassign;
  const form = useFields({ owner: '' });
  const [name, setName] = useState('');
  const confirm = (reason: string) => {
    if (form.values.owner === '') return form.fail({ owner: 'Choose who answers for it from now on' });
    change.mutate(
      { secretId: secret.id as never, ownerId: form.values.owner as never, reason },
      {
        onSuccess: () => {
          announce(`${name || 'The new owner'} answers for ${secret.codeName} now`);
          onClose();
        },
      },
    );
  };
  return (
    <ActDialog
      open
      onClose={onClose}
      about={secret.codeName}
      title={isHere ? 'Hand it over to another owner' : 'Give it an owner'}
      acts={[
        {
          id: 'hand-over',
          what: `${name || 'The new owner'} answers for it, opens it, and lets people in`,
          whom: `${secret.ownerName} ${GOES[secret.ownerState]}. Grants that were made stay until their end`,
          undo: isHere ? 'Only the new owner can hand it back' : 'The new owner can hand it on',
        },
      ]}
      verb={isHere ? 'Hand over' : 'Give it'}
      reasonLeast={5}
      busy={change.isPending}
      error={change.error ? describeError(change.error) : null}
      onConfirm={({ reason }) => confirm(reason)}
    >
      <PersonField
        label="New owner"
        hint="Only who has a role that may own stands here; an administrator gives it."
        roles={OWNING_ROLES}
        except={secret.ownerId}
        {...form.field('owner')}
        onChange={(ownerId, called) => {
          form.set('owner', ownerId);
          setName(called);
        }}
      />
    </ActDialog>
  );
}

/** One more numbered element. */
export function AddElement({ secretId }: { secretId: string }) {
  const add = useAct(register.addElement);
  const form = useFields({ heading: '', text: '' });
  const [open, setOpen] = useState(false);
  const submit = () => {
    const { heading, text } = form.values;
    const problems = {
      ...(heading.trim() === '' ? { heading: 'What this element is, in a few words' } : {}),
      ...(text.trim() === '' ? { text: 'What is secret about it' } : {}),
    };
    if (Object.keys(problems).length > 0) return form.fail(problems);
    add.mutate(
      { secretId: secretId as never, heading, text },
      {
        onSuccess: () => {
          announce('The element is added');
          form.reset({ heading: '', text: '' });
          setOpen(false);
        },
      },
    );
  };
  if (!open)
    return (
      <p className="add-element">
        <TextButton onClick={() => setOpen(true)}>Add an element</TextButton>
      </p>
    );
  return (
    <Form label="Add an element" onSubmit={submit}>
      <TextField label="Element" autoFocus {...form.field('heading')} />
      <TextArea label="Text of the element" hint="Encrypted. Each opening is recorded. What is added is not taken back." rows={5} {...form.field('text')} />
      {add.error && <ErrorNote error={describeError(add.error)} />}
      <p className="actions">
        <Button type="submit" busy={add.isPending}>
          Add the element
        </Button>
        <Button onClick={() => setOpen(false)}>Cancel</Button>
      </p>
    </Form>
  );
}
