import { useCallback, useState } from 'react';

type Errors<T> = Partial<Record<keyof T & string, string>>;

/**
 * A form's text: what was typed stays whatever the server answers.
 * `form.field('email')` spreads onto a field; `form.fail({ email: 'Not an address' })` puts errors where they belong.
 */
export function useFields<T extends Record<string, string>>(initial: T) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<T>>({});

  const set = useCallback(<K extends keyof T & string>(name: K, value: string) => {
    setValues((before) => ({ ...before, [name]: value }));
    setErrors(({ [name]: _gone, ...rest }) => rest as Errors<T>);
  }, []);
  const field = <K extends keyof T & string>(name: K) => ({
    name,
    value: values[name] as string,
    onChange: (value: string) => set(name, value),
    error: errors[name],
  });
  const reset = useCallback((next: T) => {
    setValues(next);
    setErrors({});
  }, []);
  const changed = Object.keys(initial).some((name) => values[name] !== initial[name]);
  return { values, errors, set, field, fail: setErrors, reset, changed };
}
