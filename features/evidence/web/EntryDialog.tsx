import { useQuery } from '@tanstack/react-query';
import { describeError, useRead } from '#platform/web/operations.ts';
import { Button, Dialog, Digest, ErrorNote, Facts, formatNumber, Instant, Loading, State } from '#platform/web/ui/index.ts';
import { evidence } from '../contract.ts';
import { checkProof } from './check-proof.ts';
import { Finding } from './Finding.tsx';
import { saveText } from './save-text.ts';
import { openFields, tellEntry } from './sentences.ts';
import './Ledger.css';

export interface EntryRow {
  readonly index: number | null;
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actor: string | null;
  readonly actorName: string | null;
  readonly names: Readonly<Record<string, string>>;
  readonly leaf: string;
  readonly digest: string;
  readonly state: 'waiting' | 'included';
}

/** One entry as it stands in the tree, with its proof, checked here. */
export function EntryDialog({ entry, verifier, onClose }: { entry: EntryRow; verifier: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      about={entry.index === null ? 'Waiting entry' : `Entry ${formatNumber(entry.index)}`}
      title={tellEntry(entry.type, { ...openFields(entry.leaf), names: entry.names }).words}
      foot={<Button onClick={onClose}>Close</Button>}
    >
      <div className="stack">
        <Facts
          facts={[
            ['When', <Instant key="at" at={entry.at} precision="second" />],
            [
              'Kind',
              <span key="kind" className="code">
                {entry.type}
              </span>,
            ],
            ['Digest', <Digest key="digest" value={entry.digest} />],
          ]}
        />
        {entry.index === null ? (
          <p>
            <State kind="due">Waiting for its place in the tree</State>
          </p>
        ) : (
          <>
            {verifier === '' ? (
              <p className="quiet">The key of the ledger could not be read: load the page again to prove this entry here.</p>
            ) : (
              <Proof index={entry.index} verifier={verifier} />
            )}
          </>
        )}
        <div>
          <p className="label">As it is recorded</p>
          <pre className="leaf" tabIndex={0} aria-label="The recorded entry">
            {pretty(entry.leaf)}
          </pre>
          <p className="dense quiet">What is hidden stands here as a commitment alone; its text can be erased without a break in the tree.</p>
        </div>
      </div>
    </Dialog>
  );
}

function Proof({ index, verifier }: { index: number; verifier: string }) {
  const proof = useRead(evidence.proof, { index });
  const checked = useQuery({
    queryKey: ['checked here', proof.data, verifier],
    queryFn: () => checkProof({ ...proof.data!, verifier }),
    enabled: proof.data !== undefined && verifier !== '',
    retry: false,
  });
  if (proof.error) return <ErrorNote error={describeError(proof.error)} onRetry={() => void proof.refetch()} />;
  if (checked.error) return <ErrorNote error={describeError(checked.error)} onRetry={() => void checked.refetch()} />;
  if (!proof.data || !checked.data) return <Loading what="the proof" lines={1} />;
  const { size, note } = proof.data;
  return (
    <div className="stack-s">
      <div role="status">
        {checked.data.holds ? (
          <Finding kind="holds" words="Proved in this browser">
            {proof.data.proof.length === 1 ? 'One hash leads' : `${formatNumber(proof.data.proof.length)} hashes lead`} from this entry to the signed root of{' '}
            {formatNumber(checked.data.size)} entries.
          </Finding>
        ) : (
          <Finding kind="breach" words="Not proved">
            {checked.data.why}
          </Finding>
        )}
      </div>
      <p>
        <Button icon="save" onClick={() => saveText(`underseal-entry-${index}-of-${size}.json`, JSON.stringify({ ...proof.data, verifier }, null, 2))}>
          Download the proof
        </Button>
      </p>
      <Elsewhere />
      <details>
        <summary>The signed checkpoint</summary>
        <pre className="leaf" tabIndex={0} aria-label="Checkpoint">
          {note}
        </pre>
      </details>
    </div>
  );
}

function pretty(leaf: string): string {
  try {
    return JSON.stringify(JSON.parse(leaf), null, 2);
  } catch {
    return leaf;
  }
}

/** The browser that shows a proof has its program from the server: others check it without. */
export function Elsewhere() {
  return (
    <p className="small quiet">
      Whoever has the file checks it without this server: <code className="code">npx underseal verify FILE --key KEY</code>, with the key of the ledger that it
      was given apart from the file
    </p>
  );
}
