/** One frame: a byte of kind, four of length, the payload. */
export type Frame = { readonly kind: number; readonly payload: Buffer };

export const frameKinds = { begin: 1, chunk: 2, end: 3, discard: 4, ready: 16, header: 17, text: 18, done: 19 } as const;

const HEADER = 5;

export function encodeFrame(kind: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEADER + payload.length);
  frame.writeUInt8(kind, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, HEADER);
  return frame;
}

/**
 * Puts frames together from a stream. The function it gives takes the next bytes and gives the frames that are now whole; it throws when a frame
 * declares more than `maxPayload`, for the other side is not trusted.
 */
export function createFrameReader(maxPayload: number): (bytes: Buffer) => Frame[] {
  let held: Buffer[] = [];
  let heldLength = 0;
  let wanted = HEADER;
  let kind = -1;
  return (bytes) => {
    held.push(bytes);
    heldLength += bytes.length;
    const frames: Frame[] = [];
    while (heldLength >= wanted) {
      const all = held.length === 1 ? held[0]! : Buffer.concat(held, heldLength);
      const taken = all.subarray(0, wanted);
      held = [all.subarray(wanted)];
      heldLength -= wanted;
      if (kind === -1) {
        kind = taken.readUInt8(0);
        wanted = taken.readUInt32BE(1);
        if (wanted > maxPayload) throw new Error('Cannot read a frame: it declares more than it may');
      } else {
        frames.push({ kind, payload: taken });
        kind = -1;
        wanted = HEADER;
      }
    }
    return frames;
  };
}
