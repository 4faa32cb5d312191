import { useEffect, useState } from 'react';
import './Loading.css';

/** Says what it loads, once it takes long enough to be noticed; grey lines keep the place meanwhile. */
export function Loading({ what, lines = 3 }: { what: string; lines?: number | undefined }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="loading" role="status">
      <p className={late ? 'dense quiet' : 'dense unseen'}>{late ? `Loading ${what}` : '\u00a0'}</p>
      <Skeleton lines={lines} />
    </div>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number | undefined }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}
