import type { CSSProperties, ReactNode } from 'react';
import { lookOf } from './Passages.tsx';
import './PassageBar.css';

export type PassageRow = {
  label: ReactNode;
  /** "14,206 characters". */
  note?: ReactNode;
  /** Where the passages lie, 0 to 1. */
  segments: readonly { n: number; from: number; to: number }[];
};

function percent(part: number) {
  return `${(Math.min(1, Math.max(0, part)) * 100).toFixed(2)}%`;
}

/** Numbers that would lie upon each other go up by steps. */
function levels(segments: PassageRow['segments']): Map<number, number> {
  const taken: number[] = [];
  const found = new Map<number, number>();
  for (const { n, from, to } of [...segments].sort((a, b) => a.from - b.from)) {
    const middle = (from + to) / 2;
    const free = taken.findIndex((last) => middle - last > 0.03);
    const level = free >= 0 ? free : taken.length;
    taken[level] = middle;
    found.set(n, level);
  }
  return found;
}

/** Bars that show where in each text the passages lie. `words` says the same to those who listen. */
export function PassageBar({ rows, words }: { rows: readonly PassageRow[]; words: string }) {
  return (
    <div className="where" role="img" aria-label={words}>
      {rows.map((row, i) => {
        const level = levels(row.segments);
        return (
          <div className="where-row" key={i}>
            <span>
              {row.label}
              {row.note && <span className="faint">{row.note}</span>}
            </span>
            <span className="track" style={{ '--raised-by': `${Math.min(3, Math.max(0, ...level.values())) * 1.375}rem` } as CSSProperties}>
              {row.segments.map(({ n, from, to }) => (
                <span key={n} className={`seg ${lookOf(n)}`} style={{ left: percent(from), width: percent(to - from) }}>
                  <span className={`pn ${lookOf(n)}`} style={{ marginBottom: `${Math.min(3, level.get(n) ?? 0) * 1.375}rem` }}>
                    {n}
                  </span>
                </span>
              ))}
            </span>
          </div>
        );
      })}
    </div>
  );
}
