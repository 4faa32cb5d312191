import { useId } from 'react';
import type { ReactNode } from 'react';
import { formatInstant, formatNumber } from './format.ts';
import { Icon } from './Icon.tsx';
import { Instant } from './Instant.tsx';
import './Timeline.css';

/** Ring: looked. Disc: acted. Square: lapsed. Diamond: breached. Seal: sealed. */
export type TimelineMark = 'looked' | 'acted' | 'lapsed' | 'breached' | 'sealed';
export type TimelineEntry = {
  id: string;
  at: string;
  mark: TimelineMark;
  text: ReactNode;
  /** Number in the ledger; only for those who may see the index. */
  entry?: number | undefined;
  /** Where several entries are told as one line: each of them, newest first. */
  lines?: readonly { id: string; at: string; text: ReactNode }[] | undefined;
  /** What belongs to it and is long: folded away under its title. */
  more?: { title: string; content: ReactNode } | undefined;
};

const classes: Record<TimelineMark, string> = { looked: '', acted: 'act', lapsed: 'warn', breached: 'bad', sealed: 'seal' };

export type TimelineProps = {
  entries: readonly TimelineEntry[];
  title?: string | undefined;
  /** Below the list: "All 412 entries", or a button that loads more. */
  foot?: ReactNode;
  empty?: string | undefined;
};

/** What the ledger says about one thing, newest first. */
export function Timeline({ entries, title = 'Timeline', foot, empty = 'Nothing is recorded yet.' }: TimelineProps) {
  const id = useId();
  const numbered = entries.some((entry) => entry.entry !== undefined);
  return (
    <section aria-labelledby={id}>
      <div className="tl-head">
        <h2 id={id}>{title}</h2>
        {numbered && <span className="small faint">Entry</span>}
      </div>
      {entries.length === 0 && <p className="dense quiet">{empty}</p>}
      <ol className="tl">
        {entries.map((entry) => (
          <li key={entry.id} className={classes[entry.mark]}>
            {entry.mark === 'sealed' && <Icon name="seal" />}
            <p className="when">
              <span>
                {entry.lines && formatInstant(entry.lines.at(-1)!.at) !== formatInstant(entry.at) && (
                  <>
                    <Instant at={entry.lines.at(-1)!.at} />
                    {' to '}
                  </>
                )}
                <Instant at={entry.at} />
              </span>
              {entry.entry !== undefined && (
                <span className="ent">
                  <span className="vh">Entry </span>
                  {formatNumber(entry.entry)}
                </span>
              )}
            </p>
            <p>{entry.text}</p>
            {entry.more && (
              <details className="small quiet">
                <summary>{entry.more.title}</summary>
                {entry.more.content}
              </details>
            )}
            {entry.lines && (
              <details className="small quiet">
                <summary>Each of the {formatNumber(entry.lines.length)}</summary>
                <ol>
                  {entry.lines.map((line) => (
                    <li key={line.id}>
                      <Instant at={line.at} precision="second" /> {line.text}
                    </li>
                  ))}
                </ol>
              </details>
            )}
          </li>
        ))}
      </ol>
      {foot && <div className="small">{foot}</div>}
    </section>
  );
}
