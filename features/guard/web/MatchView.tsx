import { Fragment, useMemo, useState } from 'react';
import { describeError, useAct } from '#platform/web/operations.ts';
import type { AnswerOf } from '@underseal/contract';
import { Button, CodeName, ErrorNote, formatCount, PassageBar, PassageNumber, Section } from '#platform/web/ui/index.ts';
import { guard } from '../contract.ts';
import { namePart } from '../part-name.ts';
import { cutPieces, markWords, type Piece } from './mark-words.ts';
import { extendPair, inWords, type Pair, type Shown } from './side-by-side.ts';
import './MatchView.css';

export type Match = NonNullable<AnswerOf<typeof guard.inspect>['matches']>[number];
type Opened = AnswerOf<typeof guard.passages>['passages'];
/** Passages that are shown at first, and that each "more" adds. */
const STEP = 12;
/** Of a longer passage its beginning and its end are shown. */
const LONG = { longest: 1_400, head: 700, tail: 400 };

/** The document or element that matched, with a way to the secret. */
export function SourceName({ match: { codeName, secret, element, title }, first = false }: { match: Match; first?: boolean }) {
  const of = codeName === '' ? 'a secret' : <CodeName to={`/register/${secret}`}>{codeName}</CodeName>;
  if (element !== null)
    return (
      <>
        {first ? 'Element' : 'element'} {element}
        {title !== '' && ` (${title})`} of {of}
      </>
    );
  return (
    <>
      {title === '' ? (first ? 'A document' : 'a document') : `“${title}”`} of {of}
    </>
  );
}

export interface MatchViewProps {
  readonly match: Match;
  readonly inspectionId: string;
  /** What was inspected, and the length of the part that matched. */
  readonly whole: { readonly name: string; readonly characters: number | undefined };
  /** The text of that part, where it is here. */
  readonly text: string | undefined;
}
/** Where the passages lie, and, once opened under one's clearance, both texts side by side. */
export function MatchView(props: MatchViewProps) {
  return props.match.whole ? <WholeView match={props.match} /> : <PassagesView {...props} />;
}

/** Nothing to compare: what was checked, or a file in it, is what is registered. */
function WholeView({ match }: { match: Match }) {
  const packed = namePart({ path: match.foundIn.path });
  return (
    <Section title={<SourceName match={match} first />} aside="Certain match">
      <p>
        {packed === undefined ? 'What you checked' : `“${packed}”`} is the registered {match.element === null ? 'file' : 'element'} itself, byte for byte
        {match.characters > 0 && `: ${formatCount(match.characters, 'character')}`}.
      </p>
    </Section>
  );
}

function PassagesView({ match, inspectionId, whole, text }: MatchViewProps) {
  const open = useAct(guard.passages);
  const [most, setMost] = useState(STEP);
  const shown = match.passages.slice(0, most);
  const part = namePart(match.foundIn)?.replace(/^the mail/, 'The mail') ?? whole.name;
  const length = Math.max(1, whole.characters ?? Math.max(...match.passages.map(({ to }) => to)));
  const source = sourceOf(match);
  return (
    <Section
      title={<SourceName match={match} first />}
      aside={{ possible: 'Possible match', likely: 'Likely match', certain: 'Certain match' }[match.confidence]}
    >
      <div className="match-where">
        <PassageBar
          words={`${formatCount(shown.length, 'passage')}: ${shown.map((passage, i) => `passage ${i + 1}, characters ${passage.from} to ${passage.to} of ${part}, ${passage.sourceFrom} to ${passage.sourceTo} of ${source}`).join('; ')}`}
          rows={[
            { label: part, note: formatCount(length, 'character'), segments: shown.map(({ from, to }, i) => segment(i, { from, to, length })) },
            {
              label: source,
              note: `${formatCount(match.sourceCharacters, 'character')}, as registered`,
              segments: shown.map(({ sourceFrom, sourceTo }, i) => segment(i, { from: sourceFrom, to: sourceTo, length: match.sourceCharacters })),
            },
          ]}
        />
      </div>
      {open.error && <ErrorNote error={describeError(open.error)} />}
      {open.data ? (
        <SideBySide match={match} shown={shown.length} opened={open.data.passages} text={text} titles={[part, source]} />
      ) : (
        match.codeName !== '' &&
        (match.mayOpen ? (
          <p className="actions match-more">
            <Button
              icon="lock"
              busy={open.isPending}
              onClick={() => open.mutate({ secretId: match.secret, inspectionId: inspectionId as never, source: match.document })}
            >
              Show both texts side by side
            </Button>
            <span className="small quiet">It is recorded.</span>
          </p>
        ) : (
          <p className="small quiet match-more">Its owner, and whoever has a grant, can see both texts side by side.</p>
        ))
      )}
      {match.passages.length > most && (
        <p className="actions match-more">
          <Button size="small" onClick={() => setMost(most + STEP)}>
            Show {Math.min(STEP, match.passages.length - most)} more
          </Button>
          <span className="small quiet">
            The first {most} of {match.passages.length}
            {match.cut && ' or more'} passages are shown.
          </span>
        </p>
      )}
      {match.cut && match.passages.length <= most && <p className="small quiet match-more">There are more passages than these, the longest.</p>}
    </Section>
  );
}

function sourceOf({ element, title }: Match): string {
  if (element !== null) return title === '' ? `Element ${element}` : `Element ${element}, ${title}`;
  return title === '' ? 'The document' : title;
}
function segment(i: number, { from, to, length }: { from: number; to: number; length: number }) {
  return { n: i + 1, from: from / length, to: to / length };
}

