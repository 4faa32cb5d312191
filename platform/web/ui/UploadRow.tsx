import { Button } from './Button.tsx';
import { FileButton } from './FileButton.tsx';
import { formatBytes } from './format.ts';
import { State } from './State.tsx';
import './UploadRow.css';

export type UploadRowProps = {
  name: string;
  bytes: number;
  sent: number;
  /** `same`: it is kept already. `left`: it broke off before, and its file has to be chosen again. */
  state: 'left' | 'waiting' | 'sending' | 'paused' | 'checking' | 'failed' | 'same' | 'done';
  /** Why it failed, what it is the same as, or what is wrong with the file that was chosen, in words. */
  why?: string | undefined;
  onPause?: (() => void) | undefined;
  onResume?: (() => void) | undefined;
  onRetry?: (() => void) | undefined;
  onCancel?: (() => void) | undefined;
  /** Of one that was left: its file, chosen again. */
  onFile?: ((file: File) => void) | undefined;
};

const words = {
  same: 'Kept already',
  left: '',
  waiting: 'Waits its turn',
  sending: '',
  paused: 'Paused',
  checking: 'Read and encrypted, being checked',
  failed: 'Failed',
  done: 'Kept',
};

/** One file on its way: how far, and what one can do about it. Stands in a `<ul className="uploads">`. */
export function UploadRow({ name, bytes, sent, state, why, onPause, onResume, onRetry, onCancel, onFile }: UploadRowProps) {
  const isEnded = state === 'done' || state === 'failed' || state === 'same';
  const part = bytes > 0 ? Math.min(100, Math.floor((sent / bytes) * 100)) : 0;
  return (
    <li className="upload">
      <div className="upload-name">
        <b>{name}</b>
        <span className="small quiet">
          {state === 'sending' || state === 'paused' || state === 'left' ? `${formatBytes(sent)} of ${formatBytes(bytes)}` : formatBytes(bytes)}
          {state === 'left' && ' arrived'}
          {words[state] && !isEnded && `. ${words[state]}`}
        </span>
      </div>
      <div className="upload-state">
        {state === 'done' && <State kind="holds">{words.done}</State>}
        {state === 'same' && <State kind="quiet">{words.same}</State>}
        {state === 'failed' && <State kind="breach">{words.failed}</State>}
        {(state === 'sending' || state === 'paused') && <span className="num">{part} %</span>}
        {state === 'sending' && onPause && (
          <Button size="small" icon="pause" onClick={onPause} aria-label={`Pause ${name}`}>
            Pause
          </Button>
        )}
        {state === 'paused' && onResume && (
          <Button size="small" icon="play" onClick={onResume} aria-label={`Resume ${name}`}>
            Resume
          </Button>
        )}
        {state === 'failed' && onRetry && (
          <Button size="small" icon="retry" onClick={onRetry} aria-label={`Retry ${name}`}>
            Retry
          </Button>
        )}
        {state === 'left' && onFile && (
          <FileButton look="outlined" size="small" label={`Choose the file again to go on: ${name}`} onFile={onFile}>
            Choose the file again to go on
          </FileButton>
        )}
        {onCancel && (
          <Button size="small" onClick={onCancel} aria-label={`${verbOf(state)} ${name}`}>
            {verbOf(state)}
          </Button>
        )}
      </div>
      {!isEnded && <progress max={100} value={state === 'checking' ? 100 : part} aria-label={`${name}, sent`} />}
      {(state === 'failed' || state === 'left') && why && (
        <p className="dense c-breach" role="alert">
          {why}
        </p>
      )}
      {state === 'same' && why && <p className="dense quiet">{why}</p>}
    </li>
  );
}

/** What the last button does with it. */
function verbOf(state: UploadRowProps['state']): string {
  if (state === 'left') return 'Drop it';
  return state === 'same' || state === 'done' ? 'Close' : 'Cancel';
}
