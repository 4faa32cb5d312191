import { Textarea } from '@mantine/core';
import { fieldLook } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import './Field.css';

export type TextAreaProps = FieldProps & {
  value: string;
  onChange: (value: string) => void;
  rows?: number | undefined;
  placeholder?: string | undefined;
  maxLength?: number | undefined;
};

export function TextArea({ value, onChange, rows = 3, placeholder, maxLength, ...props }: TextAreaProps) {
  return (
    <Textarea
      {...fieldLook(props)}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      rows={rows}
      placeholder={placeholder}
      maxLength={maxLength}
    />
  );
}
