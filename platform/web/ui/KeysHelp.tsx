import { useState } from 'react';
import { Button } from './Button.tsx';
import { CheckField } from './CheckField.tsx';
import { Dialog } from './Dialog.tsx';
import { keysHere, lettersOn, switchLetters } from './use-key.ts';
import './KeysHelp.css';

/** The keys that work on this page. */
export function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [letters, setLetters] = useState(lettersOn);
  return (
    <Dialog open={open} onClose={onClose} title="Keys" size="narrow" foot={<Button onClick={onClose}>Close</Button>}>
      <dl className="keys">
        {keysHere().map((key) => (
          <div key={key.key}>
            <dt>
              <kbd>{key.key}</kbd>
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close what is open</dd>
        </div>
      </dl>
      <CheckField
        label="Single keys work"
        hint="Switch off if you speak to your computer, or press keys by mistake. Ctrl K works always."
        checked={letters}
        onChange={(on) => {
          switchLetters(on);
          setLetters(on);
        }}
      />
    </Dialog>
  );
}
