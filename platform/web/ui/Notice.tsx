import type { ReactNode } from 'react';
import { StateIcon } from './State.tsx';
import './Notice.css';

export type NoticeProps = { kind?: 'holds' | 'gap' | 'breach' | 'due' | undefined; action?: ReactNode; children: ReactNode };

const classes = { holds: ' ok', gap: ' gap', breach: ' breach', due: '' };

export function Notice({ kind = 'due', action, children }: NoticeProps) {
  return (
    <div className={`notice${classes[kind]}`}>
      <StateIcon kind={kind} />
      <div>{children}</div>
      {action}
    </div>
  );
}
