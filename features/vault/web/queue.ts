import { createUpload, type Upload, type UploadProgress } from './upload.ts';

/** A file on its way in. With a document it is a new version of that; with an upload it goes on with that. */
export interface Adding {
  readonly secretId: string;
  readonly file: File;
  readonly documentId?: string | undefined;
  readonly uploadId?: string | undefined;
}
export interface Queued {
  readonly key: number;
  readonly secretId: string;
  readonly upload: Upload;
  /** As the server calls it. */
  readonly uploadId?: string | undefined;
  readonly progress: UploadProgress;
  /** Given up; it stays until the server knows, so that the sheet does not list it as one that waits. */
  readonly isDropped?: boolean;
}
export interface UploadQueue {
  /** For `useSyncExternalStore`. */
  listen(listener: () => void): () => void;
  rows(): readonly Queued[];
  add(adding: Adding): void;
  /** Lists a file that is kept already, of which nothing is sent. */
  addSame(adding: Adding, sameAs: string): void;
  start(key: number): void;
  pause(key: number): void;
  drop(key: number): Promise<void>;
  /** Stops all, and forgets the files. What arrived stays where it is, and waits. */
  end(): void;
}

/** A browser holds few connections to a server: the pages need theirs, and a ticket that waits for one expires. */
const AT_ONCE = 2;

/** The uploads of one window, whatever page of it is looked at. */
export function createUploadQueue({ onKept, onDropped }: { onKept: () => void; onDropped: () => Promise<void> }): UploadQueue {
  let rows: readonly Queued[] = [];
  let last = 0;
  const listeners = new Set<() => void>();
  const set = (next: readonly Queued[]) => {
    rows = next;
    for (const listener of listeners) listener();
  };
  const find = (key: number) => rows.find((row) => row.key === key);
  const change = (key: number, changed: Partial<Queued>) => set(rows.map((row) => (row.key === key ? { ...row, ...changed } : row)));
  const startNext = () => {
    if (rows.filter(({ progress: { state } }) => state === 'sending' || state === 'checking').length >= AT_ONCE) return;
    // What it tells at once starts the one after it.
    void rows.find(({ progress, isDropped }) => progress.state === 'waiting' && !isDropped)?.upload.start();
  };
  const hear = (key: number, progress: UploadProgress) => {
    const before = find(key);
    if (!before) return;
    change(key, { progress: { ...progress, sent: progress.sent || before.progress.sent }, uploadId: progress.uploadId ?? before.uploadId });
    if (progress.state === 'done') onKept();
    startNext();
  };
  const place = (adding: Adding, progress: UploadProgress) => {
    const key = ++last;
    const upload = createUpload({ ...adding, onProgress: (now) => hear(key, now) });
    set([...rows, { key, secretId: adding.secretId, upload, uploadId: adding.uploadId, progress }]);
  };
  return {
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    rows: () => rows,
    add(adding) {
      place(adding, { sent: 0, state: 'waiting' });
      startNext();
    },
    addSame: (adding, sameAs) => place(adding, { sent: 0, state: 'same', sameAs }),
    start(key) {
      const row = find(key);
      if (row) hear(key, { sent: row.progress.sent, state: 'waiting' });
    },
    pause: (key) => find(key)?.upload.pause(),
    async drop(key) {
      const row = find(key);
      if (!row) return;
      change(key, { isDropped: true });
      try {
        await row.upload.drop();
        await onDropped();
        set(rows.filter((other) => other.key !== key));
      } catch {
        change(key, {
          isDropped: false,
          progress: { ...row.progress, state: 'failed', why: 'It could not be dropped; what arrived is still kept, encrypted' },
        });
      }
      startNext();
    },
    end() {
      const ended = rows;
      set([]);
      for (const { upload } of ended) upload.pause();
    },
  };
}

/** Whether leaving the page now would stop it. */
export function isUnderWay({ progress: { state } }: Queued): boolean {
  return state === 'waiting' || state === 'sending' || state === 'checking';
}
