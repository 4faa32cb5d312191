// Backs up in a process of its own: `kill FILE` dies in the middle as by a power cut, `full FILE` has no room on its disk.
import { text } from 'node:stream/consumers';
import { createMemoryBlobs } from '../blobs.ts';
import { readRecoveryKit } from '../keys.ts';
import { toRootKey } from '../keys/root.ts';
import { systemClock } from '../ports.ts';
import { writeBackup } from './backup.ts';

const [how, file] = process.argv.slice(2) as [string, string];
const { owner, kit } = JSON.parse(await text(process.stdin));
const onProgress = () => {
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
};
try {
  await writeBackup({ owner, root: toRootKey(readRecoveryKit(kit)), blobs: createMemoryBlobs(), clock: systemClock, file, onProgress });
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stderr.write(`${code} ${message}\n`);
}
