import type { FormEvent, ReactNode } from 'react';

/** A form that is sent by our code alone. After a refusal the first field in error takes the focus. */
export function Form({ onSubmit, children, label }: { onSubmit: () => void | Promise<void>; children: ReactNode; label?: string | undefined }) {
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    await onSubmit();
    requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
  return (
    <form noValidate aria-label={label} onSubmit={(event) => void submit(event)}>
      {children}
    </form>
  );
}
