import { Fragment } from 'react';
import type { ReactNode } from 'react';
import './Passages.css';

/** Hue and line come round again after three; the number never does. */
export function lookOf(n: number): string {
  return `p${((n - 1) % 3) + 1}`;
}

export function PassageNumber({ n }: { n: number }) {
  return (
    <span className={`pn ${lookOf(n)}`}>
      <span className="vh">Passage </span>
      {n}
    </span>
  );
}

export type PassagePair = {
  n: number;
  left: ReactNode;
  /** "Word for word", "Reworded, same order". */
  leftNote?: ReactNode;
  right: ReactNode;
  /** "Element 2, page 11". */
  rightNote?: ReactNode;
};

/** Two texts side by side, their passages joined by number, colour and line. */
export function PassagePairs({ leftTitle, rightTitle, passages }: { leftTitle: ReactNode; rightTitle: ReactNode; passages: readonly PassagePair[] }) {
  return (
    <div className="pairs">
      <p className="h label">{leftTitle}</p>
      <p className="h" aria-hidden="true" />
      <p className="h label">{rightTitle}</p>
      {passages.map((passage) => {
        const look = lookOf(passage.n);
        return (
          <Fragment key={passage.n}>
            <div className="t">
              <mark className={look}>{passage.left}</mark>
              {passage.leftNote && <span className="small">{passage.leftNote}</span>}
            </div>
            <p className={`g ${look}`}>
              <PassageNumber n={passage.n} />
            </p>
            <div className="t r">
              <mark className={look}>{passage.right}</mark>
              {passage.rightNote && <span className="small">{passage.rightNote}</span>}
            </div>
          </Fragment>
        );
      })}
    </div>
  );
}

export type Span = { n: number; start: number; end: number };

/** A whole text with its passages marked. Spans are offsets in UTF-16 units and may not overlap. */
export function MarkedText({ text, spans }: { text: string; spans: readonly Span[] }) {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { n, start, end } of sorted) {
    if (start < at || end <= start) continue;
    parts.push(text.slice(at, start));
    parts.push(
      <mark key={`${n}-${start}`} className={lookOf(n)}>
        <PassageNumber n={n} /> {text.slice(start, end)}
      </mark>,
    );
    at = end;
  }
  parts.push(text.slice(at));
  return <div className="marked-text">{parts}</div>;
}
