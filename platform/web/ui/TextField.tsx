import { TextInput } from '@mantine/core';
import { fieldLook } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import './Field.css';

export type TextFieldProps = FieldProps & {
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'email' | 'url' | 'search' | 'tel' | undefined;
  placeholder?: string | undefined;
  autoComplete?: string | undefined;
  inputMode?: 'text' | 'numeric' | 'decimal' | 'email' | undefined;
  maxLength?: number | undefined;
  autoFocus?: boolean | undefined;
  onBlur?: (() => void) | undefined;
  /** Code names, words of a kit, tokens: no spelling help that would carry them off. */
  plain?: boolean | undefined;
};

export function TextField({ value, onChange, type = 'text', plain, ...props }: TextFieldProps) {
  const { placeholder, autoComplete, inputMode, maxLength, autoFocus, onBlur } = props;
  return (
    <TextInput
      {...fieldLook(props)}
      type={type}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      placeholder={placeholder}
      autoComplete={autoComplete ?? (plain ? 'off' : undefined)}
      autoCapitalize={plain ? 'off' : undefined}
      spellCheck={plain ? false : undefined}
      inputMode={inputMode}
      maxLength={maxLength}
      data-autofocus={autoFocus || undefined}
      autoFocus={autoFocus}
      onBlur={onBlur}
    />
  );
}
