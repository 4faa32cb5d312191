import type { ReactNode } from 'react';
import { Link } from './Link.tsx';
import './Figures.css';

export type Figure = {
  label: string;
  value: ReactNode;
  /** "of 418", smaller beside the figure. */
  of?: string | undefined;
  note?: ReactNode;
  to: string;
  /** Shares of a whole, strongest first; the note must say them in words. */
  parts?: readonly number[] | undefined;
};

/** A strip of figures, each the door to its list. */
export function Figures({ figures, label = 'Figures' }: { figures: readonly Figure[]; label?: string | undefined }) {
  return (
    <nav className="strip" aria-label={label}>
      {figures.map((figure) => (
        <Link key={figure.label} to={figure.to}>
          <span className="label">{figure.label}</span>
          <span className="big">
            {figure.value}
            {figure.of && <small> {figure.of}</small>}
          </span>
          {figure.note && <span className="d">{figure.note}</span>}
          {figure.parts && (
            <span className="tiers" aria-hidden="true">
              {figure.parts.map((part, i) => (
                <i key={i} style={{ flexGrow: part }} />
              ))}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

/** Present, missing, declined, one cell each, with the words for those who listen. */
export function Meter({ present, missing, declined = 0 }: { present: number; missing: number; declined?: number | undefined }) {
  const cells = [...Array(present).fill(''), ...Array(missing).fill('m'), ...Array(declined).fill('d')] as string[];
  return (
    <div className="meter" role="img" aria-label={`${present} present, ${missing} missing, ${declined} declined`}>
      {cells.map((cell, i) => (
        <i key={i} className={cell || undefined} />
      ))}
    </div>
  );
}

export type ClockRow = {
  id: string;
  left: ReactNode;
  unit: string;
  title: ReactNode;
  text?: ReactNode;
  source?: ReactNode;
  end: ReactNode;
  /** 0 to 1 of the period that has passed. */ passed: number;
  urgent?: boolean | undefined;
};

/** Time left to act, the shortest first. */
export function Clocks({ clocks }: { clocks: readonly ClockRow[] }) {
  return (
    <ol className="clocks">
      {clocks.map((clock) => (
        <li key={clock.id} className={clock.urgent ? 'first' : undefined}>
          <span className="left">
            {clock.left}
            <small>{clock.unit}</small>
          </span>
          <div>
            <p>
              <b>{clock.title}</b>
            </p>
            {clock.text && <p className="dense quiet">{clock.text}</p>}
            {clock.source && <div className="small faint">{clock.source}</div>}
          </div>
          <b className="end nw">{clock.end}</b>
          <span className="bar" role="img" aria-label={`${Math.round(clock.passed * 100)} percent of the period has passed`}>
            <i style={{ width: `${Math.min(100, clock.passed * 100)}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
