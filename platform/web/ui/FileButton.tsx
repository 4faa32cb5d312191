import { useRef } from 'react';
import type { ReactNode } from 'react';
import { TextButton } from './Button.tsx';

/** A button that has the browser ask for one file. `label` is what a screen reader says of it. */
export function FileButton({ label, onFile, children }: { label: string; onFile: (file: File) => void; children: ReactNode }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <TextButton aria-label={label} onClick={() => input.current?.click()}>
        {children}
      </TextButton>
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
