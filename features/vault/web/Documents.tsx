import { useState } from 'react';
import { describeError, useList } from '#platform/web/operations.ts';
import {
  Button,
  Bytes,
  Dialog,
  Empty,
  ErrorNote,
  Instant,
  Loading,
  Pager,
  Section,
  State,
  Sub,
  Table,
  TextButton,
  FileButton,
  type Column,
  type Shown,
} from '#platform/web/ui/index.ts';
import { vault } from '../contract.ts';
import { download } from './upload.ts';
import { Uploads, useUploads } from './Uploads.tsx';
import './Documents.css';

export interface DocumentsProps {
  readonly secretId: string;
  readonly mayOpen: boolean;
  readonly mayStore: boolean;
  /** What the guard says of a version: can it be matched yet? Nothing while it is being asked. */
  readonly fingerprintOf: (versionId: string) => { state: string; reason: string | null; asFile: boolean } | undefined;
}
interface Row {
  readonly id: string;
  readonly name: string;
  readonly latest: string;
  readonly version: number;
  readonly bytes: number;
  readonly storedAt: string;
}

/** So many are listed with one question; who asks with another asks twice. */
export const DOCUMENTS_AT_ONCE = 50;

/** Documents of one secret: what is there, and a place to drop more. */
export function Documents({ secretId, mayOpen, mayStore, fingerprintOf }: DocumentsProps) {
  const list = useList(vault.list, { secretId: secretId as never, limit: DOCUMENTS_AT_ONCE });
  const rows: Row[] = list.data?.pages.flatMap((page) => page.items) ?? [];
  const [failed, setFailed] = useState<Shown>();
  const uploads = useUploads(secretId, { documents: rows, mayStore });
  const [versionsOf, setVersionsOf] = useState<Row>();
  const open = (versionId: string) => {
    setFailed(undefined);
    download(versionId).catch((error: unknown) => setFailed(describeError(error)));
  };
  const columns: Column<Row>[] = [
    {
      id: 'name',
      head: 'Document',
      name: true,
      cell: (row) => (
        <>
          <b>{row.name}</b>
          <Sub>
            {row.version > 1 ? <TextButton onClick={() => setVersionsOf(row)}>Version {row.version}</TextButton> : 'Version 1'}
            {mayStore && (
              <>
                {' · '}
                <FileButton label={`New version of ${row.name}`} onFile={(file) => uploads.add({ file, documentId: row.id })}>
                  New version
                </FileButton>
              </>
            )}
          </Sub>
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
          <Button size="small" icon="lock" onClick={() => open(row.latest)} aria-label={`Download ${row.name}`}>
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
      {versionsOf && <Versions of={versionsOf} onOpen={mayOpen ? open : undefined} failed={failed} onClose={() => setVersionsOf(undefined)} />}
      {mayStore && <Uploads uploads={uploads} documents={rows} />}
    </Section>
  );
}

/** A document without text that could be read is known by its bytes: a copy of the file is recognised, and no passage of it. */
function Fingerprint({ of }: { of: { state: string; reason: string | null; asFile: boolean } | undefined }) {
  if (!of) return null;
  if (of.state === 'pending') return <State kind="due">Being read</State>;
  if (of.state === 'ready') return of.reason ? <State kind="gap">Can be recognised in part</State> : <State kind="holds">Can be recognised</State>;
  return <State kind="not-inspected">{of.asFile ? 'Only as a whole file' : 'Cannot be recognised'}</State>;
}

/** Every version that was ever kept of one document: each can be recognised, and downloaded. */
function Versions({
  of,
  onOpen,
  failed,
  onClose,
}: {
  of: Row;
  onOpen: ((versionId: string) => void) | undefined;
  failed: Shown | undefined;
  onClose: () => void;
}) {
  const list = useList(vault.versions, { documentId: of.id as never, limit: 50 });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: Column<(typeof rows)[number]>[] = [
    {
      id: 'version',
      head: 'Version',
      name: true,
      cell: (row) => (
        <>
          <b>Version {row.number}</b>
          <Sub>{row.name}</Sub>
        </>
      ),
    },
    { id: 'bytes', head: 'Size', figures: true, cell: (row) => <Bytes value={row.bytes} /> },
    { id: 'at', head: 'Stored', cell: (row) => <Instant at={row.storedAt} /> },
    {
      id: 'open',
      head: 'Open',
      cell: (row) =>
        onOpen && (
          <Button size="small" icon="lock" onClick={() => onOpen(row.id)} aria-label={`Download version ${row.number}`}>
            Download
          </Button>
        ),
    },
  ];
  return (
    <Dialog open onClose={onClose} about={of.name} title="Versions" foot={<Button onClick={onClose}>Close</Button>}>
      {failed && <ErrorNote error={failed} />}
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the versions" />}
      {rows.length > 0 && <Table caption={`Versions of ${of.name}`} rows={rows} columns={columns} rowKey={(row) => row.id} />}
      {list.hasNextPage && <Pager shown={rows.length} noun="versions" onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
    </Dialog>
  );
}
