import { useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import type { AnswerOf } from '@underseal/contract';
import {
  announce,
  Button,
  CodeName,
  DropField,
  ErrorNote,
  formatBytes,
  formatCount,
  NextSteps,
  Page,
  PassageBar,
  PassagePairs,
  Section,
  Verdict,
} from '#platform/web/ui/index.ts';
import { guard, LARGEST_CONTENT } from '../contract.ts';

type Inspection = AnswerOf<typeof guard.inspect>;
type Match = NonNullable<Inspection['matches']>[number];
interface Answered {
  readonly inspection: Inspection;
  readonly name: string | undefined;
}
const SHOWN = 12;
const REASONS: Readonly<Record<string, string>> = {
  encrypted: 'it is encrypted',
  broken: 'it is broken',
  too_large: 'it is too large',
  too_deep: 'it is nested too deep',
  too_many_entries: 'it holds too many files',
  ratio: 'it unpacks to far more than it should',
  too_many_pages: 'it has too many pages',
  timeout: 'reading it took too long',
  image: 'it is a picture, and pictures are not read',
  unsupported: 'its format is not read',
  unknown: 'its format is not known',
  index_not_ready: 'the scanner is still starting',
  busy: 'the scanner is busy',
};

/** One large field: paste or drop; is this ours, and may it leave? */
export function CheckPage() {
  const inspect = useAct(guard.inspect);
  const [text, setText] = useState('');
  const [answered, setAnswered] = useState<Answered>();
  const [tooLarge, setTooLarge] = useState(false);
  const check = (input: { text: string } | { base64: string; name: string }, name?: string) => {
    setAnswered(undefined);
    setTooLarge(false);
    inspect.mutate(
      { ...input, exit: 'page' },
      {
        onSuccess: (inspection) => {
          setAnswered({ inspection, name });
          announce(titleOf(inspection), 'assertive');
        },
      },
    );
  };
  const checkFile = async ([file]: File[]) => {
    if (!file) return;
    if (file.size > LARGEST_CONTENT) return setTooLarge(true);
    check({ base64: await toBase64(file), name: file.name.slice(-255) }, file.name);
  };
  const clear = () => {
    setText('');
    setAnswered(undefined);
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
            {(text !== '' || answered) && <Button onClick={clear}>Clear the field</Button>}
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
      {tooLarge && (
        <Verdict kind="not-inspected" title="Not inspected. Do not send this.">
          <p>It is larger than {formatBytes(LARGEST_CONTENT)}, the most that is read at once. Ask security to look at it.</p>
        </Verdict>
      )}
      {inspect.error && <ErrorNote error={describeError(inspect.error)} />}
      {answered && <Answer {...answered} text={text} />}
    </Page>
  );
}

function noteOf(answered: Answered | undefined): string {
  if (!answered) return 'Nothing that you check is stored.';
  const characters = answered.inspection.parts.reduce((sum, part) => sum + part.characters, 0);
  const whole = answered.inspection.unread.length === 0 ? 'read whole' : 'read in part';
  return `${answered.name ? `${answered.name}, ` : ''}${formatCount(characters, 'character')}, ${whole}. Nothing here is stored.`;
}

function titleOf({ verdict }: Inspection): string {
  return { clear: 'Clear. Nothing registered was found.', match: 'Match. Do not send this.', 'not-inspected': 'Not inspected. Do not send this.' }[verdict];
}

function Answer({ inspection }: Answered & { text: string }) {
  const { verdict, matches, unread, caseNumber, action } = inspection;
  return (
    <>
      <Verdict kind={verdict} title={verdict === 'match' && action === 'warn' ? 'Match. Ask before you send this.' : titleOf(inspection)}>
        {verdict === 'clear' && (
          <p className="lede">No registered passage of about a sentence or more stands in it. A paraphrase or a translation would not have been found.</p>
        )}
        {verdict === 'match' && matches !== null && matches.length > 0 && <Summary matches={matches} />}
        {verdict === 'match' && (matches === null || matches.length === 0) && (
          <p className="lede">It holds something that the company keeps secret. Case {caseNumber}: tell it to security, or to whoever gave you the content.</p>
        )}
        {unread.length > 0 && (
          <ul>
            {unread.slice(0, 20).map((problem, i) => (
              <li key={i}>
                {problem.path.length > 0 ? `“${problem.path.join(' / ')}”` : 'The content'} could not be read: {REASONS[problem.reason]}.
              </li>
            ))}
            {unread.length > 20 && <li>And {unread.length - 20} more.</li>}
          </ul>
        )}
      </Verdict>
      {matches?.map((match) => (
        <MatchView key={match.document} match={match} inspection={inspection} />
      ))}
      {verdict !== 'clear' && (
        <Section title="What to do next">
          <NextSteps
            steps={[
              {
                text:
                  verdict === 'match'
                    ? 'Take the passages out, or ask the owner of the secret.'
                    : 'Send it in a form that can be read: unencrypted, as text or a common format.',
              },
              { text: 'If it must go as it is, ask security before you send it.' },
            ]}
          />
        </Section>
      )}
    </>
  );
}

function Summary({ matches }: { matches: readonly Match[] }) {
  const passages = matches.reduce((sum, match) => sum + match.passages.length, 0);
  const names = [...new Map(matches.map((match) => [match.secret, match])).values()];
  return (
    <p className="lede">
      {formatCount(passages, 'passage')}, {formatCount(Math.max(...matches.map((match) => match.characters)), 'character')}, {passages === 1 ? 'comes' : 'come'}{' '}
      from{' '}
      {names.map((match, i) => (
        <span key={match.secret}>
          {i > 0 && ', '}
          {match.codeName ? <CodeName to={`/register/${match.secret}`}>{match.codeName}</CodeName> : 'a secret'} (tier {match.tier}
          {match.element === null ? '' : `, element ${match.element}`})
        </span>
      ))}
      .
    </p>
  );
}

/** Where the passages lie, and, once opened under one's clearance, both texts side by side. */
function MatchView({ match, inspection }: { match: Match; inspection: Inspection }) {
  const open = useAct(guard.passages);
  const shown = match.passages.slice(0, SHOWN);
  const part = inspection.parts[shown[0]?.part ?? 0];
  const length = Math.max(1, part?.characters ?? 1);
  const sourceLength = Math.max(1, match.sourceCharacters);
  const source = match.element === null ? 'Document' : `Element ${match.element}`;
  return (
    <Section
      title={match.element === null ? `A document of ${match.codeName || 'a secret'}` : `Element ${match.element} of ${match.codeName || 'a secret'}`}
      aside={{ possible: 'Possible match', likely: 'Likely match', certain: 'Certain match' }[match.confidence]}
    >
      <PassageBar
        words={`${shown.length} passages: ${shown.map((passage, i) => `passage ${i + 1}, characters ${passage.from} to ${passage.to}`).join('; ')}`}
        rows={[
          {
            label: part && part.path.length > 0 ? part.path.join(' / ') : 'Your text',
            note: formatCount(length, 'character'),
            segments: shown.map((passage, i) => ({ n: i + 1, from: passage.from / length, to: passage.to / length })),
          },
          {
            label: source,
            note: 'as registered',
            segments: shown.map((passage, i) => ({ n: i + 1, from: passage.sourceFrom / sourceLength, to: passage.sourceTo / sourceLength })),
          },
        ]}
      />
      {open.error && <ErrorNote error={describeError(open.error)} />}
      {open.data ? (
        <PassagePairs
          leftTitle="Your text"
          rightTitle={`${match.codeName}, ${source.toLowerCase()}`}
          passages={shown.map((passage, i) => ({
            n: i + 1,
            left: part?.text?.slice(passage.from, passage.to) ?? `Characters ${passage.from} to ${passage.to}`,
            right: open.data.passages.find((one) => one.from === passage.sourceFrom)?.text ?? '',
          }))}
        />
      ) : (
        match.codeName !== '' && (
          <p className="actions">
            <Button
              icon="lock"
              busy={open.isPending}
              onClick={() => open.mutate({ secretId: match.secret, inspectionId: inspection.id, source: match.document })}
            >
              Show both texts side by side
            </Button>{' '}
            <span className="small quiet">Needs a grant, and is recorded.</span>
          </p>
        )
      )}
      {match.passages.length > SHOWN && (
        <p className="small quiet">
          The first {SHOWN} of {match.passages.length} passages are shown.
        </p>
      )}
    </Section>
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
