import { useState } from 'react';
import { describeError, useRead } from '#platform/web/operations.ts';
import {
  Button,
  CodeName,
  Digest,
  Empty,
  ErrorNote,
  Facts,
  formatCount,
  formatNumber,
  Instant,
  Link,
  Loading,
  Page,
  Pager,
  Section,
  State,
  Sub,
  Table,
  TextButton,
  useListUrl,
} from '#platform/web/ui/index.ts';
import type { Column } from '#platform/web/ui/index.ts';
import { evidence } from '../contract.ts';
import { Elsewhere, EntryDialog } from './EntryDialog.tsx';
import type { EntryRow } from './EntryDialog.tsx';
import { KeptCheckpoint } from './KeptCheckpoint.tsx';
import { saveText } from './save-text.ts';
import { openFields, tellEntry } from './sentences.ts';
import './Ledger.css';

function columnsOf(onOpen: (entry: EntryRow) => void): Column<EntryRow>[] {
  return [
    {
      id: 'what',
      head: 'What',
      name: true,
      cell: (row) => (
        <>
          <TextButton onClick={() => onOpen(row)}>{tellEntry(row.type, { ...openFields(row.leaf), names: row.names }).words}</TextButton>
          <Sub>
            <span className="code">{row.type}</span>
            <About {...row} />
          </Sub>
        </>
      ),
    },
    { id: 'at', head: 'When', cell: (row) => <Instant at={row.at} precision="second" /> },
    { id: 'actor', head: 'Who', cell: (row) => <Actor {...actorOf(row)} /> },
    { id: 'state', head: 'In the tree', cell: (row) => (row.state === 'included' ? <State kind="holds">Included</State> : <State kind="due">Waiting</State>) },
    { id: 'digest', head: 'Digest', wideOnly: true, cell: (row) => <Digest value={row.digest} /> },
    { id: 'index', head: 'Entry', figures: true, cell: (row) => (row.index === null ? <span className="faint">None yet</span> : formatNumber(row.index)) },
  ];
}

/** The secret that it is about, for who may know of it. */
function About({ leaf, names }: EntryRow) {
  const { secretId, subject } = openFields(leaf);
  const id = [secretId, subject].find((one) => typeof one === 'string' && one.startsWith('sec_')) as string | undefined;
  return id !== undefined && names[id] !== undefined ? (
    <>
      {' '}
      <CodeName to={`/register/${id}`}>{names[id]}</CodeName>
    </>
  ) : null;
}

/** Who signs in is a stranger until then: it is she who is named. */
function actorOf({ actor, actorName, leaf, names }: EntryRow): { id: string | null; name: string | null } {
  const { personId } = openFields(leaf);
  if (actor !== 'stranger' || typeof personId !== 'string') return { id: actor, name: actorName ?? OTHERS[actor ?? ''] ?? null };
  return { id: personId, name: names[personId] ?? null };
}
const OTHERS: Readonly<Record<string, string>> = { stranger: 'Somebody not signed in', system: 'The server' };

function Actor({ id, name }: { id: string | null; name: string | null }) {
  if (id === null) return <span className="faint">Not told</span>;
  const short = name ?? (
    <span className="code" title={id}>
      {id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id}
    </span>
  );
  return id.startsWith('per_') ? <Link to={`/people/${id}`}>{short}</Link> : short;
}

/** The auditor's page: every record in its order, whether it stands in the tree, and the signed root that all of them lead to. */
export function LedgerPage() {
  const url = useListUrl({ by: 'index', down: true });
  const list = useRead(evidence.entries, { limit: 50, ...(url.after ? { cursor: url.after } : {}) });
  const checkpoint = useRead(evidence.checkpoint, {});
  const [open, setOpen] = useState<EntryRow>();
  const rows = list.data?.items ?? [];
  return (
    <Page
      path={['Prove', 'Ledger']}
      title={titleOf(checkpoint.data)}
      documentTitle="Ledger"
      lede="Every record leads to one root, which the server signs. Whoever keeps a checkpoint can prove later that nothing before it was changed or taken out."
    >
      {checkpoint.error && <ErrorNote error={describeError(checkpoint.error)} onRetry={() => void checkpoint.refetch()} />}
      {checkpoint.data && <Checkpoint {...checkpoint.data} />}
      <Section title="Entries" aside="Newest first">
        {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
        {list.isPending && <Loading what="the entries" lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty
            title="Nothing is recorded yet."
            why="Each act of anybody becomes an entry. A court asks who knew what and when; the ledger answers, and proves that the answer is old."
          />
        )}
        {rows.length > 0 && (
          <>
            <Table caption="Ledger entries, newest first" rows={rows} columns={columnsOf(setOpen)} rowKey={(row) => row.id} dense keys />
            <Pager shown={rows.length} noun={rows.length === 1 ? 'entry' : 'entries'} firstTo={url.firstTo} nextTo={url.afterTo(list.data?.next)} />
          </>
        )}
      </Section>
      {open && <EntryDialog entry={open} verifier={checkpoint.data?.verifier ?? ''} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function titleOf(checkpoint: { size: number; waiting: number } | undefined): string {
  if (!checkpoint) return 'The ledger.';
  if (checkpoint.waiting > 0) return `${formatCount(checkpoint.size, 'entry', 'entries')} sealed, ${formatNumber(checkpoint.waiting)} waiting.`;
  return `${formatCount(checkpoint.size, 'entry', 'entries')}, all sealed.`;
}

function Checkpoint({ size, root, note, verifier, waiting }: { size: number; root: string; note: string | null; verifier: string; waiting: number }) {
  return (
    <Section title="Newest checkpoint" plain>
      {note === null ? (
        <p>
          <State kind="due">No checkpoint is signed yet</State>
        </p>
      ) : (
        <div className="stack">
          <Facts
            facts={[
              ['Entries under it', formatNumber(size)],
              ['Waiting for the next', formatNumber(waiting)],
              ['Root', <Digest key="root" value={root} label="Root" />],
            ]}
          />
          <KeptCheckpoint verifier={verifier}>
            <Button icon="save" onClick={() => saveText(`underseal-checkpoint-${size}.txt`, note)}>
              Download the checkpoint
            </Button>
          </KeptCheckpoint>
          <Elsewhere />
          <details>
            <summary>The signed note and the key that checks it</summary>
            <pre className="leaf" tabIndex={0} aria-label="Signed checkpoint">
              {note}
            </pre>
            <p className="dense quiet">Key of the ledger. Compare it with the one that you wrote down before: a server can show any key of its own.</p>
            <pre className="leaf" tabIndex={0} aria-label="Key of the ledger">
              {verifier}
            </pre>
          </details>
        </div>
      )}
    </Section>
  );
}
