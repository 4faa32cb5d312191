import type { ReactNode } from 'react';
import './Empty.css';

/** An empty page teaches: what belongs here, why a court cares, one button. No drawing. */
export function Empty({ title, why, action }: { title: ReactNode; why: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p className="serif">{title}</p>
      <p className="quiet measure">{why}</p>
      {action && <div className="actions">{action}</div>}
    </div>
  );
}
