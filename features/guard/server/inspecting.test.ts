import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SandboxError, startSandbox } from '#platform/server/sandbox/index.ts';
import { startHouse } from '#testing/house.ts';
import { buildAllowed } from './allowing.ts';
import { identityKey } from './fingerprint-key.ts';
import { createIndex, type Index } from './index-store.ts';
import { inspectContent } from './inspecting.ts';
import { ScanError, startScanner } from './scanner.ts';

const TEXT = 'The canteen will be closed on Thursday and Friday of next week, so please bring your own lunch to the works.';
const house = await startHouse();
const index = createIndex(house.services);
await index.refresh();
const log = house.services.log;
const own = identityKey(house.services);
const scanner = startScanner({ ...own, allowed: await buildAllowed(own.key), log });
const sandbox = await startSandbox({ workers: 1, memoryMb: 256, log });
test.after(async () => {
  await scanner.close();
  await sandbox.close();
});
const reasons = async (means: Partial<Parameters<typeof inspectContent>[0]>, content: Parameters<typeof inspectContent>[1] = { text: TEXT }) =>
  (await inspectContent({ sandbox, index, scanner, ...means }, content, 'per_ravi')).unread.map(({ reason }) => reason);

test('what was read whole, by an index that is whole, leaves nothing unread', async () => {
  assert.deepEqual(await reasons({}), []);
  assert.deepEqual(await reasons({}, { base64: Buffer.from(TEXT).toString('base64') }), []);
});
test('where something that was registered cannot be matched nothing is clear', async () => {
  const lacking: Index = { ...index, isWhole: () => false };
  assert.deepEqual(await reasons({ index: lacking }), ['index_not_ready']);
  const bare: Index = { ...index, isLoaded: () => false };
  assert.deepEqual(await reasons({ index: bare }), ['index_not_ready']);
});
test('what nobody was free to read is not clear', async () => {
  const busy = { ...sandbox, extract: () => Promise.reject(new SandboxError('busy', 'Cannot extract: too many jobs are waiting')) };
  assert.deepEqual(await reasons({ sandbox: busy }, { base64: Buffer.from(TEXT).toString('base64') }), ['busy']);
});
test('what could not be scanned, or not to its end, is not clear', async () => {
  const failing = (code: ScanError['code']) => ({ ...scanner, scan: () => Promise.reject(new ScanError(code)) });
  assert.deepEqual(await reasons({ scanner: failing('busy') }), ['busy']);
  assert.deepEqual(await reasons({ scanner: failing('broken') }), ['busy']);
  assert.deepEqual(await reasons({ scanner: failing('timeout') }), ['timeout']);
  const partly = { ...scanner, scan: async () => ({ found: [], incomplete: [0], more: false }) };
  assert.deepEqual(await reasons({ scanner: partly }), ['too_large']);
});
test('a scan that fails by a fault of ours is no answer', async () => {
  const broken = { ...scanner, scan: () => Promise.reject(new TypeError('a fault')) };
  await assert.rejects(reasons({ scanner: broken }), TypeError);
});
