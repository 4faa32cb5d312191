/**
 * Where sealed bytes lie. A store never sees plaintext, keys or names: ids and ciphertext only.
 *
 * A blob grows at its end while it is unfinished, through one writer at a time, and is fixed once finished. An S3 store fits: unfinished bytes as
 * small objects beside the blob (a multipart upload cannot be read before its end), put together by `finish`.
 */
export type BlobStore = {
  /** Begins a blob. One left unfinished under this id is thrown away; a finished one is never touched (`finished`). */
  create(id: string): Promise<BlobWriter>;
  /** Goes on with an unfinished blob, cut to `atOffset`. Throws `missing`, `finished`, or `bad_offset` beyond its end. */
  openAppend(id: string, atOffset: number): Promise<BlobWriter>;
  /** The `length` bytes at `offset`, fewer if the blob ends before; of an unfinished blob, what is there so far. Throws `missing`. */
  read(id: string, offset: number, length: number): Promise<Buffer>;
  /** Throws `missing`. */
  size(id: string): Promise<number>;
  /** Removes a blob, finished or not. There need not be one. */
  delete(id: string): Promise<void>;
  /** All blobs, in no order. */
  list(): AsyncIterable<BlobEntry>;
  /** Whether blobs could be written now. Never throws. */
  health(): Promise<BlobHealth>;
};

export type BlobEntry = { readonly id: string; readonly size: number; readonly finished: boolean };
export type BlobHealth = {
  readonly ok: boolean;
  /** Null where the store has no limit that it knows of. */ readonly freeBytes: number | null;
  readonly reason?: BlobErrorCode;
};

/** After a failure a writer takes nothing more: what it left is found by opening the blob again. */
export type BlobWriter = {
  /** Size of the blob so far. */
  readonly sealedBytes: number;
  /** Appends all of the bytes. One call at a time. Throws `no_space`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once all that was written would survive a power cut. */
  sync(): Promise<void>;
  /**
   * Syncs, and fixes the blob for good. Closes the writer. To be called once what describes the content is kept: a crash between the two then leaves an
   * unfinished blob that can be read all the same, and not a finished one that nothing describes and no upload can go on with.
   */
  finish(): Promise<void>;
  /** Gives the blob free, unfinished unless `finish` was called. May be called again. */
  close(): Promise<void>;
};

export type BlobErrorCode =
  | 'bad_id'
  | 'bad_offset'
  | 'missing'
  | 'finished'
  /** Another writer holds the blob. */
  | 'busy'
  /** Disk, quota or file size limit is used up. Nothing that was synced is lost. */
  | 'no_space'
  /** The storage refuses or fails; the cause says how. */
  | 'unavailable'
  | 'closed';

export class BlobError extends Error {
  override readonly name = 'BlobError';
  readonly code: BlobErrorCode;

  constructor(code: BlobErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Ids become file names and object names: nothing that a path could be made of. */
export function assertBlobId(id: string): void {
  if (typeof id !== 'string' || !/^[a-z0-9_]{1,100}$/.test(id)) throw new BlobError('bad_id', 'Cannot use a blob: its id is malformed');
}

export function assertPlace(offset: number, length = 0): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new BlobError('bad_offset', 'Cannot use a blob: offset or length is not a whole number of bytes');
  }
}

/** One writer a blob, within this process; across processes the caller's database sees to it. */
export function createWriterLocks() {
  const held = new Set<string>();
  return {
    take(id: string): void {
      if (held.has(id)) throw new BlobError('busy', `Cannot write blob "${id}": it is being written`);
      held.add(id);
    },
    release: (id: string) => void held.delete(id),
  };
}
