import { formatCount, StateIcon, Verdict } from '#platform/web/ui/index.ts';
import { Answer, verdictOf } from './Answer.tsx';
import { VERDICTS } from './looks.ts';
import { REASONS } from './reasons.ts';
import type { Checked, Inspection } from './use-checks.ts';
import './CheckedFiles.css';

type VerdictKind = Inspection['verdict'];
/** The gravest first. */
const GRAVITY = ['match', 'not-inspected', 'clear'] as const;

/** The answer for several files: the gravest of all, and how many of each. */
export function titleOfAll(done: readonly Checked[]): string {
  return {
    match: 'Match. Do not send these as they are.',
    'not-inspected': 'Not all inspected. Do not send these as they are.',
    clear: 'Clear. Nothing registered was found in any.',
  }[gravest(done)];
}
function gravest(done: readonly Checked[]): VerdictKind {
  return GRAVITY.find((verdict) => done.some(({ outcome }) => verdictOf(outcome) === verdict)) ?? 'not-inspected';
}

/** Several files: what holds for all of them, once all are done, and a line each that opens into its own answer. */
export function CheckedFiles({ done, ended }: { done: readonly Checked[]; ended: boolean }) {
  const count = (verdict: VerdictKind) => done.filter(({ outcome }) => verdictOf(outcome) === verdict).length;
  const counts = GRAVITY.map((verdict) => [count(verdict), VERDICTS[verdict][1].toLowerCase()] as const).filter(([many]) => many > 0);
  const rows = GRAVITY.flatMap((verdict) => done.filter(({ outcome }) => verdictOf(outcome) === verdict));
  return (
    <>
      {ended && (
        <Verdict kind={gravest(done)} title={titleOfAll(done)}>
          <p className="lede">
            Of {formatCount(done.length, 'file')}: {counts.map(([many, words]) => `${many} ${words}`).join(', ')}.
          </p>
        </Verdict>
      )}
      <ul className="checked-files rows" aria-label="Files that were checked">
        {rows.map((checked) => (
          <li key={checked.key}>
            <details>
              <summary>
                <StateIcon kind={VERDICTS[verdictOf(checked.outcome)][0]} /> {checked.name}: {VERDICTS[verdictOf(checked.outcome)][1]}
                <span className="quiet">{whatOf(checked)}</span>
              </summary>
              <Answer checked={checked} small />
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What matched, or why it was not read, in a few words. */
function whatOf({ outcome }: Checked): string {
  if (outcome.kind === 'failed') return `, ${outcome.error.message}`;
  if (outcome.kind === 'unsent')
    return { 'too-large': ', it is too large', 'not-readable': ', it could not be read here', 'too-many': ', it is one too many' }[outcome.why];
  const { verdict, caseNumber, matches, unread } = outcome.inspection;
  if (verdict === 'clear') return '';
  if (verdict === 'not-inspected') return unread[0] ? `, ${REASONS[unread[0].reason]}` : '';
  const [first, ...others] = matches ?? [];
  if (!first) return `, case ${caseNumber}`;
  const of = first.codeName === '' ? 'a secret' : first.codeName;
  return `, ${of}${first.title === '' ? '' : `, “${first.title}”`}${others.length > 0 ? `, and ${others.length} more` : ''}`;
}
