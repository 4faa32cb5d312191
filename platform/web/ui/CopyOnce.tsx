import { useId, useRef, useState } from 'react';
import { announce } from './announce.ts';
import { Button } from './Button.tsx';
import { copyText } from './copy.ts';
import './CopyOnce.css';

export type CopyOnceProps = {
  label: string;
  secret: string;
  /** Says that it will not be shown again, and where to keep it. */
  note?: string | undefined;
};

/** A secret that is shown once: a token, a recovery code. It lives in this component's props alone. */
export function CopyOnce({ label, secret, note = 'It is shown this once. Keep it where you keep passwords.' }: CopyOnceProps) {
  const id = useId();
  const field = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  async function copy() {
    const done = await copyText(secret);
    if (done) {
      setCopied(true);
      announce(`${label} copied`);
      return;
    }
    // Without the clipboard (an insecure origin) the text is at least marked, ready for the hand.
    if (field.current) getSelection()?.selectAllChildren(field.current);
    announce('Marked: press Ctrl C to copy');
  }
  return (
    <div className="copyonce" role="group" aria-labelledby={id}>
      <p className="lab" id={id}>
        {label}
      </p>
      <div className="kit">
        <code ref={field}>{secret}</code>
        <Button icon={copied ? 'tick' : 'copy'} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <p className="small quiet">{note}</p>
    </div>
  );
}
