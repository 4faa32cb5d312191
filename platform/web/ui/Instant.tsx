import { useEffect, useState } from 'react';
import { formatInstant, formatRelative, formatZone } from './format.ts';

export type InstantProps = {
  /** ISO 8601 with its zone, or a plain day `2026-11-12`. */
  at: string;
  precision?: 'day' | 'minute' | 'second' | undefined;
  /** Says beside the date how far off it is. */
  relative?: boolean | undefined;
};

function useNow(asked: boolean) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!asked) return;
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, [asked]);
  return now;
}

/** An absolute date; its zone and UTC on hover. */
export function Instant({ at, precision = 'minute', relative = false }: InstantProps) {
  const now = useNow(relative);
  return (
    <>
      <time dateTime={at} title={precision === 'day' && at.length === 10 ? undefined : formatZone(at)} className="nw">
        {formatInstant(at, precision)}
      </time>
      {relative && <span className="quiet nw">, {formatRelative(at, now)}</span>}
    </>
  );
}
