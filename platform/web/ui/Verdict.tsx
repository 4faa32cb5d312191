import { useId } from 'react';
import type { ReactNode } from 'react';
import { StateIcon } from './State.tsx';
import './Verdict.css';

const looks = {
  match: { line: 'match', icon: 'breach' },
  clear: { line: 'clear', icon: 'holds' },
  'not-inspected': { line: 'unread', icon: 'not-inspected' },
} as const;

/** The answer of an inspection: clear, match or not inspected, under a rule in its ink. */
export function Verdict({
  kind,
  title,
  small = false,
  children,
}: {
  kind: keyof typeof looks;
  title: ReactNode;
  small?: boolean | undefined;
  children?: ReactNode;
}) {
  const id = useId();
  const { line, icon } = looks[kind];
  const Head = small ? 'h3' : 'h2';
  return (
    <section className={`answer ${line}${small ? ' s' : ''}`} aria-labelledby={id}>
      <Head className="verdict" id={id}>
        <StateIcon kind={icon} />
        <span>{title}</span>
      </Head>
      {children}
    </section>
  );
}
