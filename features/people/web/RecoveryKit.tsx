import { useEffect, useState } from 'react';
import { announce, Button, CheckField } from '#platform/web/ui/index.ts';
import './RecoveryKit.css';

const FILE = 'underseal-recovery-kit.txt';

/** The kit, this once: it lives in this page's memory alone, and the page does not let itself be closed by accident. */
export function RecoveryKit({ text, onKept }: { text: string; onKept: () => void }) {
  const [kept, setKept] = useState(false);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', hold);
    return () => removeEventListener('beforeunload', hold);
  }, []);

  function download() {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = FILE;
    link.click();
    // The browser has taken it by the next turn; the address must not stay open to the kit.
    setTimeout(() => URL.revokeObjectURL(address), 0);
    announce('The recovery kit was handed to the browser to save');
  }
  function goOn() {
    setAsked(true);
    if (kept) onKept();
  }
  return (
    <>
      <p>
        The kit is the root key. A backup never holds it: to restore, you need both. Without the kit, a lost disk means that all is lost for ever, and nobody
        can help. It is shown this once.
      </p>
      <pre className="kit-paper" tabIndex={0} aria-label="Recovery kit">
        {reflow(text)}
      </pre>
      <p className="actions">
        <Button icon="doc" onClick={() => print()}>
          Print
        </Button>
        <Button icon="save" onClick={download}>
          Download
        </Button>
      </p>
      <p className="dense quiet">Print it and put it into a safe, one copy in another building. Then delete the file.</p>
      <CheckField
        label="I have put it in a safe place."
        checked={kept}
        onChange={setKept}
        error={asked && !kept ? 'Say so first: without the kit no backup can be opened.' : undefined}
      />
      <Button variant="filled" onClick={goOn}>
        Go on
      </Button>
    </>
  );
}

/** A line of the kit this long was broken for paper; on a phone it breaks where the screen ends. Shorter ones stand for themselves. */
const BROKEN = /^(.{60,})\n(?=\S)/gm;

function reflow(text: string): string {
  return text.replaceAll(BROKEN, '$1 ');
}
