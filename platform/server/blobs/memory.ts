/** The fake: blobs in memory, for tests. */
import { BlobError, assertBlobId, assertPlace, createWriterLocks } from './port.ts';
import type { BlobEntry, BlobStore, BlobWriter } from './port.ts';

type Kept = { bytes: Buffer; finished: boolean };

/** `capacity` bounds the bytes of all blobs together: beyond it writes fail with `no_space`, after taking what fits, as a disk does. */
export function createMemoryBlobs({ capacity = Infinity }: { readonly capacity?: number } = {}): BlobStore {
  const blobs = new Map<string, Kept>();
  const locks = createWriterLocks();
  const free = () => capacity - [...blobs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const find = (id: string): Kept => {
    assertBlobId(id);
    const blob = blobs.get(id);
    if (!blob) throw new BlobError('missing', `Cannot find blob "${id}"`);
    return blob;
  };
  const openWriter = (id: string, blob: Kept): BlobWriter => {
    locks.take(id);
    let state: 'open' | 'failed' | 'closed' = 'open';
    const assertOpen = () => {
      if (state !== 'open') throw new BlobError('closed', `Cannot write blob "${id}": its writer is closed or has failed`);
    };
    const close = async () => {
      if (state !== 'closed') locks.release(id);
      state = 'closed';
    };
    let size = blob.bytes.length;
    return {
      get sealedBytes() {
        return size;
      },
      async write(bytes) {
        assertOpen();
        const fits = Math.min(bytes.length, free());
        blob.bytes = Buffer.concat([blob.bytes, bytes.subarray(0, fits)]);
        if (fits < bytes.length) {
          state = 'failed';
          throw new BlobError('no_space', 'Cannot store sealed bytes: the storage is full');
        }
        size += bytes.length;
      },
      sync: async () => assertOpen(),
      async finish() {
        assertOpen();
        blob.finished = true;
        await close();
      },
      close,
    };
  };
  const assertUnfinished = (id: string, blob: Kept | undefined) => {
    if (blob?.finished) throw new BlobError('finished', `Cannot write blob "${id}": it is finished`);
  };
  return {
    async create(id) {
      assertBlobId(id);
      assertUnfinished(id, blobs.get(id));
      const blob = { bytes: Buffer.alloc(0), finished: false };
      const writer = openWriter(id, blob);
      blobs.set(id, blob);
      return writer;
    },
    async openAppend(id, atOffset) {
      assertPlace(atOffset);
      const blob = find(id);
      assertUnfinished(id, blob);
      if (atOffset > blob.bytes.length) throw new BlobError('bad_offset', `Cannot go on with blob "${id}": it ends before this offset`);
      const cut = { ...blob, bytes: blob.bytes.subarray(0, atOffset) };
      const writer = openWriter(id, cut);
      blobs.set(id, cut);
      return writer;
    },
    async read(id, offset, length) {
      assertPlace(offset, length);
      return Buffer.from(find(id).bytes.subarray(offset, offset + length));
    },
    size: async (id) => find(id).bytes.length,
    async delete(id) {
      assertBlobId(id);
      blobs.delete(id);
    },
    async *list(): AsyncGenerator<BlobEntry, void, undefined> {
      for (const [id, { bytes, finished }] of blobs) yield { id, size: bytes.length, finished };
    },
    health: async () => (free() > 0 ? { ok: true, freeBytes: capacity === Infinity ? null : free() } : { ok: false, freeBytes: 0, reason: 'no_space' }),
  };
}
