import { buildSegment, type Registration, type Segment } from '@underseal/fingerprint';

/** A segment in shared memory, so that the scanning thread need not have its own. */
export function buildShared(registrations: readonly Registration[], allow: readonly Segment[] = []): Uint8Array {
  const made = buildSegment(registrations, { allow });
  const bytes = new Uint8Array(new SharedArrayBuffer(made.length));
  bytes.set(made);
  return bytes;
}
