import { useState } from 'react';
import { describeError, NoAnswer, useAct } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { announce, Button, CodeField, ErrorNote, Form, PasswordField, Section, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { isRefusal, passwordProblem, problems } from './refusals.ts';

/** The own password, by the present one: whoever finds an open screen cannot take the account with him. */
export function ChangePassword({ email }: { email: string }) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);
  return (
    <Section title="Password">
      <div className="measure stack">
        {done && <p role="status">Your password is changed, and you are signed out everywhere else.</p>}
        {open ? (
          <ChangeForm
            email={email}
            onCancel={() => setOpen(false)}
            onDone={() => {
              setOpen(false);
              setDone(true);
              announce('Your password is changed');
            }}
          />
        ) : (
          <p>
            <Button onClick={() => setOpen(true)}>Change the password</Button>
          </p>
        )}
      </div>
    </Section>
  );
}

function ChangeForm({ email, onDone, onCancel }: { email: string; onDone: () => void; onCancel: () => void }) {
  const change = useAct(people.changePassword, { anew: true });
  const prove = useAct(people.prove, { anew: true });
  const form = useFields({ present: '', password: '', again: '', code: '' });
  const [asksCode, setAsksCode] = useState(false);
  const [error, setError] = useState<unknown>();
  const [unsure, setUnsure] = useState(false);
  async function submit() {
    const { present, password, again, code } = form.values;
    setError(undefined);
    const found = problems({
      present: present ? undefined : 'Type your present password.',
      password: passwordProblem(password),
      again: password === again ? undefined : 'The two are not the same.',
      code: asksCode && code.length < 6 ? 'Type the six digits that your app shows.' : undefined,
    });
    form.fail(found);
    if (Object.keys(found).length > 0) return;
    try {
      if (asksCode) await prove.mutateAsync({ code });
      setAsksCode(false);
      await change.mutateAsync({ present, password });
      onDone();
    } catch (refused) {
      if (isRefusal(refused, 'people.second_factor_needed')) return setAsksCode(true);
      if (isRefusal(refused, 'people.code_wrong')) {
        form.set('code', '');
        return form.fail({ code: 'That did not match, or was used before. Type the digits that the app shows now.' });
      }
      if (isRefusal(refused, 'people.credentials_wrong'))
        return form.fail({ present: `This is not your present password.${unsure ? ' The new one may be it already: no answer came before.' : ''}` });
      if (refused instanceof NoAnswer) setUnsure(true);
      const fields = refusedFields(refused, ['password']);
      if (fields.password) form.fail(fields);
      else setError(refused);
    }
  }
  return (
    <Form onSubmit={submit} label="Change the password">
      <p className="quiet">All other sessions of yours end with it.</p>
      {/* Password managers file the new one under the account that stands in the same form. */}
      <input type="email" className="vh" autoComplete="username" value={email} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordField label="Present password" autoComplete="current-password" {...form.field('present')} width="medium" />
      <PasswordField
        label="New password"
        hint="At least 12 characters. Length counts; no special signs are asked."
        autoComplete="new-password"
        {...form.field('password')}
        width="medium"
      />
      <PasswordField label="The new one again" autoComplete="new-password" {...form.field('again')} width="medium" />
      {asksCode && (
        <>
          <p>Your app is asked too. Type the six digits that it shows for Underseal.</p>
          <CodeField label="Six digits" value={form.values.code} onChange={(code) => form.set('code', code)} error={form.errors.code} />
        </>
      )}
      {error !== undefined && <ErrorNote error={describeError(error)} next="Wait a little, then try again." />}
      <p className="actions wide-gap">
        <Button type="submit" variant="filled" busy={change.isPending || prove.isPending}>
          Change it
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </p>
    </Form>
  );
}
