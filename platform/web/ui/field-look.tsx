import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';

/** What every field has. An error stands at its field, in breach ink, with the triangle; what was typed stays. */
export type FieldProps = {
  label: ReactNode;
  /** Below the label, before the field: what is wanted, and why. */
  hint?: ReactNode;
  error?: ReactNode;
  name?: string | undefined;
  /** Says "optional" beside the label. Fields are required unless they say so. */
  optional?: boolean | undefined;
  disabled?: boolean | undefined;
  width?: 'short' | 'medium' | undefined;
  /** Keeps the label for those who listen alone, where the place says it to all others. */
  hideLabel?: boolean | undefined;
};

export function FieldError({ children, id }: { children: ReactNode; id?: string | undefined }) {
  return (
    <span className="err" id={id}>
      <Icon name="breach" />
      <span>{children}</span>
    </span>
  );
}

export function labelOf(label: ReactNode, optional?: boolean): ReactNode {
  return optional ? (
    <>
      {label} <span className="optional">optional</span>
    </>
  ) : (
    label
  );
}

const parts = { root: 'field', label: 'lab', description: 'hint', input: 'input', error: 'errline', wrapper: 'inputwrap', section: 'inputsection' };

/** The props by which Mantine's inputs become ours. */
export function fieldLook({ label, hint, error, name, optional, disabled, width, hideLabel }: FieldProps) {
  const root = ['field', width ?? '', hideLabel ? 'unlabelled' : ''].filter(Boolean).join(' ');
  return {
    label: labelOf(label, optional),
    description: hint,
    error: error ? <FieldError>{error}</FieldError> : undefined,
    name,
    disabled: disabled ?? false,
    classNames: { ...parts, root },
  };
}
