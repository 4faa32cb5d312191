import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { describeError, useAct, useRead } from '#platform/web/operations.ts';
import { refusedFields } from '#platform/web/refused-fields.ts';
import { SignedOut } from '#platform/web/shell/index.ts';
import { Button, ButtonLink, ErrorNote, Form, Loading, Page, PasswordField, SetupStep, Steps, TextField, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { AddFactor } from './AddFactor.tsx';
import { RecoveryKit } from './RecoveryKit.tsx';
import { emailProblem, isRefusal, passwordProblem, problems } from './refusals.ts';
import { useFragment } from './use-fragment.ts';

const STEPS = ['Company and administrator', 'Recovery kit', 'Second factor', 'First secret'] as const;
type At = 0 | 1 | 2 | 3;
const FACTOR = 2;
const TITLES: Readonly<Record<At, string>> = {
  0: 'Set up Underseal.',
  1: 'Put the recovery kit in a safe place.',
  2: 'Protect your own account.',
  3: 'Underseal is ready.',
};
const LEDES: Readonly<Record<At, string>> = {
  0: 'Two minutes. Until you finish, nobody else can use this server.',
  1: 'One page of paper stands between a lost disk and the end of everything that is kept here.',
  2: 'You let people in: whoever steals your password could, too.',
  3: 'What is registered today can be proved from today.',
};
interface Done {
  readonly summary: string;
  readonly kit: string;
}

/** First start: company and administrator by the one-time code, the recovery kit, a second factor, and on to the first secret. */
export function SetUpPage() {
  const [code, setCode] = useFragment();
  const status = useRead(people.status, {});
  const [at, setAt] = useState<At>(0);
  const [done, setDone] = useState<Done>();
  const [isProtected, setIsProtected] = useState(false);

  const [wasInstalled, setWasInstalled] = useState<boolean>();

  useHeadFocus(at);

  // The answer at the start counts: it turns as soon as this page has done its first step.
  if (wasInstalled === undefined && status.data) setWasInstalled(status.data.installed);
  if (wasInstalled) return <AlreadySetUp />;
  if (wasInstalled === undefined) {
    return (
      <SignedOut>
        {status.error ? <ErrorNote error={describeError(status.error)} onRetry={() => void status.refetch()} /> : <Loading what="the state of this server" />}
      </SignedOut>
    );
  }
  // What was left for later is not done, and does not say so.
  const state = (no: At) => (no < at && (no !== FACTOR || isProtected) ? 'done' : no === at ? 'now' : 'next');
  return (
    <SignedOut>
      <Page path={['First start']} title={TITLES[at]} lede={LEDES[at]}>
        <Steps steps={STEPS.map((title, no) => ({ title, state: state(no as At) }))} />
        <SetupStep no={1} title={STEPS[0]} state={state(0)} summary={done?.summary}>
          <Install
            code={code}
            onCode={setCode}
            onDone={(answer) => {
              setDone(answer);
              setAt(1);
            }}
          />
        </SetupStep>
        <SetupStep
          no={2}
          title={STEPS[1]}
          state={state(1)}
          summary={at === 0 ? 'The page that opens every backup. It is shown once.' : at > 1 ? 'In a safe place, as you said.' : undefined}
        >
          {done && (
            <RecoveryKit
              text={done.kit}
              onKept={() => {
                // From here on not even this page knows it.
                setDone({ summary: done.summary, kit: '' });
                setAt(2);
              }}
            />
          )}
        </SetupStep>
        <SetupStep
          no={3}
          title={STEPS[2]}
          state={state(2)}
          summary={
            at < 2
              ? 'An authenticator app on your phone.'
              : at === 2
                ? undefined
                : isProtected
                  ? 'An authenticator app.'
                  : 'Not added yet. It waits for you under My sign-in.'
          }
        >
          <AddFactor
            onDone={() => {
              setIsProtected(true);
              setAt(3);
            }}
            onCancel={() => setAt(3)}
            cancelWord="Later"
          />
        </SetupStep>
        <SetupStep no={4} title={STEPS[3]} state={state(3)} summary={at < 3 ? 'Entered by a code name that tells nothing.' : undefined}>
          <Next />
        </SetupStep>
      </Page>
    </SignedOut>
  );
}

/** Each step is a new page to whoever listens, though the address stays: its head takes the focus, as after a move. */
function useHeadFocus(at: number) {
  const before = useRef(at);
  useEffect(() => {
    if (before.current === at) return;
    before.current = at;
    document.querySelector<HTMLElement>('#main h1')?.focus();
  }, [at]);
}

function AlreadySetUp() {
  return (
    <SignedOut>
      <Page
        path={['First start']}
        title="This server is set up already."
        lede="If it was not you, ask whoever runs the server: the set-up code works once, and was used."
        actions={
          <ButtonLink variant="filled" to="/sign-in">
            Sign in
          </ButtonLink>
        }
      />
    </SignedOut>
  );
}

function Install({ code, onCode, onDone }: { code: string; onCode: (code: string) => void; onDone: (done: Done) => void }) {
  const install = useAct(people.install);
  const form = useFields({ code: '', organisation: '', name: '', email: '', password: '', again: '' });
  const [error, setError] = useState<unknown>();
  async function submit() {
    const { organisation, name, email, password, again } = form.values;
    const given = code || form.values.code.trim();
    setError(undefined);
    const found = problems({
      code: given.length < 8 ? 'The code is longer than this. Copy it from where the server was started.' : undefined,
      organisation: organisation.trim() ? undefined : 'Name the company.',
      name: name.trim() ? undefined : 'Give your name.',
      email: emailProblem(email),
      password: passwordProblem(password),
      again: password === again ? undefined : 'The two are not the same.',
    });
    form.fail(found);
    if (Object.keys(found).length > 0) return;
    try {
      const { recoveryKit } = await install.mutateAsync({ code: given, organisation, name, email: email.trim(), password, kind: 'browser' });
      onDone({ summary: `${organisation.trim()}. Administrator: ${name.trim()}, ${email.trim()}.`, kit: recoveryKit });
    } catch (refused) {
      if (isRefusal(refused, 'people.code_wrong')) {
        // Typed by hand, or from the link: either way it can be typed anew now.
        form.set('code', given);
        onCode('');
        form.fail({ code: 'This code is wrong, too old or was tried too often. Start the server again for a new one.' });
        return;
      }
      const fields = refusedFields(refused, ['organisation', 'name', 'email', 'password']);
      if (Object.keys(fields).length > 0) form.fail(fields);
      else setError(refused);
    }
  }
  return (
    <Form onSubmit={submit} label="Set up">
      {!code && (
        <TextField label="Set-up code" hint="It stands where the server was started, behind the # of the link." plain {...form.field('code')} width="medium" />
      )}
      <TextField label="Company" autoComplete="organization" maxLength={120} {...form.field('organisation')} />
      <TextField label="Your name" autoComplete="name" maxLength={120} {...form.field('name')} />
      <TextField label="Your mail address" hint="You sign in with it. No mail is sent." type="email" autoComplete="username" {...form.field('email')} />
      <PasswordField
        label="Password"
        hint="At least 12 characters. Length counts; no special signs are asked."
        autoComplete="new-password"
        {...form.field('password')}
      />
      <PasswordField label="The same again" autoComplete="new-password" {...form.field('again')} />
      <p className="quiet wide-gap">
        You will be administrator, counsel and owner: you let people in, know of every secret, and register your own. Hand any of it on under People.
      </p>
      {error !== undefined && <ErrorNote error={describeError(error)} meaning="Nothing was set up." />}
      <p className="wide-gap">
        <Button type="submit" variant="filled" busy={install.isPending}>
          Set up
        </Button>
      </p>
    </Form>
  );
}

function Next() {
  const router = useRouter();
  const go = (to: string) => () => router.history.replace(to);
  return (
    <>
      <p>Register the first secret now, or invite the colleagues who know what your secrets are.</p>
      <p className="actions">
        <Button variant="filled" onClick={go('/register/new')}>
          Register the first secret
        </Button>
        <Button onClick={go('/people/invite')}>Invite somebody</Button>
        <Button onClick={go('/')}>Go to Home</Button>
      </p>
    </>
  );
}
