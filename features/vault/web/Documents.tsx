import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { describeError, useList } from '#platform/web/operations.ts';
import {
  announce,
  Button,
  Bytes,
  DropField,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Pager,
  Section,
  State,
  Sub,
  Table,
  UploadRow,
  type Column,
  type Shown,
} from '#platform/web/ui/index.ts';
import { vault } from '../contract.ts';
import { createUpload, download, type Upload, type UploadProgress } from './upload.ts';
import './Documents.css';

interface Going {
  readonly key: number;
  readonly upload: Upload;
  readonly progress: UploadProgress;
}
export interface DocumentsProps {
  readonly secretId: string;
  readonly mayOpen: boolean;
  readonly mayStore: boolean;
  /** What the guard says of each version: can it be matched yet? */
  readonly fingerprintOf: (versionId: string) => { state: string; reason: string | null } | undefined;
}
interface Row {
  readonly id: string;
  readonly name: string;
  readonly latest: string;
  readonly version: number;
  readonly bytes: number;
  readonly storedAt: string;
}

/** Documents of one secret: what is there, and a place to drop more. */
export function Documents({ secretId, mayOpen, mayStore, fingerprintOf }: DocumentsProps) {
  const list = useList(vault.list, { secretId: secretId as never, limit: 50 });
  const rows: Row[] = list.data?.pages.flatMap((page) => page.items) ?? [];
  const [failed, setFailed] = useState<Shown>();
  const open = (row: Row) => {
    setFailed(undefined);
    download(row.latest).catch((error: unknown) => setFailed(describeError(error)));
  };
  const columns: Column<Row>[] = [
    {
      id: 'name',
      head: 'Document',
      name: true,
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <Sub>Version {row.version}</Sub>
        </>
      ),
    },
    { id: 'bytes', head: 'Size', figures: true, cell: (row) => <Bytes value={row.bytes} /> },
    { id: 'match', head: 'Check', cell: (row) => <Fingerprint of={fingerprintOf(row.latest)} /> },
    { id: 'at', head: 'Stored', cell: (row) => <Instant at={row.storedAt} /> },
    {
      id: 'open',
      head: 'Open',
      cell: (row) =>
        mayOpen ? (
          <Button size="small" icon="lock" onClick={() => open(row)} aria-label={`Download ${row.name}`}>
            Download
          </Button>
        ) : (
          <span className="faint">No grant</span>
        ),
    },
  ];
  return (
    <Section title="Documents" aside={mayOpen ? 'Each download is recorded before it begins' : undefined}>
      {failed && <ErrorNote error={failed} />}
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the documents" />}
      {list.data && rows.length === 0 && (
        <Empty
          title="The documents that hold this secret belong here."
          why="Each is encrypted under a key of its own, and Check recognises its passages. A court asks which document was the secret."
        />
      )}
      {rows.length > 0 && <Table caption="Documents of this secret" rows={rows} columns={columns} rowKey={(row) => row.id} />}
      {list.hasNextPage && <Pager shown={rows.length} noun="documents" onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
      {mayStore && <Uploads secretId={secretId} listed={rows.map((row) => row.latest)} />}
    </Section>
  );
}

function Fingerprint({ of }: { of: { state: string; reason: string | null } | undefined }) {
  if (!of || of.state === 'pending') return <State kind="due">Being read</State>;
  if (of.state === 'ready') return of.reason ? <State kind="gap">Can be recognised in part</State> : <State kind="holds">Can be recognised</State>;
  return <State kind="not-inspected">{of.state === 'empty' ? 'No text to recognise' : 'Could not be read'}</State>;
}

/** Uploads under way. What the table above has is not said twice. */
function Uploads({ secretId, listed }: { secretId: string; listed: readonly string[] }) {
  const [going, setGoing] = useState<readonly Going[]>([]);
  const queries = useQueryClient();
  const counter = useRef(0);
  const change = (key: number, progress: UploadProgress) => {
    setGoing((before) => before.map((one) => (one.key === key ? { ...one, progress: { ...progress, sent: progress.sent || one.progress.sent } } : one)));
    if (progress.state !== 'done') return;
    announce('A document is kept');
    void queries.invalidateQueries();
  };
  const add = (files: File[]) => {
    for (const file of files) {
      const key = counter.current++;
      const upload = createUpload({ secretId, file, onProgress: (progress) => change(key, progress) });
      setGoing((before) => [...before, { key, upload, progress: { sent: 0, state: 'waiting' } }]);
      void upload.start();
    }
  };
  const drop = (one: Going) => {
    setGoing((before) => before.filter((other) => other.key !== one.key));
    void one.upload.drop();
  };
  const shown = going.filter(({ progress }) => progress.versionId === undefined || !listed.includes(progress.versionId));
  return (
    <div className="stack-s documents-add">
      <DropField label="Add documents" multiple onFiles={add} note="They are encrypted as they arrive; nothing is kept in clear." />
      {shown.length > 0 && (
        <ul className="uploads" aria-label="Uploads">
          {shown.map((one) => (
            <UploadRow
              key={one.key}
              name={one.upload.file.name}
              bytes={one.upload.file.size}
              sent={one.progress.sent}
              state={one.progress.state}
              why={one.progress.why}
              onPause={() => one.upload.pause()}
              onResume={() => void one.upload.start()}
              onRetry={() => void one.upload.start()}
              onCancel={() => drop(one)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}
