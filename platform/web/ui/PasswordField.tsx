import { PasswordInput } from '@mantine/core';
import { fieldLook } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import './Field.css';

export type PasswordFieldProps = FieldProps & {
  value: string;
  onChange: (value: string) => void;
  /** `new-password` where one is chosen. */
  autoComplete?: 'current-password' | 'new-password' | undefined;
};

export function PasswordField({ value, onChange, autoComplete = 'current-password', ...props }: PasswordFieldProps) {
  return (
    <PasswordInput
      {...fieldLook(props)}
      classNames={{ ...fieldLook(props).classNames, innerInput: 'password-inner' }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete={autoComplete}
      visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed', tabIndex: 0 }}
    />
  );
}
