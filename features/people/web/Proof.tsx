import { useEffect, useRef, useState } from 'react';
import { useAct, useRead } from '#platform/web/operations.ts';
import { CodeField, PasswordField, useFields } from '#platform/web/ui/index.ts';
import { people, type Role } from '../contract.ts';
import { isRefusal } from './refusals.ts';

/** An act so near to the end of a proof would come too late. */
const NEAR_MS = 5_000;

/** An employee's place gives no power, and the server asks for no proof before it. */
export function asksProof(roles: readonly Role[]): boolean {
  return roles.some((role) => role !== 'employee');
}

/**
 * Who asks, where the server wants to know it anew: `run` shows the fields where the last proof is too old, since a refusal would be recorded, or where it is refused
 * for want of one all the same; they go before the act at the next `run`. Answers false while something has to be typed first; throws what has nothing to do with
 * the proof. What asks for none (`needed`) is done at once.
 */
export function useProof() {
  const prove = useAct(people.prove, { anew: true });
  const me = useRead(people.me, {});
  const form = useFields({ password: '', code: '' });
  const [asks, setAsks] = useState<'password' | 'code'>();
  const place = useRef<HTMLDivElement>(null);
  // It comes up after the button was pressed, and may stand above it: whoever asked is taken there.
  useEffect(() => {
    if (asks) place.current?.querySelector('input')?.focus();
  }, [asks]);

  const isOld = () => me.data !== undefined && Date.now() > me.dataUpdatedAt + me.data.session.proved * 1000 - NEAR_MS;

  async function run(act: () => Promise<unknown>, { needed = true } = {}): Promise<boolean> {
    if (!needed) {
      await act();
      return true;
    }
    if (!asks && isOld()) {
      setAsks(me.data?.secondFactor ? 'code' : 'password');
      return false;
    }
    try {
      if (asks) {
        const given = form.values[asks];
        if (asks === 'code' ? given.length < 6 : !given) {
          form.fail({ [asks]: asks === 'code' ? 'Type the six digits that your app shows.' : 'Type your password.' });
          return false;
        }
        await prove.mutateAsync({ [asks]: given });
        setAsks(undefined);
        form.set(asks, '');
      }
      await act();
      return true;
    } catch (refused) {
      if (isRefusal(refused, 'people.proof_needed')) setAsks(me.data?.secondFactor ? 'code' : 'password');
      // An app that was added, or taken away, since this page was read.
      else if (isRefusal(refused, 'people.second_factor_needed')) setAsks('code');
      else if (isRefusal(refused, 'people.factor_missing')) setAsks('password');
      else if (asks && (isRefusal(refused, 'people.credentials_wrong') || isRefusal(refused, 'people.code_wrong'))) {
        form.set(asks, '');
        form.fail({ [asks]: 'That did not match. Try again.' });
      } else throw refused;
      return false;
    }
  }
  const fields = asks && (
    <div ref={place} className="field">
      {asks === 'code' && <p>It is some minutes since you proved who you are. Type the six digits that your own app shows.</p>}
      {asks === 'password' ? (
        <PasswordField
          label="Your own password"
          hint="It is some minutes since you proved who you are: type it once more."
          autoComplete="current-password"
          {...form.field('password')}
          width="medium"
        />
      ) : (
        <CodeField label="Six digits of your own app" value={form.values.code} onChange={(code) => form.set('code', code)} error={form.errors.code} />
      )}
    </div>
  );
  return { run, fields, isPending: prove.isPending };
}
