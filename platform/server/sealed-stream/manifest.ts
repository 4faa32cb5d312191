/** The description of sealed content: which segments it has, how long it is, and two MACs under the content's own key that hold it to that. */
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SealedStreamError } from './error.ts';
import { CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, SEALED_CHUNK_BYTES, sealedSize } from './message.ts';

const FORMAT = 'underseal-sealed@v1';
const MAX_SEGMENTS = 4096;

/** Where a segment begins, in sealed and in plain bytes, and the salt that no other segment has. Base64url. */
export type SegmentStart = { readonly sealedOffset: number; readonly plainOffset: number; readonly salt: string };
export type SealedSegment = SegmentStart & { readonly plainSize: number };

/**
 * Plain JSON, kept beside the blob. It gives away sizes, which the blob does anyway, and nothing of the content: the digest is keyed,
 * so that nobody with the database alone can try whether a document he has is in the vault.
 */
export type SealedManifest = {
  readonly format: typeof FORMAT;
  readonly segments: readonly SealedSegment[];
  readonly plainSize: number;
  readonly sealedSize: number;
  /** HMAC of the plaintext's SHA-256. */
  readonly contentTag: string;
  /** HMAC of context and all of the above. */
  readonly mac: string;
};

export type Owner = { readonly key: KeyObject; readonly context: string };

/** Segment `index` is a message of its own, bound to its place: it cannot stand in for another, nor for a whole message. */
export function segmentContext(context: string, index: number, plainOffset: number): Buffer {
  const place = Buffer.alloc(12);
  place.writeUInt32BE(index);
  place.writeBigUInt64BE(BigInt(plainOffset), 4);
  return Buffer.concat([Buffer.from(context), Buffer.from('\0underseal segment\0'), place]);
}

export function toManifest(owner: Owner, starts: readonly SegmentStart[], content: { readonly plainSize: number; readonly sha256: Buffer }): SealedManifest {
  const last = starts.at(-1)!;
  const described = {
    format: FORMAT,
    segments: starts.map((start, i) => ({ ...start, plainSize: (starts[i + 1]?.plainOffset ?? content.plainSize) - start.plainOffset })),
    plainSize: content.plainSize,
    sealedSize: last.sealedOffset + sealedSize(content.plainSize - last.plainOffset),
    contentTag: contentTag(owner, content.sha256),
  } as const;
  return { ...described, mac: manifestMac(owner, described) };
}

/** Throws `malformed` if no sealing can have made this, `altered` if it does not belong to this key and context. */
export function assertManifest(owner: Owner, manifest: SealedManifest): void {
  const { segments, plainSize } = manifest;
  if (manifest.format !== FORMAT || !Array.isArray(segments) || typeof manifest.mac !== 'string' || typeof manifest.contentTag !== 'string') throw malformed();
  assertStarts(segments);
  const ends = segments.every((segment, i) => segment.plainOffset + segment.plainSize === (segments[i + 1]?.plainOffset ?? plainSize));
  const last = segments.at(-1);
  if (!ends || !last || !isSize(last.plainSize) || manifest.sealedSize !== last.sealedOffset + sealedSize(last.plainSize)) throw malformed();
  if (!sameText(manifest.mac, manifestMac(owner, manifest))) {
    throw new SealedStreamError('altered', 'Cannot open sealed content: its description does not authenticate');
  }
}

/** Every segment but the last holds whole chunks only, at least one; each begins where the one before ends. Throws `malformed`. */
export function assertStarts(starts: readonly SegmentStart[]): void {
  if (starts.length > MAX_SEGMENTS) throw new SealedStreamError('too_long', 'Cannot seal or open: the content is in too many segments');
  starts.forEach((start, i) => {
    if (!isSize(start?.sealedOffset) || !isSize(start.plainOffset) || typeof start.salt !== 'string' || saltOf(start).length !== SALT_BYTES) throw malformed();
    const before = starts[i - 1];
    const chunks = before ? (start.plainOffset - before.plainOffset) / CHUNK_BYTES : 0;
    const follows = before
      ? Number.isSafeInteger(chunks) && chunks > 0 && start.sealedOffset === before.sealedOffset + HEADER_BYTES + chunks * SEALED_CHUNK_BYTES
      : start.sealedOffset === 0 && start.plainOffset === 0;
    if (!follows) throw malformed();
  });
}

export function assertContent(owner: Owner, manifest: SealedManifest, sha256: Buffer): void {
  if (!sameText(manifest.contentTag, contentTag(owner, sha256)))
    throw new SealedStreamError('altered', 'Cannot open sealed content: it is not what was sealed');
}

export function saltOf(start: SegmentStart): Buffer {
  return Buffer.from(start.salt, 'base64url');
}

function manifestMac(owner: Owner, manifest: Omit<SealedManifest, 'mac'>): string {
  const segments = manifest.segments.map((segment) => [segment.sealedOffset, segment.plainOffset, segment.plainSize, segment.salt]);
  return mac(owner.key, 'manifest', JSON.stringify([manifest.format, owner.context, manifest.plainSize, manifest.sealedSize, manifest.contentTag, segments]));
}

function contentTag(owner: Owner, sha256: Buffer): string {
  return mac(owner.key, 'content', sha256);
}

function mac(key: KeyObject, label: string, message: string | Buffer): string {
  const bytes = Buffer.from(hkdfSync('sha512', key, '', `${FORMAT} ${label}`, 32));
  const macKey = createSecretKey(bytes);
  bytes.fill(0);
  return createHmac('sha256', macKey).update(message).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(): SealedStreamError {
  return new SealedStreamError('malformed', 'Cannot open sealed content: its description is malformed');
}
