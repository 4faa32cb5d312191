import type { AnswerOf } from '@underseal/contract';
import { describeError, useRead } from '#platform/web/operations.ts';
import { Button, Bytes, CodeName, Dialog, ErrorNote, Facts, formatCount, formatNumber, Instant, Loading, State, Table } from '#platform/web/ui/index.ts';
import { guard } from '../contract.ts';
import { ADVICE, nameOf, VERDICTS, WAYS } from './looks.ts';
import { REASONS } from './reasons.ts';

type Kept = AnswerOf<typeof guard.show>;

/** What is kept of one check: never the content. */
export function InspectionDialog({ inspectionId, onClose }: { inspectionId: string; onClose: () => void }) {
  const kept = useRead(guard.show, { inspectionId: inspectionId as never });
  const { data } = kept;
  return (
    <Dialog
      open
      onClose={onClose}
      about={data?.caseNumber ? `Case ${data.caseNumber}` : 'Check'}
      title={data ? titleOf(data) : 'One check'}
      foot={<Button onClick={onClose}>Close</Button>}
    >
      <div className="stack">
        {kept.error && <ErrorNote error={describeError(kept.error)} />}
        {kept.isPending && <Loading what="the check" />}
        {data && (data.verdict === 'changed' ? <Changed kept={data} /> : <What kept={data} />)}
      </div>
    </Dialog>
  );
}
function titleOf({ verdict, by }: Kept): string {
  if (verdict === 'changed') return 'This record was changed by hand';
  return `${VERDICTS[verdict][1]}, asked for by ${by.you ? 'you' : lowered(nameOf(by))}`;
}
function lowered(name: string): string {
  return name.replace(/^A (?=person$|program$)/, 'a ');
}

/** What such a record says may be untrue: only the matches that nobody touched are told. */
function Changed({ kept: { matches } }: { kept: Kept }) {
  return (
    <>
      <p>
        Somebody changed what is kept of this check in the database itself, so who asked, by which way, and the verdict are not told. Those who run this
        installation have been alarmed. What was found stands unchanged in the timeline of each secret that matched: it is signed.
      </p>
      <Matches matches={matches} />
    </>
  );
}

function What({ kept }: { kept: Kept }) {
  const { at, exit, by, action, verdict, bytes, unread, matches } = kept;
  return (
    <>
      <Facts
        facts={[
          ['When', <Instant key="at" at={at} precision="second" />],
          ['By which way', exit && (by.kind === 'program' ? `A program, by ${WAYS[exit]}` : WAYS[exit])],
          [
            'What was advised',
            <State key="advice" kind={ADVICE[action][0]}>
              {ADVICE[action][1]}
            </State>,
          ],
          ['Size', bytes !== null && <Bytes key="size" value={bytes} />],
        ]}
      />
      <Matches matches={matches} />
      {verdict === 'match' && matches.length === 0 && <p>It matched secrets that you may not know of. Counsel knows of all.</p>}
      {unread.length > 0 && <p>Something in it could not be read: {unread.map((reason) => REASONS[reason]).join('; ')}.</p>}
      {by.name === null && <p className="dense quiet">Who asked is told to counsel, to security, and to the owner of a secret that matched.</p>}
      <p className="dense quiet">The content itself was not kept.</p>
    </>
  );
}

function Matches({ matches }: Pick<Kept, 'matches'>) {
  if (matches.length === 0) return null;
  return (
    <Table
      caption="What matched"
      rows={matches}
      rowKey={(match) => match.document}
      dense
      columns={[
        { id: 'secret', head: 'Secret', cell: (match) => <CodeName to={`/register/${match.secret}`}>{match.codeName}</CodeName> },
        { id: 'source', head: 'Registered as', cell: (match) => sourceOf(match) },
        {
          id: 'what',
          head: 'What was found',
          cell: (match) => (match.whole ? `The registered ${match.element === null ? 'file' : 'element'}, whole` : formatCount(match.passages, 'passage')),
        },
        { id: 'characters', head: 'Characters', figures: true, cell: (match) => formatNumber(match.characters) },
      ]}
    />
  );
}
function sourceOf({ element, title }: Kept['matches'][number]): string {
  if (element === null) return title === '' ? 'A document' : title;
  return title === '' ? `Element ${element}` : `Element ${element}, ${title}`;
}
