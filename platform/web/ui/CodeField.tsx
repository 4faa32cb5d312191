import { useId, useRef } from 'react';
import type { ClipboardEvent, KeyboardEvent } from 'react';
import { FieldError } from './field-look.tsx';
import './Field.css';

export type CodeFieldProps = {
  label: string;
  /** The digits so far, "408". */
  value: string;
  onChange: (value: string) => void;
  /** When the last digit is in. */
  onComplete?: ((value: string) => void) | undefined;
  error?: string | undefined;
  autoFocus?: boolean | undefined;
};

const places = [0, 1, 2, 3, 4, 5];

/** Six digits of an authenticator: type, paste, or let the browser fill them. */
export function CodeField({ label, value, onChange, onComplete, error, autoFocus = false }: CodeFieldProps) {
  const id = useId();
  const row = useRef<HTMLDivElement>(null);

  function focus(place: number) {
    row.current?.querySelectorAll('input')[Math.max(0, Math.min(5, place))]?.focus();
  }
  function put(place: number, typed: string) {
    const digits = typed.replace(/\D/g, '');
    if (!digits) return;
    const next = (value.slice(0, place) + digits + value.slice(place + digits.length)).slice(0, 6);
    onChange(next);
    focus(place + digits.length);
    if (next.length === 6 && next !== value) onComplete?.(next);
  }
  function press(place: number, event: KeyboardEvent) {
    if (event.key === 'ArrowLeft') focus(place - 1);
    else if (event.key === 'ArrowRight') focus(place + 1);
    else if (event.key === 'Backspace') {
      const at = value[place] ? place : place - 1;
      onChange(value.slice(0, Math.max(0, at)) + value.slice(at + 1));
      focus(at);
    } else return;
    event.preventDefault();
  }
  function paste(event: ClipboardEvent) {
    event.preventDefault();
    put(0, event.clipboardData.getData('text'));
  }

  return (
    <fieldset className="field" aria-describedby={error ? `${id}e` : undefined}>
      <legend className="vh">{label}</legend>
      <div className="codeinput" ref={row}>
        {places.map((place) => (
          <input
            key={place}
            className="input"
            inputMode="numeric"
            autoComplete={place === 0 ? 'one-time-code' : 'off'}
            aria-label={`Digit ${place + 1}`}
            aria-invalid={error ? true : undefined}
            value={value[place] ?? ''}
            autoFocus={autoFocus && place === 0}
            onFocus={(event) => event.currentTarget.select()}
            // What the browser fills in or a fast hand types may be several digits at once.
            onChange={(event) => put(place, event.currentTarget.value.replace(value[place] ?? '', '') || event.currentTarget.value)}
            onKeyDown={(event) => press(place, event)}
            onPaste={paste}
          />
        ))}
      </div>
      {error && <FieldError id={`${id}e`}>{error}</FieldError>}
    </fieldset>
  );
}
