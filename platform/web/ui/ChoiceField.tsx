import { useId } from 'react';
import type { ReactNode } from 'react';
import { FieldError, labelOf } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import './Field.css';

export type ChoiceFieldProps = Omit<FieldProps, 'width' | 'hideLabel'> & {
  value: string;
  onChange: (value: string) => void;
  choices: readonly { value: string; label: ReactNode; hint?: ReactNode }[];
  row?: boolean | undefined;
};

/** One of a few, all of them seen at once. */
export function ChoiceField({ label, hint, error, name, optional, disabled, value, onChange, choices, row }: ChoiceFieldProps) {
  const id = useId();
  const described = [hint ? `${id}h` : '', error ? `${id}e` : ''].filter(Boolean).join(' ');
  return (
    <fieldset className="field" disabled={disabled} aria-describedby={described || undefined}>
      <legend className="lab">{labelOf(label, optional)}</legend>
      {hint && (
        <span className="hint" id={`${id}h`}>
          {hint}
        </span>
      )}
      <div className={row ? 'choice row' : 'choice'}>
        {choices.map((choice) => (
          <div className="checkline" key={choice.value}>
            <input type="radio" id={`${id}${choice.value}`} name={name ?? id} checked={value === choice.value} onChange={() => onChange(choice.value)} />
            <div>
              <label htmlFor={`${id}${choice.value}`}>{choice.label}</label>
              {choice.hint && <span className="hint">{choice.hint}</span>}
            </div>
          </div>
        ))}
      </div>
      {error && <FieldError id={`${id}e`}>{error}</FieldError>}
    </fieldset>
  );
}
