import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { renewAll } from '#platform/web/operations.ts';
import { announce, Button, Dialog, DropField, UploadRow } from '#platform/web/ui/index.ts';
import { createUpload, findSame, type Upload, type UploadProgress } from './upload.ts';

interface Going {
  readonly key: number;
  readonly upload: Upload;
  readonly progress: UploadProgress;
}
interface Kept {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}
/** A file on its way in; with a document, as a new version of that. */
interface Adding {
  readonly file: File;
  readonly documentId?: string | undefined;
}
export type UploadsUnderWay = ReturnType<typeof useUploads>;

/** The uploads of one sheet; `documents` are those that are kept already. */
export function useUploads(secretId: string, documents: readonly Kept[]) {
  const [going, setGoing] = useState<readonly Going[]>([]);
  const queries = useQueryClient();
  const counter = useRef(0);
  const change = (key: number, progress: UploadProgress) => {
    setGoing((before) => before.map((one) => (one.key === key ? { ...one, progress: { ...progress, sent: progress.sent || one.progress.sent } } : one)));
    if (progress.state !== 'done') return;
    announce('A document is kept');
    void renewAll(queries);
  };
  const place = ({ file, documentId }: Adding, progress: UploadProgress): Upload => {
    const key = counter.current++;
    const upload = createUpload({ secretId, documentId, file, onProgress: (now) => change(key, now) });
    setGoing((before) => [...before, { key, upload, progress }]);
    return upload;
  };
  const add = (adding: Adding) => void place(adding, { sent: 0, state: 'waiting' }).start();
  /** Takes what is new, tells of what is kept already by its bytes, and answers what is named like a document and has to be asked about. */
  const take = async (files: readonly File[]): Promise<readonly File[]> => {
    const unclear: File[] = [];
    for (const file of files) {
      // Where it cannot be asked, the end of the upload says so.
      const sameAs = await findSame(secretId, file).catch(() => undefined);
      if (sameAs !== undefined) place({ file }, { sent: 0, state: 'same', sameAs });
      else if (documents.some(({ name }) => name === file.name)) unclear.push(file);
      else add({ file });
    }
    return unclear;
  };
  const drop = (one: Going) => {
    setGoing((before) => before.filter((other) => other.key !== one.key));
    void one.upload.drop();
  };
  // What the table has is not said twice.
  const shown = going.filter(({ progress }) => !documents.some(({ id }) => id === progress.documentId));
  return { shown, add, take, drop };
}

/** A place to drop documents, and those that are on their way. */
export function Uploads({ uploads: { shown, add, take, drop }, documents }: { uploads: UploadsUnderWay; documents: readonly Kept[] }) {
  const [asked, setAsked] = useState<readonly File[]>([]);
  const namesake = (file: File) => documents.find(({ name }) => name === file.name);
  const ask = async (files: readonly File[]) => {
    const unclear = await take(files);
    setAsked((before) => [...before, ...unclear]);
  };
  const answer = (adding: Adding | undefined) => {
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
              onPause={() => one.upload.pause()}
              onResume={() => void one.upload.start()}
              onRetry={() => void one.upload.start()}
              onCancel={() => drop(one)}
            />
          ))}
        </ul>
      )}
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

function whyOf({ sameAs, why }: UploadProgress, documents: readonly Kept[]): string | undefined {
  if (sameAs === undefined) return why;
  const kept = documents.find(({ id }) => id === sameAs);
  return `These are the same bytes as ${kept ? `“${kept.name}”, version ${kept.version}` : 'a document here'}. Nothing was added.`;
}
