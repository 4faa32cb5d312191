import { useId } from 'react';
import type { ReactNode } from 'react';
import { useModal } from './use-modal.ts';
import './Dialog.css';

export type DialogProps = {
  open: boolean;
  onClose: () => void;
  /** Small capitals above the title: what the dialog is about. */
  about?: string | undefined;
  title: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
  size?: 'narrow' | undefined;
};

/** The browser's own modal: it keeps the focus, gives it back, hides the rest and closes on Escape. */
export function Dialog({ open, ...rest }: DialogProps) {
  return open ? <Opened {...rest} /> : null;
}

function Opened({ onClose, about, title, children, foot, size }: Omit<DialogProps, 'open'>) {
  const id = useId();
  const ref = useModal();
  return (
    <dialog
      ref={ref}
      className={size ? `dialog ${size}` : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        {about && <p className="label">{about}</p>}
        <h2 id={id}>{title}</h2>
      </header>
      <div className="body">{children}</div>
      {foot && <footer>{foot}</footer>}
    </dialog>
  );
}
