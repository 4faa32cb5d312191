import { useState } from 'react';
import type { ReactNode } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import { announce, Button, CodeField, ErrorNote, Form, PasswordField, Qr, useFields } from '#platform/web/ui/index.ts';
import { people } from '../contract.ts';
import { isRefusal, problems } from './refusals.ts';
import { submitWhole } from './submit-whole.ts';
import './AddFactor.css';

export interface AddFactorProps {
  readonly onDone: () => void;
  readonly onCancel?: (() => void) | undefined;
  readonly cancelWord?: string | undefined;
  /** An app is in use, which the new one takes the place of. */
  readonly replaces?: boolean | undefined;
}

/** Adds a one-time code app: the password again, of an app in use a code, then its secret as a picture and in text, then the first code. */
export function AddFactor({ onDone, onCancel, cancelWord = 'Cancel', replaces = false }: AddFactorProps) {
  const [begun, setBegun] = useState<{ uri: string; secret: string }>();
  const cancel = onCancel && <Button onClick={onCancel}>{cancelWord}</Button>;
  return begun ? <Confirm {...begun} onDone={onDone} cancel={cancel} /> : <Begin onBegun={setBegun} cancel={cancel} replaces={replaces} />;
}

interface BeginProps {
  readonly onBegun: (begun: { uri: string; secret: string }) => void;
  readonly cancel: ReactNode;
  readonly replaces: boolean;
}
/** An app that is there already is asked for its code. */
function Begin({ onBegun, cancel, replaces }: BeginProps) {
  const begin = useAct(people.beginFactor, { anew: true });
  const form = useFields({ password: '', code: '' });
  const [asksCode, setAsksCode] = useState(replaces);
  const [error, setError] = useState<unknown>();
  async function submit() {
    const { password, code } = form.values;
    setError(undefined);
    const found = problems({
      password: password ? undefined : 'Type your password.',
      code: asksCode && code.length < 6 ? 'Type the six digits that your present app shows.' : undefined,
    });
    form.fail(found);
    if (Object.keys(found).length > 0) return;
    try {
      onBegun(await begin.mutateAsync({ password, ...(asksCode ? { code } : {}) }));
    } catch (refused) {
      if (isRefusal(refused, 'people.second_factor_needed')) setAsksCode(true);
      else if (isRefusal(refused, 'people.credentials_wrong')) form.fail({ password: 'This is not your password.' });
      else if (isRefusal(refused, 'people.code_wrong')) {
        form.set('code', '');
        form.fail({ code: 'This code is wrong or was used before. Type the one that the app shows next.' });
      } else setError(refused);
    }
  }
  return (
    <Form onSubmit={submit} label="Add an app">
      <p>An authenticator app on your phone shows six digits that change every half minute. First your password; then comes a picture that the app scans.</p>
      <PasswordField
        label="Your password"
        hint="Asked again, so that nobody else adds an app at your open screen."
        {...form.field('password')}
        width="medium"
      />
      {asksCode && (
        <>
          <p className="wide-gap">Your present app shows six digits. Type them, so that it can be replaced.</p>
          <CodeField label="Six digits of your present app" value={form.values.code} onChange={(code) => form.set('code', code)} error={form.errors.code} />
        </>
      )}
      {error !== undefined && <ErrorNote error={describeError(error)} next="Wait a little, then try again." />}
      <p className="actions wide-gap">
        <Button type="submit" variant="filled" busy={begin.isPending}>
          Show the picture
        </Button>
        {cancel}
      </p>
    </Form>
  );
}

function Confirm({ uri, secret, onDone, cancel }: { uri: string; secret: string; onDone: () => void; cancel: ReactNode }) {
  const confirm = useAct(people.confirmFactor);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string>();
  const [error, setError] = useState<unknown>();
  async function submit() {
    if (confirm.isPending) return;
    setError(undefined);
    if (code.length < 6) return setProblem('Type the six digits that the app shows.');
    try {
      await confirm.mutateAsync({ code });
      announce('The second factor is in use');
      onDone();
    } catch (refused) {
      if (!isRefusal(refused, 'people.code_wrong')) return setError(refused);
      // Digits that are wrong for certain go: typed over one by one, each would be sent again.
      setCode('');
      setProblem('This code is wrong or has passed. Type the one that the app shows now.');
    }
  }
  return (
    <Form onSubmit={submit} label="Confirm the app">
      <p>Scan this with an authenticator app, then type the six digits that it shows.</p>
      <div className="factor">
        <Qr text={uri} label="Code for an authenticator app; the same in letters stands beside it" />
        <div>
          <p className="dense quiet">No camera? Type this into the app instead.</p>
          <p>
            <code className="factor-secret">{secret.match(/.{1,4}/g)?.join(' ')}</code>
          </p>
          <p className="dense quiet">It is shown this once.</p>
        </div>
      </div>
      <CodeField
        label="Six digits"
        value={code}
        onChange={(digits) => {
          setCode(digits);
          setProblem(undefined);
        }}
        onComplete={submitWhole}
        error={problem}
      />
      {error !== undefined && <ErrorNote error={describeError(error)} next="Wait a little, then try again." />}
      <p className="actions wide-gap">
        <Button type="submit" variant="filled" busy={confirm.isPending}>
          Confirm the app
        </Button>
        {cancel}
      </p>
    </Form>
  );
}
