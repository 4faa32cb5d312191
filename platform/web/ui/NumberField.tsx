import { Field } from './Field.tsx';
import type { FieldProps } from './field-look.tsx';

export type NumberFieldProps = FieldProps & {
  /** As typed: the form keeps it, the contract parses it. */
  value: string;
  onChange: (value: string) => void;
  unit?: string | undefined;
  decimal?: boolean | undefined;
};

/** Text with a keyboard of digits: a spinner that a wheel can turn is no place for a number that is recorded. */
export function NumberField({ value, onChange, unit, decimal = false, name, disabled, width = 'short', label, ...look }: NumberFieldProps) {
  return (
    <Field
      {...look}
      width={width}
      label={
        unit ? (
          <>
            {label}, {unit}
          </>
        ) : (
          label
        )
      }
    >
      {(control) => (
        <input
          {...control}
          className="input"
          type="text"
          inputMode={decimal ? 'decimal' : 'numeric'}
          autoComplete="off"
          name={name}
          disabled={disabled}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
