import { Field } from './Field.tsx';
import { formatInstant } from './format.ts';
import type { FieldProps } from './field-look.tsx';

export type DateFieldProps = FieldProps & {
  /** `2026-11-12`, or `2026-11-12T10:06` with `time`. Empty when nothing is chosen. */
  value: string;
  onChange: (value: string) => void;
  min?: string | undefined;
  max?: string | undefined;
  time?: boolean | undefined;
};

export function DateField({ value, onChange, min, max, time = false, name, disabled, width = 'short', ...look }: DateFieldProps) {
  return (
    <Field {...look} width={width}>
      {(control) => (
        <span className="dateline">
          <input
            {...control}
            className="input"
            type={time ? 'datetime-local' : 'date'}
            name={name}
            disabled={disabled}
            value={value}
            min={min}
            max={max}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          {/* The browser writes 11/12 or 12/11 as its owner's country does; this is how we all read it. */}
          {value && <span className="small quiet nw">{formatInstant(value.slice(0, 10), 'day')}</span>}
        </span>
      )}
    </Field>
  );
}
