import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import './Steps.css';

export type StepState = 'done' | 'now' | 'next';

/** How far a set-up is: done, now, still to come. */
export function Steps({ steps }: { steps: readonly { title: string; state: StepState }[] }) {
  return (
    <ol className="progress" aria-label="Progress">
      {steps.map((step) => (
        <li key={step.title} className={step.state} aria-current={step.state === 'now' ? 'step' : undefined}>
          {step.state === 'done' && (
            <>
              <Icon name="tick" />
              <span className="vh">Done: </span>
            </>
          )}
          {step.title}
        </li>
      ))}
    </ol>
  );
}

export type SetupStepProps = {
  no: number;
  title: string;
  state: StepState;
  /** Done: what was chosen. Next: what will be asked. */ summary?: ReactNode;
  onChange?: (() => void) | undefined;
  children?: ReactNode;
};

/** One step of a set-up: open while it is now, a line before and after. */
export function SetupStep({ no, title, state, summary, onChange, children }: SetupStepProps) {
  return (
    <section className={state === 'now' ? 'setup-step now' : 'setup-step'} aria-label={title}>
      <span className="no" aria-hidden="true">
        {no}
      </span>
      <div className={state === 'done' ? 'done-line' : 'setup-body'}>
        <div>
          <h2>{title}</h2>
          {summary && <div className="quiet">{summary}</div>}
          {state === 'now' && <div className="setup-inner stack">{children}</div>}
        </div>
        {state === 'done' && onChange && (
          <button type="button" className="linkish" onClick={onChange} aria-label={`Change ${title.toLowerCase()}`}>
            Change
          </button>
        )}
      </div>
    </section>
  );
}

/** What to do next, in order; each with its button. */
export function NextSteps({ steps }: { steps: readonly { text: ReactNode; action?: ReactNode }[] }) {
  return (
    <ol className="steps">
      {steps.map((step, i) => (
        <li key={i}>
          <span className="no" aria-hidden="true">
            {i + 1}
          </span>
          <div>
            <p>{step.text}</p>
            {step.action && <div className="actions">{step.action}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
