import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { useSession } from '#platform/web/shell/index.ts';
import { Button, ButtonLink, CheckField, CopyOnce, ErrorNote, Form, formatInstant, NumberField, Page, TextField, useFields } from '#platform/web/ui/index.ts';
import { people, TOKEN_DAYS_MOST } from '../contract.ts';
import type { TokenPermission } from '../contract.ts';
import { useProof } from './Proof.tsx';
import { isRefusal, problems } from './refusals.ts';
import { TOKEN_PERMISSIONS, TOKEN_WORDS } from './words.ts';

/** Makes a token with a name, an end and no more than it needs; shows it once. */
export function NewTokenPage() {
  const [made, setMade] = useState<{ name: string; token: string; expiresAt: string }>();
  const path = ['Settings', { label: 'Tokens', to: '/tokens' }, 'New'];
  if (made) {
    return (
      <Page path={path} title={`The token for ${made.name}.`} lede="Put it where the program keeps its secrets. Only its fingerprint is kept here.">
        <div className="measure">
          <CopyOnce label="Token" secret={made.token} note={`It is shown this once, and ends on ${formatInstant(made.expiresAt)}.`} />
          <p className="actions wide-gap">
            <ButtonLink to="/tokens">Back to tokens</ButtonLink>
          </p>
        </div>
      </Page>
    );
  }
  return (
    <Page
      path={path}
      title="Make a token."
      lede="For one program, with no more than it needs, until a day. It never may more than you, also when you lose a role later."
    >
      <TokenForm onMade={setMade} />
    </Page>
  );
}

function TokenForm({ onMade }: { onMade: (made: { name: string; token: string; expiresAt: string }) => void }) {
  const make = useAct(people.makeToken);
  const proof = useProof();
  const { permissions: own } = useSession();
  // Nobody gives a program what is not her own to do.
  const mine = TOKEN_PERMISSIONS.filter((one) => own.has(one));
  const form = useFields({ name: '', days: '90' });
  const [permissions, setPermissions] = useState<readonly TokenPermission[]>(mine.includes('guard:inspect') ? ['guard:inspect'] : []);
  const [none, setNone] = useState(false);
  const [error, setError] = useState<unknown>();
  async function submit() {
    const name = form.values.name.trim();
    const days = Number(form.values.days);
    setError(undefined);
    const found = problems({
      name: name ? undefined : 'Name the program that will use it.',
      days: Number.isInteger(days) && days >= 1 && days <= TOKEN_DAYS_MOST ? undefined : `Between 1 and ${TOKEN_DAYS_MOST} days.`,
    });
    form.fail(found);
    setNone(permissions.length === 0);
    if (Object.keys(found).length > 0 || permissions.length === 0) return;
    try {
      await proof.run(async () => {
        const { token, expiresAt } = await make.mutateAsync({ name, days, permissions: [...permissions] });
        onMade({ name, token, expiresAt });
      });
    } catch (refused) {
      const fields = refusedFields(refused, ['name', 'days']);
      if (Object.keys(fields).length > 0) form.fail(fields);
      else setError(refused);
    }
  }
  return (
    <Form onSubmit={submit} label="Make a token">
      <div className="measure">
        <TextField label="Name" hint="The program that will use it: “Mail gateway”." maxLength={80} plain {...form.field('name')} width="medium" />
        <fieldset className="field">
          <legend className="lab">It may</legend>
          {mine.map((one) => (
            <CheckField
              key={one}
              label={
                <>
                  {TOKEN_WORDS[one]} <code className="quiet small">{one}</code>
                </>
              }
              checked={permissions.includes(one)}
              onChange={(on) => setPermissions(on ? [...permissions, one] : permissions.filter((other) => other !== one))}
              error={none && permissions.length === 0 && one === mine.at(-1) ? 'Choose at least one.' : undefined}
            />
          ))}
        </fieldset>
        <NumberField label="Ends after" unit="days" hint={`At most ${TOKEN_DAYS_MOST}.`} {...form.field('days')} />
        {proof.fields}
        {error !== undefined && (
          <ErrorNote
            error={describeError(error)}
            {...(isRefusal(error, 'platform.already_done')
              ? { meaning: 'The token was made, and nobody has seen it.', next: 'End it under Tokens, then press again for another.' }
              : {})}
          />
        )}
        <p className="actions wide-gap">
          <Button type="submit" variant="filled" busy={make.isPending || proof.isPending}>
            Make the token
          </Button>
          <ButtonLink to="/tokens">Cancel</ButtonLink>
        </p>
      </div>
    </Form>
  );
}
