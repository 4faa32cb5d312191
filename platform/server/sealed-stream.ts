/**
 * How documents lie on disk.
 *
 * **A message** (`sealStream`, `openStream`, `openRange`) is Cobblestone-256 of https://c2sp.org/chunked-encryption: 24 bytes of salt, 32 of key
 * commitment, then chunks of 16 KiB sealed by AES-256-GCM, the last one shorter. Key and base nonce come from HKDF-Expand (SHA-512) over key, salt
 * and context. Changed, moved, repeated, cut or added bytes, another key and another context are all refused. It costs 56 bytes and 0.1 %.
 *
 * **Content** (`startSealing`, `resumeSealing`, `openContent`) is what uploads make: one or more segments, one after the other.
 *
 *   segment 0 || segment 1 || ... || segment n          with a manifest, kept in the database
 *
 * An upload may stop at any byte. To go on inside the torn message would seal a chunk index a second time, with other plaintext, under a nonce
 * already used; with AES-GCM that gives away both plaintexts and the means to forge. So no key and nonce is ever used by two goes: each go begins a new
 * segment, a Cobblestone-256 message with a fresh salt, whose context also holds its index and plaintext offset. Of the torn segment the
 * whole chunks that authenticate stay, without an end chunk (sealing one would be the very reuse); the rest is cut off and sent again.
 * Since a torn segment does not say itself where it ends, the manifest does: segments with their salts, sizes and a keyed digest of the
 * plaintext, authenticated by an HMAC under a key derived from the content's key. All but the last segment hold whole chunks only; the last is complete.
 *
 * Plaintext is never stored, not even the tail of less than a chunk that waits in memory. Memory is constant: a chunk to seal, 256 KiB to open.
 */
export { SealedStreamError } from './sealed-stream/error.ts';
export type { SealedStreamErrorCode } from './sealed-stream/error.ts';
export { plainSize, sealedSize } from './sealed-stream/message.ts';
export { openRange } from './sealed-stream/range.ts';
export type { ReadAt, SealedSource } from './sealed-stream/range.ts';
export { openStream, sealStream } from './sealed-stream/stream.ts';
export { openContent, resumeSealing, startSealing, storedOffset } from './sealed-stream/content.ts';
export type { Content, Interrupted, Sealing } from './sealed-stream/content.ts';
export type { SealedManifest, SealedSegment, SegmentStart } from './sealed-stream/manifest.ts';
