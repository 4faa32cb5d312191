import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import type { Shown } from './ErrorNote.tsx';
import { TextArea } from './TextArea.tsx';
import './ActDialog.css';

export type ListedAct = {
  id: string;
  /** "End the link to Pell & Marrow Tooling". */
  what: ReactNode;
  /** Whom and what it touches. */
  whom?: ReactNode;
  /** "Can be undone", "Cannot be undone", "They may sign in again". */
  undo: string;
  /** The reader may leave it out. `'off'` starts unticked. */
  choose?: 'on' | 'off' | undefined;
};

export type ActDialogProps = {
  open: boolean;
  onClose: () => void;
  about?: string | undefined;
  /** "Contain now: 5 acts, within seconds". */
  title: ReactNode;
  acts: readonly ListedAct[];
  /** Who is told and who is not, what does not happen. */
  note?: ReactNode;
  /** The word on the button: "Contain". */
  verb: string;
  /** Only where something is destroyed: the button is in breach ink. */
  destructive?: boolean | undefined;
  /** Beside the buttons: "Asks for your second factor." */
  foot?: ReactNode;
  reason?: 'required' | 'optional' | 'none' | undefined;
  reasonHint?: string | undefined;
  /** Least length of the reason. */
  reasonLeast?: number | undefined;
  busy?: boolean | undefined;
  error?: Shown | null | undefined;
  /** More fields, between the list and the reason. */
  children?: ReactNode;
  onConfirm: (answer: { reason: string; acts: string[] }) => void;
};

/** Says what will happen, to whom and whether it can be undone; asks for a reason that is recorded. Never "are you sure?". */
export function ActDialog(props: ActDialogProps) {
  return props.open ? <Opened {...props} /> : null;
}

// Mounted as it opens, so each opening starts anew; the list may be refreshed while one reads.
function Opened(props: ActDialogProps) {
  const {
    onClose,
    about,
    title,
    acts,
    note,
    verb,
    destructive,
    foot,
    reason = 'required',
    reasonHint,
    reasonLeast = 3,
    busy,
    error,
    children,
    onConfirm,
  } = props;
  const id = useId();
  const [left, setLeft] = useState<ReadonlySet<string>>(() => new Set(acts.filter((act) => act.choose === 'off').map((act) => act.id)));
  const [why, setWhy] = useState('');
  const [asked, setAsked] = useState(false);

  const chosen = acts.filter((act) => !left.has(act.id));
  const lacksReason = reason === 'required' && why.trim().length < reasonLeast;
  function toggle(actId: string, on: boolean) {
    const next = new Set(left);
    if (on) next.delete(actId);
    else next.add(actId);
    setLeft(next);
  }
  function confirm() {
    setAsked(true);
    if (lacksReason || chosen.length === 0) return;
    onConfirm({ reason: why.trim(), acts: chosen.map((act) => act.id) });
  }
  return (
    <Dialog
      open
      onClose={onClose}
      about={about}
      title={title}
      foot={
        <>
          {foot && <p className="small quiet">{foot}</p>}
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={destructive ? 'destructive' : 'filled'} busy={busy} disabled={chosen.length === 0} onClick={confirm}>
            {chosen.length > 1 && acts.some((act) => act.choose) ? `${verb}: do these ${chosen.length}` : verb}
          </Button>
        </>
      }
    >
      <ul className={acts.some((act) => act.choose) ? 'does' : 'does told'}>
        {acts.map((act) => (
          <li key={act.id}>
            {act.choose && (
              <input type="checkbox" id={`${id}${act.id}`} checked={!left.has(act.id)} onChange={(event) => toggle(act.id, event.currentTarget.checked)} />
            )}
            <label className="what" htmlFor={act.choose ? `${id}${act.id}` : undefined}>
              {act.what}
              {act.whom && <span className="small">{act.whom}</span>}
            </label>
            <span className="small quiet undo">{act.undo}</span>
          </li>
        ))}
      </ul>
      {note && <p className="dense quiet act-note">{note}</p>}
      {children}
      {reason !== 'none' && (
        <TextArea
          label="Reason"
          hint={reasonHint ?? 'Recorded with your name.'}
          optional={reason === 'optional'}
          rows={2}
          value={why}
          onChange={setWhy}
          error={asked && lacksReason ? `Say in a few words why, so that the record can: at least ${reasonLeast} characters.` : undefined}
        />
      )}
      {error && <ErrorNote error={error} />}
    </Dialog>
  );
}
