/** Sealing of content that may arrive in several goes, and opening it again. The format and its reasons stand in ../sealed-stream.ts. */
import { createHash, randomBytes } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { SealedStreamError } from './error.ts';
import { assertContent, assertManifest, assertStarts, saltOf, segmentContext, toManifest } from './manifest.ts';
import type { Owner, SealedManifest, SealedSegment, SegmentStart } from './manifest.ts';
import { CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES, openChunk, openHeader } from './message.ts';
import type { MessageKeys } from './message.ts';
import { assertRange, openChunks, readWhole } from './range.ts';
import type { ReadAt } from './range.ts';
import { createSealer } from './stream.ts';

/** One go of an upload. */
export type Sealing = {
  /** Plaintext before this is sealed and stored for good: the client goes on from here. */
  readonly plainOffset: number;
  /** What is stored must be cut to this length before anything of this go is appended. */
  readonly sealedOffset: number;
  /** To be kept, durably, before the first byte of this go is stored, and given to the next go if there is one. */
  readonly journal: readonly SegmentStart[];
  /** The bytes to append for this piece; may be empty. */
  update(piece: Uint8Array): Buffer;
  /** The bytes to append last, and what to keep of the whole. The digest is secret: it would let others recognise the content. */
  finish(): { readonly sealed: Buffer; readonly manifest: SealedManifest; readonly sha256: Buffer };
};

export type Interrupted = Owner & { readonly journal: readonly SegmentStart[]; readonly read: ReadAt; readonly storedSize: number };

/** Begins to seal content of which nothing is stored. */
export function startSealing(owner: Owner): Sealing {
  return sealingFrom(owner, [], { sealedOffset: 0, plainOffset: 0, hash: createHash('sha256') });
}

/**
 * Goes on after an interruption at any byte. What is stored is read and authenticated, which also brings the digest up to date, and kept up to
 * the first chunk that is torn, missing or changed: a power cut may leave anything behind the last sync, and the client sends it again.
 */
export async function resumeSealing(upload: Interrupted): Promise<Sealing> {
  assertStarts(upload.journal);
  const hash = createHash('sha256');
  for (const [index, start] of upload.journal.entries()) {
    const next = upload.journal[index + 1];
    const chunks = await hashStoredChunks(upload, index, hash);
    const plainOffset = start.plainOffset + chunks * CHUNK_BYTES;
    if (next && plainOffset === next.plainOffset) continue;
    const kept = upload.journal.slice(0, chunks > 0 ? index + 1 : index);
    const sealedOffset = start.sealedOffset + (chunks > 0 ? HEADER_BYTES + chunks * SEALED_CHUNK_BYTES : 0);
    return sealingFrom(upload, kept, { sealedOffset, plainOffset, hash });
  }
  return startSealing(upload);
}

/** Where an interrupted upload would go on if all that is stored is authentic: told by sizes, nothing is read. */
export function storedOffset(journal: readonly SegmentStart[], storedSize: number): number {
  const last = journal.findLast(({ sealedOffset }) => sealedOffset + HEADER_BYTES <= storedSize);
  return last ? last.plainOffset + Math.floor((storedSize - last.sealedOffset - HEADER_BYTES) / SEALED_CHUNK_BYTES) * CHUNK_BYTES : 0;
}

/** Counts the whole chunks of a segment that are stored and authentic, up to the next segment, and adds them to the digest. */
async function hashStoredChunks(upload: Interrupted, index: number, hash: Hash): Promise<number> {
  const start = upload.journal[index]!;
  const end = Math.min(upload.journal[index + 1]?.sealedOffset ?? upload.storedSize, upload.storedSize);
  const wholeChunks = Math.floor((end - start.sealedOffset - HEADER_BYTES) / SEALED_CHUNK_BYTES);
  if (wholeChunks < 1) return 0;
  const header = await readWhole(upload.read, start.sealedOffset, HEADER_BYTES);
  if (!header.subarray(0, SALT_BYTES).equals(saltOf(start))) return 0;
  const keys = openHeader(upload.key, segmentContext(upload.context, index, start.plainOffset), header);
  const bodyOffset = start.sealedOffset + HEADER_BYTES;
  const source = { keys, read: upload.read, bodyOffset, bodyEnd: bodyOffset + wholeChunks * SEALED_CHUNK_BYTES };
  let chunks = 0;
  try {
    for await (const piece of openChunks(source, 0, wholeChunks * CHUNK_BYTES)) {
      hash.update(piece);
      chunks += 1;
    }
  } catch (error) {
    if (!(error instanceof SealedStreamError)) throw error;
  }
  return chunks;
}

