import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import { StateIcon } from './State.tsx';
import type { StateKind } from './State.tsx';
import './Rows.css';

interface Clause {
  readonly id: string;
  readonly title: ReactNode;
  readonly state?: ReactNode;
  readonly text?: ReactNode;
  readonly note?: ReactNode;
  readonly action?: ReactNode;
}
/** Numbered clauses: the elements of a secret, the paragraphs of a policy. */
export function Clauses({ clauses }: { clauses: readonly Clause[] }) {
  return (
    <ol className="clauses rows">
      {clauses.map((clause, i) => (
        <li key={clause.id}>
          <span className="no" aria-hidden="true">
            {i + 1}
          </span>
          <div>
            <h3>{clause.title}</h3>
            {clause.state && <div className="dense">{clause.state}</div>}
            {clause.text && <div className="text">{clause.text}</div>}
            {clause.note && <div className="dense quiet">{clause.note}</div>}
          </div>
          {clause.action}
        </li>
      ))}
    </ol>
  );
}

export type Cond = { label: string; holds: boolean };

/** The conditions that hold a grant, in a line. */
export function Conds({ conds }: { conds: readonly Cond[] }) {
  return (
    <ul className="conds">
      {conds.map((cond) => (
        <li key={cond.label} className={cond.holds ? undefined : 'miss'}>
          <Icon name={cond.holds ? 'tick' : 'gap'} />
          <span className="vh">{cond.holds ? 'Holds: ' : 'Missing: '}</span>
          {cond.label}
        </li>
      ))}
    </ul>
  );
}

export type WhoRow = {
  id: string;
  state?: StateKind | undefined;
  name: ReactNode;
  role?: ReactNode;
  text?: ReactNode;
  conds?: readonly Cond[] | undefined;
  /** What mends what is missing. */
  note?: ReactNode;
  action?: ReactNode;
};

/** People, one line each: who, why, and what holds it. */
export function Who({ people }: { people: readonly WhoRow[] }) {
  return (
    <ul className="who rows">
      {people.map((person) => (
        <li key={person.id}>
          {person.state ? <StateIcon kind={person.state} /> : <Icon name="person" />}
          <span className="name">
            {person.name}
            {person.role && <small>{person.role}</small>}
          </span>
          <div>
            {person.text && <div className="dense">{person.text}</div>}
            {person.conds && <Conds conds={person.conds} />}
            {person.note && <div className="dense">{person.note}</div>}
          </div>
          {person.action}
        </li>
      ))}
    </ul>
  );
}

export type ConditionRow = { id: string; what: string; state: 'holds' | 'missing' | 'due'; text: ReactNode; source?: ReactNode; action?: ReactNode };
const spoken = { holds: 'holds', missing: 'missing', due: 'asked when opening' };

/** Access, explained: each condition with what holds it, or what is missing and the button that mends it. */
export function Conditions({ conditions }: { conditions: readonly ConditionRow[] }) {
  return (
    <ul className="conditions rows">
      {conditions.map((row) => (
        <li key={row.id} className={row.state === 'missing' ? 'miss' : undefined}>
          <StateIcon kind={row.state === 'missing' ? 'gap' : row.state} />
          <span className="what">
            {row.what}
            <span className="vh">: {spoken[row.state]}</span>
          </span>
          <div>
            <p>{row.text}</p>
            {row.source && <p className="small">{row.source}</p>}
          </div>
          {row.action}
        </li>
      ))}
    </ul>
  );
}

export type TodoRow = { id: string; title: ReactNode; text?: ReactNode; by?: readonly ReactNode[] | undefined; action?: ReactNode };

/** The things that need the reader today, the first first. */
export function Todo({ items }: { items: readonly TodoRow[] }) {
  return (
    <ol className="todo rows">
      {items.map((item, i) => (
        <li key={item.id}>
          <span className="no" aria-hidden="true">
            {i + 1}
          </span>
          <div>
            <h2>{item.title}</h2>
            {item.text && <p>{item.text}</p>}
            {item.by && (
              <div className="by">
                {item.by.map((part, j) => (
                  <span key={j}>{part}</span>
                ))}
              </div>
            )}
          </div>
          {item.action}
        </li>
      ))}
    </ol>
  );
}

export type DutyRow = { id: string; due: ReactNode; date?: ReactNode; title: ReactNode; text?: ReactNode; action?: ReactNode };

/** What an employee has to do, due first. */
export function Duties({ duties }: { duties: readonly DutyRow[] }) {
  return (
    <ol className="duties rows">
      {duties.map((duty) => (
        <li key={duty.id}>
          <div className="due">
            {duty.due}
            {duty.date && <small>{duty.date}</small>}
          </div>
          <div>
            <h3>{duty.title}</h3>
            {duty.text && <p className="quiet">{duty.text}</p>}
          </div>
          {duty.action}
        </li>
      ))}
    </ol>
  );
}