interface SideBySideProps {
  readonly match: Match;
  readonly shown: number;
  readonly opened: Opened;
  readonly text: string | undefined;
  readonly titles: readonly [string, string];
}
function SideBySide({ match, shown, opened, text, titles }: SideBySideProps) {
  const pairs = useMemo(() => pairsOf(match.passages.slice(0, shown), opened, text), [match, shown, opened, text]);
  const registered = `${match.codeName}, ${titles[1]}`;
  const sides = pairs.flatMap(({ left, right }) => [left, right].filter((side) => side !== undefined));
  const hasEdges = sides.some(({ lead, tail }) => lead + tail !== '');
  const hasOthers = sides.some(({ pieces }) => pieces.some(({ isEqual }) => !isEqual));
  const isUncompared = pairs.some(({ differing }) => differing === undefined);
  return (
    <>
      <Pairs pairs={pairs} titles={[titles[0], registered]} />
      <p className="small quiet match-more">
        Marked is what was recognised and is equal in both texts, but for case, space and signs.
        {hasOthers && ' Words in it without a mark differ; the passage is counted from its first letter to its last.'}
        {hasEdges && ' What is dotted at its edges is equal as well.'}
        {isUncompared && ' Where too many words differ, or one of the texts is not here, the whole passage is marked, and words in it may differ.'}
      </p>
    </>
  );
}
function Pairs({ pairs, titles }: { pairs: readonly ShownPair[]; titles: readonly [string, string] }) {
  return (
    <div className="pairs match-pairs">
      <p className="h label">{titles[0]}</p>
      <p className="h" aria-hidden="true" />
      <p className="h label">{titles[1]}</p>
      {pairs.map(({ left, right, note, differing }, i) => (
        <Fragment key={i}>
          <div className="t">
            <p className="whose label">{titles[0]}</p>
            {left ? <Words n={i + 1} {...left} /> : <span className="small">The text is too long to be shown: {note}</span>}
          </div>
          <p className={`g ${lookOf(i + 1)}`}>
            <PassageNumber n={i + 1} />
          </p>
          <div className="t r">
            <p className="whose label">{titles[1]}</p>
            {right && <Words n={i + 1} {...right} />}
            {right?.in && <span className="small">In {right.in}</span>}
            {differing !== undefined && differing > 0 && (
              <span className="small">
                {formatCount(differing, 'word')} {differing === 1 ? 'differs' : 'differ'}
              </span>
            )}
          </div>
        </Fragment>
      ))}
    </div>
  );
}
function lookOf(n: number): string {
  return `p${((n - 1) % 3) + 1}`;
}

type Side = Omit<Shown, 'matched'> & { readonly pieces: readonly Piece[] };
interface ShownPair {
  readonly left: Side | undefined;
  readonly right: (Side & { readonly in: string | undefined }) | undefined;
  readonly note: string;
  /** Undefined where the two could not be compared. */
  readonly differing: number | undefined;
}
/** Each passage in both texts, followed outward to where they cease to be equal. */
function pairsOf(passages: Match['passages'], opened: Opened, text: string | undefined): ShownPair[] {
  let floor = 0;
  return passages.map(({ from, to, sourceFrom, sourceTo }) => {
    const found = opened.find((one) => one.from === sourceFrom && one.to === sourceTo);
    const note = `characters ${from} to ${to}`;
    const registered = found && {
      text: found.before + found.text + found.after,
      from: found.before.length,
      to: found.before.length + found.text.length,
    };
    const inPart = found && namePart({ path: found.path });
    if (text === undefined || !registered) {
      const left = text === undefined ? undefined : toSide(inWords({ text, from, to }));
      return { left, right: registered && { ...toSide(inWords(registered)), in: inPart }, note, differing: undefined };
    }
    const { left, right, told }: Pair = extendPair({ left: { text, from, to }, right: registered }, floor);
    floor = left.to;
    const [ofLeft, ofRight] = [inWords(left, told.left), inWords(right, told.right)];
    const marked = markWords(compact(ofLeft.matched), compact(ofRight.matched));
    return {
      left: toSide(ofLeft, marked?.left),
      right: { ...toSide(ofRight, marked?.right), in: inPart },
      note,
      differing: marked?.differing,
    };
  });
}

function compact(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '\n');
}
function toSide({ matched, ...around }: Shown, pieces: readonly Piece[] = [{ text: compact(matched), isEqual: true }]): Side {
  return { ...around, pieces };
}

/** What matched is marked, word by word; what is equal at its edges is dotted, and what stands around it is neither. */
function Words({ n, before, lead, pieces, tail: rest, after }: Side & { n: number }) {
  const { head, leftOut, tail } = cutPieces(pieces, LONG);
  return (
    <>
      <span className="around">{before}</span>
      <span className="copied">
        {lead !== '' && <span className="equal">{lead}</span>}
        <Marks n={n} pieces={head} />
        {leftOut > 0 && <span className="left-out"> … {formatCount(leftOut, 'character')} of the passage are not shown … </span>}
        <Marks n={n} pieces={tail} />
        {rest !== '' && <span className="equal">{rest}</span>}
      </span>
      <span className="around">{after}</span>
    </>
  );
}
function Marks({ n, pieces }: { n: number; pieces: readonly Piece[] }) {
  return pieces.map(({ text, isEqual }, i) =>
    isEqual ? (
      <mark key={i} className={lookOf(n)}>
        {text}
      </mark>
    ) : (
      <span key={i} className="other">
        <span className="vh">differs: </span>
        {text}
      </span>
    ),
  );
}
