import { parentPort, workerData } from 'node:worker_threads';
import { fingerprint, openSegment, type Segment } from '@underseal/fingerprint';
import { buildShared } from './build-shared.ts';
import { engineKey } from './fingerprint-key.ts';
import { scanParts } from './scan-parts.ts';
import type { Asked } from './scanner.ts';

/** A thread of the server: what takes long is done here, so that nobody else waits for it. */
const key = engineKey((workerData as { key: Uint8Array }).key);
let opened = new Map<number, Segment>();

parentPort!.on('message', ({ id, work }: Asked) => {
  try {
    if (work.kind === 'build') return parentPort!.postMessage({ id, answer: buildShared(work.registrations) });
    if (work.kind === 'fingerprint') return parentPort!.postMessage({ id, answer: fingerprint(work.text, key) });
    opened = new Map(work.segments.map(({ number, bytes }) => [number, opened.get(number) ?? openSegment(bytes!)]));
    return parentPort!.postMessage({ id, answer: scanParts(work.texts, { key, segments: [...opened.values()] }) });
  } catch (error) {
    // Its message may not leave this thread: it could quote what it was about.
    return parentPort!.postMessage({ id, failed: error instanceof Error ? error.name : 'Error' });
  }
});
