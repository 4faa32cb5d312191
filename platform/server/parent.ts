import { Socket } from 'node:net';

/** Ends this process, by its own SIGTERM handler, when the launcher dies without telling: their pipe closes. */
export function exitWithParent(): void {
  const fd = Number(process.env['UNDERSEAL_PARENT_PIPE']);
  delete process.env['UNDERSEAL_PARENT_PIPE'];
  if (!Number.isInteger(fd) || fd < 3) return;
  const pipe = new Socket({ fd, readable: true, writable: false });
  const end = () => process.kill(process.pid, 'SIGTERM');
  pipe.once('close', end).once('error', end).resume().unref();
}
