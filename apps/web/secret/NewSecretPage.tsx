import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { OWNING_ROLES, people } from '#features/people/contract.ts';
import { PersonField } from '#features/people/web/PersonField.tsx';
import { register } from '#features/register/contract.ts';
import { describeError, useAct, useRead } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { LeaveGuard } from '#platform/web/shell/index.ts';
import {
  announce,
  Button,
  CheckField,
  ChoiceField,
  DateField,
  ErrorNote,
  Form,
  Page,
  Section,
  TextArea,
  TextButton,
  TextField,
  useFields,
} from '#platform/web/ui/index.ts';
import { CONTRIBUTORS_HINT, CONTRIBUTORS_WANTED, readContributors } from './contributors.ts';
import { COUNTRIES_WANTED, readCountries } from './countries.ts';
import { TIERS } from './tiers.ts';
import './SecretPage.css';

interface Element {
  readonly key: number;
  readonly heading: string;
  readonly text: string;
}
/** Nothing that was typed is left out: an element has both, or neither. */
function problemsOf({ heading, text }: Element): { heading?: string; text?: string } {
  if (heading.trim() === '' && text.trim() !== '') return { heading: 'Give this element a heading: it is named by it' };
  if (heading.trim() !== '' && text.trim() === '') return { text: 'Give the text of this element, or take its heading out' };
  return {};
}

const FIELDS = ['codeName', 'title', 'unit', 'storedIn', 'usedIn', 'originOn', 'reviewOn'] as const;

/** Registers a secret: who it is, whose it is, what it consists of. */
export function NewSecretPage() {
  const router = useRouter();
  const me = useRead(people.me, {});
  const enter = useAct(register.enter);
  const form = useFields({ codeName: '', title: '', tier: '2', owner: '', unit: '', contributors: '', storedIn: '', usedIn: '', originOn: '', reviewOn: '' });
  const [combination, setCombination] = useState(false);
  const [elements, setElements] = useState<readonly Element[]>([{ key: 0, heading: '', text: '' }]);
  const done = useRef(false);
  const hasContent = form.changed || combination || elements.some(({ heading, text }) => heading + text !== '');
  const [asked, setAsked] = useState(false);
  const owner = form.values.owner || me.data?.id || '';
  const change = (key: number, part: Partial<Element>) => setElements((before) => before.map((one) => (one.key === key ? { ...one, ...part } : one)));

  const submit = async () => {
    const { codeName, title, tier, unit, originOn, reviewOn } = form.values;
    const contributors = readContributors(form.values.contributors);
    const [storedIn, usedIn] = [readCountries(form.values.storedIn), readCountries(form.values.usedIn)];
    const problems = {
      ...(/^[A-Z][A-Z0-9-]{1,39}$/.test(codeName.trim().toUpperCase())
        ? {}
        : { codeName: 'Two to forty capitals, digits and hyphens, beginning with a letter' }),
      ...(title.trim() === '' ? { title: 'A title that those who may know of the secret will understand' } : {}),
      ...(owner === '' ? { owner: 'Choose who answers for it' } : {}),
      ...(contributors ? {} : { contributors: CONTRIBUTORS_WANTED }),
      ...(storedIn ? {} : { storedIn: COUNTRIES_WANTED }),
      ...(usedIn ? {} : { usedIn: COUNTRIES_WANTED }),
    };
    setAsked(true);
    if (!contributors || !storedIn || !usedIn || Object.keys(problems).length > 0 || elements.some((one) => Object.keys(problemsOf(one)).length > 0))
      return form.fail(problems);
    const written = elements.filter((one) => one.heading.trim() !== '').map(({ heading, text }) => ({ heading, text }));
    const asking = enter.mutateAsync(
      {
        codeName: codeName.trim().toUpperCase(),
        title,
        tier: Number(tier),
        ownerId: owner as never,
        unit,
        contributors,
        combination,
        elements: written,
        storedIn,
        usedIn,
        originOn: originOn || null,
        reviewOn: reviewOn || null,
      },
      {
        onSuccess: ({ secretId }) => {
          done.current = true;
          announce('The secret is registered');
          router.history.push(`/register/${secretId}`);
        },
      },
    );
    await asking.catch((refused: unknown) => form.fail(refusedFields(refused, FIELDS)));
  };
  return (
    <Page
      path={[{ label: 'Register', to: '/register' }, 'New']}
      title="Register a secret."
      lede="Say what it is, who answers for it and what it consists of. Title and text are encrypted; only counsel and those whom you let in will learn that it exists."
    >
      <LeaveGuard hasContent={hasContent} done={done} what="The secret is not registered yet." />
      <Form label="Register a secret" onSubmit={submit}>
        <Section title="Name">
          <TextField label="Code name" hint="Tells nothing of the secret: KESTREL, not FIRING-SCHEDULE." width="medium" {...form.field('codeName')} />
          <TextField label="Title" hint="Seen by those who may know of the secret." maxLength={300} {...form.field('title')} />
          <ChoiceField label="Tier" choices={TIERS} {...form.field('tier')} />
        </Section>
        <Section title="Who and where">
          <PersonField
            label="Owner"
            hint="The person answerable for it: grants and revokes access."
            roles={OWNING_ROLES}
            start={me.data}
            {...form.field('owner')}
            value={owner}
          />
          <TextField label="Unit" optional width="medium" maxLength={120} {...form.field('unit')} />
          <TextArea label="Contributors" hint={CONTRIBUTORS_HINT} optional {...form.field('contributors')} />
          <TextField label="Kept in" hint="Countries by two letters, such as DE, TW." optional width="medium" {...form.field('storedIn')} />
          <TextField label="Used in" hint="Where it is put to use: a court asks for both." optional width="medium" {...form.field('usedIn')} />
          <DateField label="Held since" optional {...form.field('originOn')} />
          <DateField label="Next review" optional {...form.field('reviewOn')} />
        </Section>
        <Section title="Elements" aside="Numbered, so that a match can name what left">
          {elements.map((one, i) => (
            <div className="stack-s" key={one.key}>
              <TextField
                label={`Element ${i + 1}`}
                optional
                maxLength={200}
                value={one.heading}
                onChange={(heading) => change(one.key, { heading })}
                error={asked ? problemsOf(one).heading : undefined}
              />
              <TextArea
                label={`Text of element ${i + 1}`}
                hint="Encrypted. Each opening is recorded."
                optional
                rows={5}
                value={one.text}
                error={asked ? problemsOf(one).text : undefined}
                onChange={(text) => change(one.key, { text })}
              />
            </div>
          ))}
          <p className="add-element">
            <TextButton onClick={() => setElements((before) => [...before, { key: before.length, heading: '', text: '' }])}>Add an element</TextButton>
          </p>
          <CheckField
            label="The combination is the secret"
            hint="Each element may be known; how they are put together is not."
            checked={combination}
            onChange={setCombination}
          />
        </Section>
        {enter.error && Object.keys(refusedFields(enter.error, FIELDS)).length === 0 && <ErrorNote error={describeError(enter.error)} />}
        <p className="actions new-secret-end">
          <Button type="submit" variant="filled" busy={enter.isPending}>
            Register the secret
          </Button>
        </p>
      </Form>
    </Page>
  );
}
