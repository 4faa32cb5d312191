import { parentPort, workerData } from 'node:worker_threads';
import { openSegment, type Segment } from '@underseal/fingerprint';
import { openAllowed, takeOwn } from './allowing.ts';
import { buildShared } from './build-shared.ts';
import { engineKey } from './fingerprint-key.ts';
import { scanParts } from './scan-parts.ts';
import type { Asked, Given } from './scanner.ts';

/** A thread of the server: what takes long is done here, so that nobody else waits for it. */
const given = workerData as Given;
const key = engineKey(given.key);
const allow = openAllowed(given.allow).segment;
let opened = new Map<number, Segment>();

parentPort!.on('message', ({ id, work }: Asked) => {
  try {
    if (work.kind === 'build') return parentPort!.postMessage({ id, answer: buildShared(work.registrations, [allow]) });
    if (work.kind === 'fingerprint') return parentPort!.postMessage({ id, answer: takeOwn(work.text, { key, allow }) });
    opened = new Map(work.segments.map(({ number, bytes }) => [number, opened.get(number) ?? openSegment(bytes!)]));
    return parentPort!.postMessage({ id, answer: scanParts(work.texts, { key, segments: [...opened.values()], allow: [allow] }) });
  } catch (error) {
    // Its message may not leave this thread: it could quote what it was about.
    return parentPort!.postMessage({ id, failed: error instanceof Error ? error.name : 'Error' });
  }
});
