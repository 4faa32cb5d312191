import { ErrorNote, formatBytes, formatCount, NextSteps, Section, Verdict } from '#platform/web/ui/index.ts';
import { LARGEST_CONTENT } from '../contract.ts';
import { namePart } from '../part-name.ts';
import { countOnce } from './count-once.ts';
import { MatchView, SourceName, type Match } from './MatchView.tsx';
import { REASONS } from './reasons.ts';
import { MOST_FILES, type Checked, type Inspection, type Outcome } from './use-checks.ts';

const NAMED = 4;
const UNREAD = 20;
const SHORTEST = 32;
export const NOT_INSPECTED = 'Not inspected. Do not send this.';

/** What counts of an outcome: what was not read, for whatever reason, is never clear. */
export function verdictOf(outcome: Outcome): Inspection['verdict'] {
  return outcome.kind === 'inspected' ? outcome.inspection.verdict : 'not-inspected';
}
export function titleOf(outcome: Outcome): string {
  if (outcome.kind === 'inspected' && outcome.inspection.verdict === 'match' && outcome.inspection.action === 'warn') return 'Match. Ask before you send this.';
  return { clear: 'Clear. Nothing registered was found.', match: 'Match. Do not send this.', 'not-inspected': NOT_INSPECTED }[verdictOf(outcome)];
}

/** The answer for one text or file. */
export function Answer({ checked, small = false }: { checked: Checked; small?: boolean }) {
  const { outcome, name } = checked;
  if (outcome.kind === 'failed') return <ErrorNote error={outcome.error} />;
  if (outcome.kind === 'inspected') return <Inspected inspection={outcome.inspection} name={name} text={checked.text} small={small} />;
  return (
    <Verdict kind="not-inspected" title={NOT_INSPECTED} small={small}>
      <p>{whyUnsent(outcome.why, name)}</p>
    </Verdict>
  );
}
function whyUnsent(why: 'too-large' | 'not-readable' | 'too-many', name: string | undefined): string {
  return {
    'too-large': `“${name}” is larger than ${formatBytes(LARGEST_CONTENT)}, the most that is read at once. Ask security to look at it.`,
    'not-readable': `“${name}” could not be read here: it is a folder, or it was moved, changed or closed to you since you chose it. Nothing of it was sent. Drop the files of a folder one by one, or packed into one file; choose a file that was moved once more.`,
    'too-many': `“${name}” was not looked at: ${MOST_FILES} files are checked at once. Check the rest after these.`,
  }[why];
}

interface InspectedProps {
  readonly inspection: Inspection;
  readonly name: string | undefined;
  readonly text: string | undefined;
  readonly small: boolean;
}
function Inspected({ inspection, name, text, small }: InspectedProps) {
  const { verdict, matches, unread, caseNumber } = inspection;
  const isNamed = matches !== null && matches.length > 0;
  return (
    <>
      <Verdict kind={verdict} title={titleOf({ kind: 'inspected', inspection })} small={small}>
        {verdict === 'clear' && (
          <p className="lede">No registered passage of about a sentence or more stands in it. A paraphrase or a translation would not have been found.</p>
        )}
        {verdict === 'clear' && isTooShort(inspection, text) && <p>Too short to tell: texts below {SHORTEST} letters and digits are not recognised.</p>}
        {verdict === 'match' && isNamed && <Summary matches={matches} />}
        {verdict === 'match' && !isNamed && (
          <p className="lede">
            It holds something that the company keeps secret. Its case number is {caseNumber}: tell it to security or counsel, who can look it up.
          </p>
        )}
        {unread.length > 0 && (
          <ul>
            {unread.slice(0, UNREAD).map((problem, i) => (
              <li key={i}>
                {problem.path.length > 0 ? `“${namePart(problem)}”` : 'The content'} could not be read: {REASONS[problem.reason]}.
              </li>
            ))}
            {unread.length > UNREAD && (
              <li>
                And {unread.length - UNREAD}
                {inspection.cut.includes('unread') && ' or'} more.
              </li>
            )}
          </ul>
        )}
      </Verdict>
      {matches?.map((match) => (
        <MatchView
          key={`${inspection.id} ${match.document}`}
          match={match}
          inspectionId={inspection.id}
          whole={{ name: name ?? 'Your text', characters: inspection.parts[match.passages[0]?.part ?? 0]?.characters }}
          text={text ?? inspection.parts[match.passages[0]?.part ?? 0]?.text ?? undefined}
        />
      ))}
      {inspection.cut.includes('matches') && <p className="quiet">More documents match than are shown here. Take out what is shown, and check again.</p>}
      {verdict !== 'clear' && (
        <Section title="What to do next">
          <NextSteps steps={stepsOf({ verdict, isNamed, isWhole: isNamed && matches.some(isWholeItself) }).map((text) => ({ text }))} />
        </Section>
      )}
    </>
  );
}

/** Whether all that was read of it is too little to be recognised by its text. */
function isTooShort({ parts, cut }: Inspection, text: string | undefined): boolean {
  const texts = text === undefined ? parts.map((part) => part.text) : [text];
  return !cut.includes('parts') && texts.every((one) => one !== null) && (texts.join(' ').match(/[\p{L}\p{N}]/gu)?.length ?? 0) < SHORTEST;
}
/** What was checked, and not only a file in it. */
function isWholeItself({ whole, foundIn }: Match): boolean {
  return whole && foundIn.path.length === 0;
}
function stepsOf({ verdict, isNamed, isWhole }: { verdict: Inspection['verdict']; isNamed: boolean; isWhole: boolean }): string[] {
  const asIs = 'If it must go as it is, ask security before you send it.';
  if (verdict !== 'match') return ['Send it in a form that can be read: unencrypted, as text or a common format.', asIs];
  // Who is not told which secret it is cannot know whom to ask.
  if (!isNamed) return ['Do not send it as it is.', 'Tell security or counsel the case number, and ask what may go.'];
  return [isWhole ? 'Ask the owner of the secret.' : 'Take out what matched, or ask the owner of the secret.', asIs];
}

function Summary({ matches }: { matches: readonly Match[] }) {
  const whole = matches.find(isWholeItself) ?? matches.find((match) => match.whole);
  if (whole)
    return (
      <p className="lede">
        {isWholeItself(whole) ? 'This is' : `“${namePart({ path: whole.foundIn.path })}” is`} the registered {whole.element === null ? 'file' : 'element'},
        whole: <SourceName match={whole} /> (tier {whole.tier}).
        {matches.length > 1 &&
          ` ${formatCount(matches.length - 1, 'other document or element', 'other documents or elements')} ${matches.length === 2 ? 'has' : 'have'} passages in common with it.`}
      </p>
    );
  const { passages, characters, isLeast } = countOnce(matches);
  const named = matches.slice(0, NAMED);
  return (
    <p className="lede">
      {isLeast && 'At least '}
      {formatCount(passages, 'passage')}, {formatCount(characters, 'character')}, {passages === 1 ? 'comes' : 'come'} from{' '}
      {named.map((match, i) => (
        <span key={match.document}>
          {i > 0 && (i === matches.length - 1 ? ' and ' : ', ')}
          <SourceName match={match} /> (tier {match.tier})
        </span>
      ))}
      {matches.length > named.length && `, and ${matches.length - named.length} more`}.
    </p>
  );
}
