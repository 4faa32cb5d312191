import { useId } from 'react';
import type { ReactNode } from 'react';
import './Section.css';

export type SectionProps = {
  title: ReactNode;
  /** A short line or a link at the right of the heading. */
  aside?: ReactNode;
  /** Without the rule above. */
  plain?: boolean | undefined;
  children: ReactNode;
};

export function Section({ title, aside, plain = false, children }: SectionProps) {
  const id = useId();
  return (
    <section className={plain ? 'sec plain' : 'sec'} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside && <div className="small">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
