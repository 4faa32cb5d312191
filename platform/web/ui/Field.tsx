import { useId } from 'react';
import type { ReactNode } from 'react';
import { FieldError, labelOf } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import './Field.css';

/** A field around a control of your own: give the control what `children` is handed. */
export function Field({
  label,
  hint,
  error,
  optional,
  width,
  hideLabel,
  children,
}: Omit<FieldProps, 'name' | 'disabled'> & {
  children: (control: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode;
}) {
  const id = useId();
  const described = [hint ? `${id}h` : '', error ? `${id}e` : ''].filter(Boolean).join(' ');
  return (
    <div className={['field', width ?? '', hideLabel ? 'unlabelled' : ''].filter(Boolean).join(' ')}>
      <label className="lab" htmlFor={id}>
        {labelOf(label, optional)}
      </label>
      {hint && (
        <span className="hint" id={`${id}h`}>
          {hint}
        </span>
      )}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && <FieldError id={`${id}e`}>{error}</FieldError>}
    </div>
  );
}
