import { useState, useSyncExternalStore } from 'react';
import { describeError, useAct, useList } from '#platform/web/operations.ts';
import { ActDialog, Button, Dialog, DropField, ErrorNote, formatBytes, Pager, UploadRow } from '#platform/web/ui/index.ts';
import { vault } from '../contract.ts';
import type { Queued } from './queue.ts';
import { findSame, nameOf } from './upload.ts';
import { useUploadQueue } from './UploadsProvider.tsx';

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}
/** One that broke off before this page was loaded: the server has its first part, and the browser no file any more. */
interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly received: number;
}
export type SheetUploads = ReturnType<typeof useUploads>;

/** The uploads of one sheet; `documents` are those that are kept already. */
export function useUploads(secretId: string, { documents, mayStore }: { documents: readonly Kept[]; mayStore: boolean }) {
  const queue = useUploadQueue();
  const rows = useSyncExternalStore(queue.listen, queue.rows).filter((row) => row.secretId === secretId);
  const list = useList(vault.uploads, { secretId: secretId as never, limit: 50 }, { enabled: mayStore });
  const waiting: Waiting[] = (list.data?.pages.flatMap((page) => page.items) ?? []).filter(({ id }) => !rows.some(({ uploadId }) => uploadId === id));
  // What the table has is not said twice.
  const shown = rows.filter(({ progress, isDropped }) => !isDropped && !documents.some(({ id }) => id === progress.documentId));
  const add = (adding: { file: File; documentId?: string | undefined; uploadId?: string | undefined }) => queue.add({ secretId, ...adding });
  /** Takes what is new, goes on with what waits, tells of what is kept already by its bytes, and answers what is named like a document and has to be asked about. */
  const take = async (files: readonly File[]): Promise<readonly File[]> => {
    const unclear: File[] = [];
    for (const file of files) {
      // Where it cannot be asked, the end of the upload says so.
      const sameAs = await findSame(secretId, file).catch(() => undefined);
      const begun = waiting.find((one) => isFileOf(one, file) && !queue.rows().some(({ uploadId }) => uploadId === one.id));
      if (sameAs !== undefined) queue.addSame({ secretId, file }, sameAs);
      else if (begun) add({ file, uploadId: begun.id });
      else if (documents.some(({ name }) => name === nameOf(file))) unclear.push(file);
      else add({ file });
    }
    return unclear;
  };
  return { queue, list, waiting, shown, add, take };
}

/** A place to drop documents, those that are on their way, and those that wait for their file. */
export function Uploads({ uploads, documents }: { uploads: SheetUploads; documents: readonly Kept[] }) {
  const { queue, list, waiting, shown, add, take } = uploads;
  const [asked, setAsked] = useState<readonly File[]>([]);
  const namesake = (file: File) => documents.find(({ name }) => name === nameOf(file));
  const ask = async (files: readonly File[]) => {
    const unclear = await take(files);
    setAsked((before) => [...before, ...unclear]);
  };
  const answer = (adding: { file: File; documentId?: string } | undefined) => {
    if (adding) add(adding);
    setAsked((before) => before.slice(1));
  };
  const [first] = asked;
  const of = first && namesake(first);
  return (
    <div className="stack-s documents-add">
      <DropField label="Add documents" multiple onFiles={(files) => void ask(files)} note="They are encrypted as they arrive; nothing is kept in clear." />
      {shown.length > 0 && (
        <ul className="uploads" aria-label="Uploads">
          {shown.map((one) => (
            <UploadRow
              key={one.key}
              name={one.upload.file.name}
              bytes={one.upload.file.size}
              sent={one.progress.sent}
              state={one.progress.state}
              why={whyOf(one.progress, documents)}
              onPause={() => queue.pause(one.key)}
              onResume={() => queue.start(one.key)}
              onRetry={() => queue.start(one.key)}
              onCancel={() => void queue.drop(one.key)}
            />
          ))}
        </ul>
      )}
      {list.error && <ErrorNote error={describeError(list.error)} onRetry={() => void list.refetch()} />}
      {waiting.length > 0 && <WaitingUploads waiting={waiting} onFile={add} />}
      {list.hasNextPage && <Pager shown={waiting.length} noun="uploads that wait" onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
      {first && of && (
        <Dialog
          open
          size="narrow"
          onClose={() => answer(undefined)}
          title={`“${first.name}” is kept already.`}
          foot={
            <>
              <Button onClick={() => answer(undefined)}>Cancel</Button>
              <Button onClick={() => answer({ file: first })}>Another document</Button>
              <Button variant="filled" onClick={() => answer({ file: first, documentId: of.id })}>
                Version {of.version + 1} of it
              </Button>
            </>
          }
        >
          <p>Is this file a newer version of it, or another document of the same name? Older versions stay, and are recognised as well.</p>
        </Dialog>
      )}
    </div>
  );
}

function WaitingUploads({ waiting, onFile }: { waiting: readonly Waiting[]; onFile: (adding: { file: File; uploadId: string }) => void }) {
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [dropping, setDropping] = useState<Waiting>();
  const drop = useAct(vault.drop);
  const choose = (one: Waiting, file: File) => {
    if (isFileOf(one, file)) return onFile({ file, uploadId: one.id });
    const why = `“${file.name}” of ${formatBytes(file.size)} is another file: nothing of it was sent, and what arrived is still kept. Choose “${one.name}” of ${formatBytes(one.bytes)}.`;
    setWrong((before) => ({ ...before, [one.id]: why }));
  };
  const close = () => {
    setDropping(undefined);
    drop.reset();
  };
  return (
    <>
      <ul className="uploads" aria-label="Uploads that wait for their file">
        {waiting.map((one) => (
          <UploadRow
            key={one.id}
            name={one.name}
            bytes={one.bytes}
            sent={one.received}
            state="left"
            why={wrong[one.id]}
            onFile={(file) => choose(one, file)}
            onCancel={() => setDropping(one)}
          />
        ))}
      </ul>
      <p className="dense quiet">What arrived of an upload that broke off is kept, encrypted, for a week.</p>
      {dropping && (
        <ActDialog
          open
          onClose={close}
          about={dropping.name}
          title="Drop this upload"
          acts={[
            {
              id: 'drop',
              what: `Delete what arrived: ${formatBytes(dropping.received)} of ${formatBytes(dropping.bytes)}`,
              whom: 'The file on your machine and all documents here stay as they are.',
              undo: 'Cannot be undone',
            },
          ]}
          note="It is recorded. The file can be uploaded anew, from its beginning."
          verb="Drop it"
          destructive
          reason="none"
          busy={drop.isPending}
          error={drop.error && describeError(drop.error)}
          onConfirm={() => drop.mutate({ uploadId: dropping.id as never }, { onSuccess: close })}
        />
      )}
    </>
  );
}

/** The same file as far as can be told before it is sent; its digest is compared at the end. */
function isFileOf({ name, bytes }: Waiting, file: File): boolean {
  return nameOf(file) === name && file.size === bytes;
}

function whyOf({ sameAs, why }: Queued['progress'], documents: readonly Kept[]): string | undefined {
  if (sameAs === undefined) return why;
  const kept = documents.find(({ id }) => id === sameAs);
  return `These are the same bytes as ${kept ? `“${kept.name}”, version ${kept.version}` : 'a document here'}. Nothing was added.`;
}
