import { useId } from 'react';
import type { ReactNode } from 'react';
import { FieldError } from './field-look.tsx';
import './Field.css';

export type CheckFieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  name?: string | undefined;
  disabled?: boolean | undefined;
};

export function CheckField({ label, hint, error, checked, onChange, name, disabled }: CheckFieldProps) {
  const id = useId();
  const described = [hint ? `${id}h` : '', error ? `${id}e` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <div className="checkline">
        <input
          type="checkbox"
          id={id}
          name={name}
          disabled={disabled}
          checked={checked}
          aria-describedby={described || undefined}
          aria-invalid={error ? true : undefined}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <div>
          <label htmlFor={id}>{label}</label>
          {hint && (
            <span className="hint" id={`${id}h`}>
              {hint}
            </span>
          )}
        </div>
      </div>
      {error && <FieldError id={`${id}e`}>{error}</FieldError>}
    </div>
  );
}
