import { useState } from 'react';
import { describeError, useAct, useRead } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { SignedOut } from '#platform/web/shell/index.ts';
import { Button, ButtonLink, ErrorNote, Facts, Form, Loading, Page, PasswordField, Section, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { passwordProblem, problems } from './refusals.ts';
import { useFragment } from './use-fragment.ts';

const PATH = ['New password'];

/** Chooses a new password by the link that an administrator made. */
export function ResetPage() {
  const [code] = useFragment();
  const [done, setDone] = useState(false);
  return <SignedOut>{done ? <Done /> : code ? <Choose code={code} onDone={() => setDone(true)} /> : <NoCode />}</SignedOut>;
}

function NoCode() {
  return (
    <Page
      path={PATH}
      title="Open the whole link."
      lede="The part behind the # is missing here. It is read once and does not stay in the address: open the link again as it was given to you."
      actions={<ButtonLink to="/sign-in">Sign in</ButtonLink>}
    />
  );
}
function Done() {
  return (
    <Page
      path={PATH}
      title="Your new password is set."
      lede="Every session of yours has ended. Sign in with the new password, and with your app if you have one. What you may open comes back once a colleague other than the maker of the link has confirmed that it is you."
      actions={
        <ButtonLink variant="filled" to="/sign-in">
          Sign in
        </ButtonLink>
      }
    />
  );
}

function Choose({ code, onDone }: { code: string; onDone: () => void }) {
  const choose = useAct(people.resetPassword);
  // Once used it is missing: asked again, it would stand as a refusal in the ledger.
  const reset = useRead(people.reset, { code }, { enabled: choose.isIdle || choose.isError });
  const form = useFields({ password: '', again: '' });
  const [error, setError] = useState<unknown>();
  const whose = reset.data;

  async function submit() {
    const { password, again } = form.values;
    setError(undefined);
    const found = problems({ password: passwordProblem(password), again: password === again ? undefined : 'The two are not the same.' });
    form.fail(found);
    if (Object.keys(found).length > 0) return;
    try {
      await choose.mutateAsync({ code, password });
      onDone();
    } catch (refused) {
      const fields = refusedFields(refused, ['password']);
      if (fields.password) form.fail(fields);
      else setError(refused);
    }
  }
  if (!whose && reset.error) {
    return (
      <Page path={PATH} title="This link does not open." actions={<ButtonLink to="/sign-in">Sign in</ButtonLink>}>
        <ErrorNote
          error={describeError(reset.error)}
          next="Ask your administrator for a new link; each is good once, for an hour."
          onRetry={() => void reset.refetch()}
        />
      </Page>
    );
  }
  if (!whose) return <Loading what="the link" />;
  return (
    <Page path={PATH} title="Choose a new password." lede={`${whose.name}, this is for your account at ${whose.organisation}.`}>
      <Facts
        facts={[
          ['Name', whose.name],
          ['Mail address', whose.email],
        ]}
      />
      <Section title="Your new password">
        <Form onSubmit={submit} label="New password">
          {/* Password managers file it under the account that stands in the same form. */}
          <input type="email" className="vh" autoComplete="username" value={whose.email} readOnly tabIndex={-1} aria-hidden="true" />
          <PasswordField
            label="Password"
            hint="At least 12 characters. Length counts; no special signs are asked."
            autoComplete="new-password"
            {...form.field('password')}
            width="medium"
          />
          <PasswordField label="The same again" autoComplete="new-password" {...form.field('again')} width="medium" />
          {error !== undefined && <ErrorNote error={describeError(error)} next="Try again; if it stays, ask for a new link." />}
          <p className="wide-gap">
            <Button type="submit" variant="filled" busy={choose.isPending}>
              Set the password
            </Button>
          </p>
        </Form>
      </Section>
    </Page>
  );
}
