import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { freshDatabase } from '#testing/database.ts';
import { startJobs } from './jobs.ts';
import { createLog } from './log.ts';

const database = await freshDatabase();
after(() => database.drop());
const log = createLog('silent');
const open = () => startJobs(database.owner, log);
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

test('a queue with nothing to do closes at once, and may be closed again', async () => {
  const jobs = await open();
  await jobs.work('tested.idle', async () => undefined);
  const begun = performance.now();
  await jobs.close();
  assert.ok(performance.now() - begun < 1000, `${performance.now() - begun} ms`);
  await jobs.close();
});

test('a job that fails is tried again, and the others of its batch are done once', async () => {
  const jobs = await open();
  for (const one of ['a', 'b', 'c']) await jobs.send('tested.batch', { one }, one);
  const done: string[] = [];
  const all = gate();
  let failed = false;
  await jobs.work('tested.batch', async ({ one }) => {
    if (one === 'b' && !failed) {
      failed = true;
      throw new Error('not yet');
    }
    done.push(one!);
    if (done.length === 3) all.open();
  });
  await all.opened;
  await jobs.close();
  assert.deepEqual([...done.slice(0, 2).sort(), done[2]], ['a', 'c', 'b']);
});

test('closing waits for the job under way, begins no other, and loses none', async () => {
  const first = await open();
  for (const one of ['a', 'b', 'c']) await first.send('tested.closing', { one }, one);
  const done: string[] = [];
  const [begun, may] = [gate(), gate()];
  await first.work('tested.closing', async ({ one }) => {
    begun.open();
    await may.opened;
    done.push(one!);
  });
  await begun.opened;
  const closed = first.close();
  may.open();
  await closed;
  assert.equal(done.length, 1);
  const second = await open();
  const rest = gate();
  await second.work('tested.closing', async ({ one }) => {
    done.push(one!);
    if (done.length === 3) rest.open();
  });
  await rest.opened;
  await second.close();
  assert.deepEqual(done.sort(), ['a', 'b', 'c']);
});

test('a job that does not end in time is given up, and done by the next who opens the queue', async () => {
  const first = await open();
  await first.send('tested.stuck', { one: 'a' }, 'a');
  const [begun, never] = [gate(), gate()];
  await first.work('tested.stuck', async () => {
    begun.open();
    await never.opened;
  });
  await begun.opened;
  await first.close();
  const second = await open();
  const done = gate();
  await second.work('tested.stuck', async () => done.open());
  await done.opened;
  await second.close();
  never.open();
});
