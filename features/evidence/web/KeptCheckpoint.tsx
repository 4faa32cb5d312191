import { Failure } from '@underseal/contract';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { describeError, useRead } from '#platform/web/operations.ts';
import { Button, ErrorNote, FileButton, formatCount, Loading } from '#platform/web/ui/index.ts';
import { evidence, evidenceFailures } from '../contract.ts';
import { checkGrowth, openSigned, type Opened } from './check-proof.ts';
import { Finding } from './Finding.tsx';
import { saveText } from './save-text.ts';

/** A checkpoint is some hundred bytes. */
const LONGEST = 1_000_000;

interface Kept {
  readonly name: string;
  readonly opened: Opened | { readonly holds: false; readonly why: string };
}

/** Holds the ledger against a checkpoint that somebody took out of it before, and kept: here, in the browser. `children` are the buttons beside its own. */
export function KeptCheckpoint({ verifier, children }: { verifier: string; children: ReactNode }) {
  const [kept, setKept] = useState<Kept>();
  const open = async (file: File) => {
    const text = file.size > LONGEST ? '' : await file.text().catch(() => '');
    setKept({ name: file.name, opened: await openSigned(noteIn(text), verifier) });
  };
  return (
    <>
      <div className="actions">
        {children}
        <FileButton look="outlined" label="Compare with one that you kept: choose its file" onFile={(file) => void open(file)}>
          Compare with one that you kept
        </FileButton>
      </div>
      {kept && (
        <div role="status">
          {kept.opened.holds ? (
            <Comparison key={`${kept.name} ${kept.opened.size}`} name={kept.name} kept={kept.opened} verifier={verifier} />
          ) : (
            <Finding kind="breach" words="Cannot be compared">
              {kept.name}: {kept.opened.why}
            </Finding>
          )}
        </div>
      )}
    </>
  );
}

/** The signed note itself, or a file of this page that holds one. */
function noteIn(text: string): string {
  try {
    const { note } = JSON.parse(text) as { note?: unknown };
    return typeof note === 'string' ? note : '';
  } catch {
    return text;
  }
}

function Comparison({ name, kept, verifier }: { name: string; kept: Opened; verifier: string }) {
  const isEmpty = kept.size === 0;
  const growth = useRead(evidence.consistency, { from: Math.max(1, kept.size) }, { enabled: !isEmpty });
  const checked = useQuery({
    queryKey: ['growth checked here', growth.data, name, verifier],
    queryFn: () => checkGrowth(kept, { ...growth.data!, verifier }),
    enabled: growth.data !== undefined,
    retry: false,
  });
  if (isEmpty)
    return (
      <Finding kind="not-inspected" words="Proves nothing">
        {name} is of an empty ledger: every ledger goes on from that.
      </Finding>
    );
  if (growth.error instanceof Failure && growth.error.code === evidenceFailures.checkpointMissing.code)
    return (
      <Finding kind="breach" words="The ledger was cut">
        {name} tells of {formatCount(kept.size, 'entry', 'entries')}, and the ledger has fewer now: entries were taken out, or an older backup was restored.
        Keep the file, it proves that.
      </Finding>
    );
  if (growth.error) return <ErrorNote error={describeError(growth.error)} onRetry={() => void growth.refetch()} />;
  if (!growth.data || !checked.data) return <Loading what="the comparison" lines={1} />;
  if (!checked.data.holds)
    return (
      <Finding kind="breach" words="The ledger was changed">
        {name}: {checked.data.why} Keep the file, it proves that.
      </Finding>
    );
  const { from, size } = growth.data;
  return (
    <div className="stack-s">
      <Finding kind="holds" words="Proved in this browser">
        The first {formatCount(from, 'entry', 'entries')} are as they were when {name} was signed. None was changed, taken out or put between.
      </Finding>
      <p>
        <Button icon="save" onClick={() => saveText(`underseal-${from}-to-${size}.json`, JSON.stringify({ ...growth.data, verifier }, null, 2))}>
          Download the proof of both
        </Button>
      </p>
    </div>
  );
}
