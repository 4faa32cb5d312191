import { markKinds, partKinds, reasons, type Extraction, type Limits } from '@underseal/extract';
import { z } from 'zod';
import { frameKinds, type Frame } from './frames.ts';

const Path = z.array(z.string().max(256)).max(64);
const count = z.int().min(0);
/** The child has read hostile bytes, so its answer is checked like any stranger's. */
const Header = z.strictObject({
  whole: z.boolean(),
  problems: z.array(z.strictObject({ path: Path, reason: z.enum(reasons) })).max(2_000),
  files: z.array(z.strictObject({ path: Path, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(200_000),
  parts: z
    .array(
      z.strictObject({
        path: Path,
        kind: z.enum(partKinds),
        whole: z.boolean(),
        marks: z.array(z.strictObject({ at: count, kind: z.enum(markKinds), label: z.string().max(256) })).max(200_000),
        textBytes: count,
      }),
    )
    .max(200_000),
});

/** Puts the answer of a child together, frame by frame. The function it gives answers with the extraction once it is whole, and throws when it breaks the rules. */
export function createAnswerReader(limits: Limits): (frame: Frame) => Extraction | null {
  const maxText = limits.totalText * 3;
  let header: z.infer<typeof Header> | null = null;
  let text: Buffer[] = [];
  let length = 0;
  let declared = 0;
  return ({ kind, payload }) => {
    if (kind === frameKinds.header && header === null) {
      header = Header.parse(JSON.parse(payload.toString('utf8')));
      declared = header.parts.reduce((sum, part) => sum + part.textBytes, 0);
      if (declared > maxText) throw new Error('Cannot take an answer: it is longer than it may be');
      return null;
    }
    if (kind === frameKinds.text && header !== null) {
      length += payload.length;
      if (length > declared) throw new Error('Cannot take an answer: it is longer than it said');
      text.push(payload);
      return null;
    }
    if (kind !== frameKinds.done || header === null || length !== declared) throw new Error('Cannot take an answer: its frames are out of order');
    const all = Buffer.concat(text, length);
    text = [];
    let at = 0;
    const parts = header.parts.map(({ textBytes, ...part }) => ({ ...part, text: all.toString('utf8', at, (at += textBytes)) }));
    const whole = header.whole && header.problems.length === 0 && parts.every((part) => part.whole);
    return { parts, files: header.files, problems: header.problems, whole };
  };
}
