import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { Button, ButtonLink, CheckField, CopyOnce, ErrorNote, Form, formatInstant, Page, TextField, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import type { Role } from '../contract.ts';
import { asksProof, useProof } from './Proof.tsx';
import { emailProblem, isRefusal, problems } from './refusals.ts';
import { ROLES, ROLE_WORDS } from './words.ts';

interface Made {
  readonly name: string;
  readonly url: string;
  readonly expiresAt: string;
}

/** Makes a link that one hands over oneself: by chat, on paper, in person. No mail is sent. */
export function InvitePage() {
  const [made, setMade] = useState<Made>();
  const path = ['Settings', { label: 'People', to: '/people' }, 'Invite'];
  if (made) {
    return (
      <Page path={path} title={`Hand this link to ${made.name}.`} lede="Whoever has it can join in their place, once. Give it by a way that only they read.">
        <div className="measure">
          <CopyOnce
            label="Invitation link"
            secret={made.url}
            note={`It works once, until ${formatInstant(made.expiresAt)}, and is shown only now. A new invitation to the same address ends it.`}
          />
          <p className="actions wide-gap">
            <Button onClick={() => setMade(undefined)}>Invite another</Button>
            <ButtonLink to="/people">Back to people</ButtonLink>
          </p>
        </div>
      </Page>
    );
  }
  return (
    <Page path={path} title="Invite somebody." lede="You get a link to hand over. It works without mail.">
      <InviteForm onMade={setMade} />
    </Page>
  );
}

function InviteForm({ onMade }: { onMade: (made: Made) => void }) {
  const invite = useAct(people.invite, { anew: true });
  const proof = useProof();
  const form = useFields({ name: '', email: '' });
  const [roles, setRoles] = useState<readonly Role[]>([]);
  const [noRole, setNoRole] = useState(false);
  const [error, setError] = useState<unknown>();
  async function submit() {
    const { name, email } = form.values;
    setError(undefined);
    const found = problems({ name: name.trim() ? undefined : 'Give the name.', email: emailProblem(email) });
    form.fail(found);
    setNoRole(roles.length === 0);
    if (Object.keys(found).length > 0 || roles.length === 0) return;
    try {
      await proof.run(
        async () => {
          const { url, expiresAt } = await invite.mutateAsync({ name, email: email.trim(), roles: [...roles] });
          onMade({ name: name.trim(), url, expiresAt });
        },
        { needed: asksProof(roles) },
      );
    } catch (refused) {
      const fields = isRefusal(refused, 'people.email_taken') ? { email: 'Somebody here has this mail address.' } : refusedFields(refused, ['name', 'email']);
      if (Object.keys(fields).length > 0) form.fail(fields);
      else setError(refused);
    }
  }
  return (
    <Form onSubmit={submit} label="Invite">
      <div className="measure">
        <TextField label="Name" maxLength={120} autoComplete="off" {...form.field('name')} width="medium" />
        <TextField label="Mail address" hint="They sign in with it." type="email" autoComplete="off" {...form.field('email')} width="medium" />
        <fieldset className="field">
          <legend className="lab">Roles</legend>
          {ROLES.map((role) => (
            <CheckField
              key={role}
              label={ROLE_WORDS[role][0]}
              hint={ROLE_WORDS[role][1]}
              checked={roles.includes(role)}
              onChange={(on) => setRoles(on ? [...roles, role] : roles.filter((one) => one !== role))}
              error={noRole && roles.length === 0 && role === ROLES.at(-1) ? 'Choose at least one role.' : undefined}
            />
          ))}
        </fieldset>
        {proof.fields}
        {error !== undefined && <ErrorNote error={describeError(error)} />}
        <p className="actions wide-gap">
          <Button type="submit" variant="filled" busy={invite.isPending || proof.isPending}>
            Make the link
          </Button>
          <ButtonLink to="/people">Cancel</ButtonLink>
        </p>
      </div>
    </Form>
  );
}
