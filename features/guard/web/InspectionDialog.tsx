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
      title={data ? `${VERDICTS[data.verdict][1]}, asked for by ${data.by.you ? 'you' : lowered(nameOf(data.by))}` : 'One check'}
      foot={<Button onClick={onClose}>Close</Button>}
    >
      <div className="stack">
        {kept.error && <ErrorNote error={describeError(kept.error)} />}
        {kept.isPending && <Loading what="the check" />}
        {data && <What kept={data} />}
      </div>
    </Dialog>
  );
}
function lowered(name: string): string {
  return name.replace(/^A (?=person$|program$)/, 'a ');
}

function What({ kept }: { kept: Kept }) {
  const { at, exit, by, action, verdict, bytes, unread, matches } = kept;
  return (
    <>
      <Facts
        facts={[
          ['When', <Instant key="at" at={at} precision="second" />],
          ['By which way', by.kind === 'program' ? `A program, by ${WAYS[exit]}` : WAYS[exit]],
          [
            'What was advised',
            <State key="advice" kind={ADVICE[action][0]}>
              {ADVICE[action][1]}
            </State>,
          ],
          ['Size', <Bytes key="size" value={bytes} />],
        ]}
      />
      {matches.length > 0 && (
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
      )}
      {verdict === 'match' && matches.length === 0 && <p>It matched secrets that you may not know of. Counsel knows of all.</p>}
      {unread.length > 0 && <p>Something in it could not be read: {unread.map((reason) => REASONS[reason]).join('; ')}.</p>}
      {by.name === null && <p className="dense quiet">Who asked is told to counsel, to security, and to the owner of a secret that matched.</p>}
      <p className="dense quiet">The content itself was not kept.</p>
    </>
  );
}

function sourceOf({ element, title }: Kept['matches'][number]): string {
  if (element === null) return title === '' ? 'A document' : title;
  return title === '' ? `Element ${element}` : `Element ${element}, ${title}`;
}
