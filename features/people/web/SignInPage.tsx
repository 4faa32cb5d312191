import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { safeTo, SignedOut, TwoForms, useSessionState } from '#platform/web/shell/index.ts';
import { Button, CodeField, ErrorNote, Form, Heading, Link, Notice, PasswordField, TextButton, TextField, useFields, useUrl } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { isRefusal, problems } from './refusals.ts';
import { submitWhole } from './submit-whole.ts';

/** Mail address and password; the code of the app only once the server has said that one is in use. */
export function SignInPage() {
  const router = useRouter();
  const [to] = useUrl('to', '/');
  const [ended] = useUrl('ended', '');
  const notSetUp = useSessionState().is === 'set-up';
  const signIn = useAct(people.signIn);
  const form = useFields({ email: '', password: '', code: '' });
  const [asksCode, setAsksCode] = useState(false);
  const [error, setError] = useState<unknown>();

  async function submit() {
    if (signIn.isPending) return;
    const { email, password, code } = form.values;
    setError(undefined);
    const found = problems({
      email: email.trim() ? undefined : 'Give your mail address.',
      password: password ? undefined : 'Type your password.',
      code: asksCode && code.length < 6 ? 'Type the six digits that your app shows.' : undefined,
    });
    form.fail(found);
    if (Object.keys(found).length > 0) return;
    try {
      await signIn.mutateAsync({ email: email.trim(), password, kind: 'browser', ...(asksCode ? { code } : {}) });
      router.history.replace(safeTo(to));
    } catch (refused) {
      if (isRefusal(refused, 'people.second_factor_needed')) return setAsksCode(true);
      if (!(asksCode && isRefusal(refused, 'people.credentials_wrong'))) return setError(refused);
      // Digits that are wrong for certain go: typed over one by one, each would be sent again.
      form.set('code', '');
      form.fail({ code: 'That did not match, or was used before. Type the digits that the app shows now.' });
    }
  }
  const refusal = error !== undefined && (
    <ErrorNote
      error={describeError(error)}
      meaning="Nobody was signed in."
      next={
        isRefusal(error, 'people.credentials_wrong')
          ? 'Look at what you typed and try again. If you have lost your password, an administrator can make you a link for a new one.'
          : 'Try again in a few minutes.'
      }
    />
  );

  if (asksCode) {
    return (
      <SignedOut>
        <TwoForms
          first={
            <Form onSubmit={submit} label="Second factor">
              <Heading title="Your second factor">Your second factor</Heading>
              <p className="quiet">Type the six digits that your authenticator app shows for Underseal.</p>
              <CodeField
                label="Six digits"
                value={form.values.code}
                onChange={(code) => form.set('code', code)}
                onComplete={submitWhole}
                error={form.errors.code}
                autoFocus
              />
              {refusal}
              <p className="wide-gap">
                <Button type="submit" variant="filled" size="wide" busy={signIn.isPending}>
                  Sign in
                </Button>
              </p>
              <p className="dense quiet wide-gap">Lost the phone? Whoever runs the server can let you in again.</p>
              <p className="dense">
                <TextButton onClick={() => setAsksCode(false)}>Sign in as somebody else</TextButton>
              </p>
            </Form>
          }
        />
      </SignedOut>
    );
  }
  return (
    <SignedOut>
      <TwoForms
        first={
          <Form onSubmit={submit} label="Sign in">
            <Heading>Sign in</Heading>
            {ended === 'yes' && (
              <Notice>Your session has ended, here or in another window. What you had typed and not sent is gone; what was kept is as you left it.</Notice>
            )}
            <TextField label="Mail address" type="email" autoComplete="username" {...form.field('email')} />
            <PasswordField label="Password" {...form.field('password')} />
            {refusal}
            <p className="wide-gap">
              <Button type="submit" variant="filled" size="wide" busy={signIn.isPending}>
                Sign in
              </Button>
            </p>
            {!notSetUp && (
              <p className="dense quiet wide-gap">
                Lost your password? Ask an administrator for a link. Lost the phone, or no administrator left? Ask whoever runs the server.
              </p>
            )}
          </Form>
        }
        second={
          notSetUp ? (
            <>
              <h2>Not set up yet</h2>
              <p className="quiet">
                Nobody has an account on this server. <Link to="/set-up">Set it up</Link> with the code that stands where it was started.
              </p>
            </>
          ) : (
            <>
              <h2>New here?</h2>
              <p className="quiet">Accounts are made by invitation. Ask an administrator of your company for a link; it works without mail.</p>
            </>
          )
        }
      />
    </SignedOut>
  );
}
