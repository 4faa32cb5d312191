import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { describeError, useAct, useRead } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { SignedOut } from '#platform/web/shell/index.ts';
import { Button, ButtonLink, ErrorNote, Facts, Form, Loading, Page, PasswordField, Section, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { AddFactor } from './AddFactor.tsx';
import { passwordProblem } from './refusals.ts';
import { useFragment } from './use-fragment.ts';
import { nameRoles } from './words.ts';

/** Joins by the link of an invitation: who is invited, a password, then the second factor. */
export function JoinPage() {
  const [code] = useFragment();
  const [joined, setJoined] = useState(false);
  return <SignedOut>{joined ? <Protect /> : code ? <Join code={code} onJoined={() => setJoined(true)} /> : <NoCode />}</SignedOut>;
}

function NoCode() {
  return (
    <Page
      path={['Invitation']}
      title="Open the whole link of your invitation."
      lede="The part behind the # is missing here. It is read once and does not stay in the address: open the link again as it was given to you."
      actions={<ButtonLink to="/sign-in">Sign in</ButtonLink>}
    />
  );
}

function Join({ code, onJoined }: { code: string; onJoined: () => void }) {
  const accept = useAct(people.accept);
  // Once accepted it is missing: asked again, it would stand as a refusal in the ledger.
  const invitation = useRead(people.invitation, { code }, { enabled: accept.isIdle || accept.isError });
  const form = useFields({ password: '', again: '' });
  const [error, setError] = useState<unknown>();
  const invited = invitation.data;

  async function submit() {
    const { password, again } = form.values;
    setError(undefined);
    const short = passwordProblem(password);
    if (short) return form.fail({ password: short });
    if (password !== again) return form.fail({ again: 'The two are not the same.' });
    try {
      await accept.mutateAsync({ code, password, kind: 'browser' });
      onJoined();
    } catch (refused) {
      const fields = refusedFields(refused, ['password']);
      if (fields.password) form.fail(fields);
      else setError(refused);
    }
  }
  if (!invited && invitation.error) {
    return (
      <Page path={['Invitation']} title="This invitation does not open." actions={<ButtonLink to="/sign-in">Sign in</ButtonLink>}>
        <ErrorNote error={describeError(invitation.error)} next="Ask whoever invited you for a new link." onRetry={() => void invitation.refetch()} />
      </Page>
    );
  }
  if (!invited) return <Loading what="your invitation" />;
  return (
    <Page
      path={['Invitation']}
      title={`Join ${invited.organisation}.`}
      lede={`${invited.name}, you are invited. Choose a password; it is all that is missing.`}
    >
      <Facts
        facts={[
          ['Name', invited.name],
          ['Mail address', invited.email],
          ['Role', nameRoles(invited.roles)],
        ]}
      />
      <Section title="Your password">
        <Form onSubmit={submit} label="Join">
          {/* Password managers file it under the account that stands in the same form. */}
          <input type="email" className="vh" autoComplete="username" value={invited.email} readOnly tabIndex={-1} aria-hidden="true" />
          <PasswordField
            label="Password"
            hint="At least 12 characters. Length counts; no special signs are asked."
            autoComplete="new-password"
            {...form.field('password')}
            width="medium"
          />
          <PasswordField label="The same again" autoComplete="new-password" {...form.field('again')} width="medium" />
          {error !== undefined && <ErrorNote error={describeError(error)} next="Try again; if it stays, ask for a new invitation." />}
          <p className="wide-gap">
            <Button type="submit" variant="filled" busy={accept.isPending}>
              Join {invited.organisation}
            </Button>
          </p>
        </Form>
      </Section>
    </Page>
  );
}

function Protect() {
  const router = useRouter();
  const goOn = () => router.history.replace('/');
  return (
    <Page
      path={['Invitation', 'Second factor']}
      title="You are in. Add a second factor."
      lede="A password alone can be stolen. With an app on your phone, a stolen password opens nothing."
    >
      <AddFactor onDone={goOn} onCancel={goOn} cancelWord="Later" />
    </Page>
  );
}
