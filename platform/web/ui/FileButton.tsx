import { useRef } from 'react';
import type { ReactNode } from 'react';
import { Button, TextButton } from './Button.tsx';

interface FileButtonProps {
  /** What a screen reader says of it: it begins with what is shown. */
  readonly label: string;
  /** Inside a line of text, or a button among others. */
  readonly look?: 'text' | 'outlined';
  /** Of an outlined one. */
  readonly size?: 'small' | undefined;
  readonly onFile: (file: File) => void;
  readonly children: ReactNode;
}
/** A button that has the browser ask for one file. */
export function FileButton({ label, look = 'text', size, onFile, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const pick = { 'aria-label': label, onClick: () => input.current?.click() };
  return (
    <>
      {look === 'text' ? (
        <TextButton {...pick}>{children}</TextButton>
      ) : (
        <Button {...pick} size={size}>
          {children}
        </Button>
      )}
      <input
        ref={input}
        type="file"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
    </>
  );
}
