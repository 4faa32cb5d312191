import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import type { AnswerOf } from '@underseal/contract';
import { announce, Button, DropField, ErrorNote, formatBytes, formatCount, NextSteps, Page, Section, Verdict } from '#platform/web/ui/index.ts';
import { guard, LARGEST_CONTENT } from '../contract.ts';
import { namePart } from '../part-name.ts';
import { MatchView, SourceName, type Match } from './MatchView.tsx';
import { REASONS } from './reasons.ts';

type Inspection = AnswerOf<typeof guard.inspect>;
interface Answered {
  readonly inspection: Inspection;
  /** Of the file, or the pasted text as it was when it was checked. */
  readonly name?: string | undefined;
  readonly text?: string | undefined;
}
/** Why a file did not come to be read at all. */
type Unsent = { readonly name: string; readonly why: 'too-large' | 'not-readable' };
const NAMED = 4;
const UNREAD = 20;
/** One large field: paste or drop; is this ours, and may it leave? */
export function CheckPage() {
  const inspect = useAct(guard.inspect, { anew: true });
  const [text, setText] = useState('');
  const [answered, setAnswered] = useState<Answered>();
  const [unsent, setUnsent] = useState<Unsent>();
  const check = (input: { text: string } | { base64: string; name: string }, name?: string) => {
    setAnswered(undefined);
    setUnsent(undefined);
    inspect.mutate(
      { ...input, exit: 'page' },
      {
        onSuccess: (inspection) => {
          setAnswered({ inspection, name, text: 'text' in input ? input.text : undefined });
          announce(titleOf(inspection), 'assertive');
        },
      },
    );
  };
  const checkFile = async ([file]: File[]) => {
    if (!file) return;
    const { name } = file;
    if (file.size > LARGEST_CONTENT) return refuse({ name, why: 'too-large' });
    // A folder is given as a file that cannot be read, and so is one that was moved or changed since.
    const base64 = await toBase64(file).catch(() => undefined);
    if (base64 === undefined) return refuse({ name, why: 'not-readable' });
    check({ base64, name: name.slice(-255) }, name);
  };
  /** What the field answered before is of something else. */
  const refuse = (what: Unsent) => {
    setAnswered(undefined);
    inspect.reset();
    setUnsent(what);
    announce(NOT_INSPECTED, 'assertive');
  };
  const clear = () => {
    setText('');
    setAnswered(undefined);
    setUnsent(undefined);
    inspect.reset();
  };
  return (
    <Page path={['Guard', 'Check a text']} title="May this leave the company?">
      <DropField
        label="Text or file to check"
        text={text}
        onText={setText}
        onFiles={(files) => void checkFile(files)}
        placeholder="Paste a text, or drop a file here."
        note={noteOf(answered)}
        actions={
          <>
            {(text !== '' || answered || unsent) && <Button onClick={clear}>Clear the field</Button>}
            <Button variant="filled" disabled={text.trim() === ''} busy={inspect.isPending} onClick={() => check({ text })}>
              Check
            </Button>
          </>
        }
      />
      {inspect.isPending && (
        <p role="status" className="quiet">
          Reading and comparing.
        </p>
      )}
      {unsent && (
        <Verdict kind="not-inspected" title={NOT_INSPECTED}>
          {unsent.why === 'too-large' ? (
            <p>
              “{unsent.name}” is larger than {formatBytes(LARGEST_CONTENT)}, the most that is read at once. Ask security to look at it.
            </p>
          ) : (
            <p>
              “{unsent.name}” could not be read here: it is a folder, or it was moved, changed or closed to you since you chose it. Nothing of it was sent. Drop
              the files of a folder one by one, or packed into one file; choose a file that was moved once more.
            </p>
          )}
        </Verdict>
      )}
      {inspect.error && <ErrorNote error={describeError(inspect.error)} />}
      {answered && <Answer {...answered} />}
    </Page>
  );
}

function noteOf(answered: Answered | undefined): string {
  if (!answered) return 'Nothing that you check is stored.';
  const { characters, unread } = answered.inspection;
  const read = unread.length === 0 ? `${formatCount(characters, 'character')}, read whole` : `${formatCount(characters, 'character')} read, and not all of it`;
  const told = characters === 0 && unread.length > 0 ? 'nothing of it was read' : read;
  return `${answered.name ? `${answered.name}: ` : ''}${told}. Nothing here is stored.`;
}

const NOT_INSPECTED = 'Not inspected. Do not send this.';
function titleOf({ verdict }: Inspection): string {
  return { clear: 'Clear. Nothing registered was found.', match: 'Match. Do not send this.', 'not-inspected': NOT_INSPECTED }[verdict];
}

function Answer({ inspection, name, text }: Answered) {
  const { verdict, matches, unread, caseNumber, action } = inspection;
  const isNamed = matches !== null && matches.length > 0;
  return (
    <>
      <Verdict kind={verdict} title={verdict === 'match' && action === 'warn' ? 'Match. Ask before you send this.' : titleOf(inspection)}>
        {verdict === 'clear' && (
          <p className="lede">No registered passage of about a sentence or more stands in it. A paraphrase or a translation would not have been found.</p>
        )}
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
  const passages = matches.reduce((sum, match) => sum + match.passages.length, 0);
  const characters = matches.reduce((sum, match) => sum + match.characters, 0);
  const named = matches.slice(0, NAMED);
  return (
    <p className="lede">
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

function toBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () =>
      resolve(
        String(reader.result)
          .replace(/^data:[^,]*,/, '')
          .replace(/^data:$/, ''),
      );
    reader.onerror = () => reject(new Error('The file could not be read'));
    reader.readAsDataURL(file);
  });
}
