import type { ReactNode } from 'react';
import './Facts.css';

/** A row of names and values under the head of a sheet. What is not known is left out by the caller. */
export function Facts({ facts, ruled = false }: { facts: readonly (readonly [name: string, value: ReactNode])[]; ruled?: boolean | undefined }) {
  return (
    <dl className={ruled ? 'facts ruled' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