function sealingFrom(owner: Owner, kept: readonly SegmentStart[], at: { sealedOffset: number; plainOffset: number; hash: Hash }): Sealing {
  const salt = randomBytes(SALT_BYTES);
  const journal = [...kept, { sealedOffset: at.sealedOffset, plainOffset: at.plainOffset, salt: salt.toString('base64url') }];
  assertStarts(journal);
  const sealer = createSealer(owner.key, segmentContext(owner.context, kept.length, at.plainOffset), salt);
  let plainSize = at.plainOffset;
  return {
    plainOffset: at.plainOffset,
    sealedOffset: at.sealedOffset,
    journal,
    update(piece) {
      const sealed = sealer.update(piece);
      at.hash.update(piece);
      plainSize += piece.length;
      return sealed;
    },
    finish() {
      const sealed = sealer.final();
      const sha256 = at.hash.digest();
      return { sealed, manifest: toManifest(owner, journal, { plainSize, sha256 }), sha256 };
    },
  };
}

export type Content = {
  readonly plainSize: number;
  /** Plaintext bytes `from` (included) to `to` (excluded), each authenticated before it is given. */
  range(from: number, to: number): AsyncGenerator<Buffer, void, undefined>;
  /** All of it; throws `altered` at the end if the digest of the whole is not the one that was sealed. */
  whole(): AsyncGenerator<Buffer, void, undefined>;
};

/** Opens sealed content for reading, once its description has been found to belong to this key and context. */
export function openContent(sealed: Owner & { readonly manifest: SealedManifest; readonly read: ReadAt }): Content {
  const { manifest } = sealed;
  assertManifest(sealed, manifest);
  const range = async function* (from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
    assertRange(from, to, manifest.plainSize);
    for (const [index, segment] of manifest.segments.entries()) {
      const first = Math.max(from - segment.plainOffset, 0);
      const end = Math.min(to - segment.plainOffset, segment.plainSize);
      if (first >= end) continue;
      const keys = await openSegment(sealed, segment, index);
      const segmentEnd = manifest.segments[index + 1]?.sealedOffset ?? manifest.sealedSize;
      yield* openChunks(chunksOf(keys, sealed.read, segment, segmentEnd), first, end);
    }
  };
  const whole = async function* (): AsyncGenerator<Buffer, void, undefined> {
    const hash = createHash('sha256');
    for await (const piece of range(0, manifest.plainSize)) {
      hash.update(piece);
      yield piece;
    }
    await assertEnd(sealed);
    assertContent(sealed, manifest, hash.digest());
  };
  return { plainSize: manifest.plainSize, range, whole };
}

/** An empty last chunk holds no byte of any range, so nothing else would miss it. */
async function assertEnd(sealed: Owner & { readonly manifest: SealedManifest; readonly read: ReadAt }): Promise<void> {
  const index = sealed.manifest.segments.length - 1;
  const last = sealed.manifest.segments[index]!;
  if (last.plainSize % CHUNK_BYTES !== 0) return;
  const keys = await openSegment(sealed, last, index);
  openChunk(keys, last.plainSize / CHUNK_BYTES, await readWhole(sealed.read, sealed.manifest.sealedSize - TAG_BYTES, TAG_BYTES));
}

async function openSegment(sealed: Owner & { readonly read: ReadAt }, segment: SealedSegment, index: number): Promise<MessageKeys> {
  const header = await readWhole(sealed.read, segment.sealedOffset, HEADER_BYTES);
  const keys = openHeader(sealed.key, segmentContext(sealed.context, index, segment.plainOffset), header);
  if (!keys.salt.equals(saltOf(segment))) throw new SealedStreamError('altered', 'Cannot open sealed content: a segment is not the one that was sealed');
  return keys;
}

function chunksOf(keys: MessageKeys, read: ReadAt, segment: SealedSegment, segmentEnd: number) {
  return { keys, read, bodyOffset: segment.sealedOffset + HEADER_BYTES, bodyEnd: segmentEnd };
}
