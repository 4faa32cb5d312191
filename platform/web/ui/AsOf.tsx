import { useId } from 'react';
import { formatInstant } from './format.ts';
import './AsOf.css';

export type AsOfProps = {
  /** First day known, `2021-02-03`, and today. */
  first: string;
  today: string;
  /** The day looked at; `today` is now. */
  value: string;
  onChange: (day: string) => void;
  /** Days on which something was recorded, for the ticks. */
  days?: readonly string[] | undefined;
};

const day = 86_400_000;
function toDay(text: string) {
  return Math.floor(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / day);
}
function toText(count: number) {
  return new Date(count * day).toISOString().slice(0, 10);
}

/** The sheet as of any date: a slider over what the ledger holds, and a field for the exact day. */
export function AsOf({ first, today, value, onChange, days = [] }: AsOfProps) {
  const id = useId();
  const from = toDay(first);
  const to = Math.max(from + 1, toDay(today));
  const years = Array.from(
    { length: new Date(to * day).getUTCFullYear() - new Date(from * day).getUTCFullYear() + 1 },
    (_, i) => new Date(from * day).getUTCFullYear() + i,
  );
  const shown = years.filter((_, i) => i % Math.ceil(years.length / 8) === 0);
  const isNow = toDay(value) >= to;
  return (
    <div className="asof">
      <label htmlFor={id}>
        <span className="small faint">As of</span>
        <b>
          {formatInstant(value, 'day')}
          {isNow && ', now'}
        </b>
      </label>
      <div className="track">
        <svg viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
          {days.map((text) => {
            const x = ((toDay(text) - from) / (to - from)) * 1000;
            return <line key={text} x1={x} x2={x} y1="12" y2="24" stroke="currentColor" vectorEffect="non-scaling-stroke" />;
          })}
        </svg>
        <input
          id={id}
          type="range"
          min={from}
          max={to}
          value={Math.min(to, Math.max(from, toDay(value)))}
          aria-valuetext={formatInstant(value, 'day')}
          onChange={(event) => onChange(toText(Number(event.currentTarget.value)))}
        />
        <p className="years" aria-hidden="true">
          {shown.map((year) => (
            <span key={year}>{year}</span>
          ))}
          <span>now</span>
        </p>
      </div>
      <input
        className="input"
        type="date"
        aria-label="As of, exact day"
        min={toText(from)}
        max={toText(to)}
        value={toText(Math.min(to, toDay(value)))}
        onChange={(event) => event.currentTarget.value && onChange(event.currentTarget.value)}
      />
    </div>
  );
}
