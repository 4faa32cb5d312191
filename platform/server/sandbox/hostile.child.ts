// Entry for tests: a child that an attacker has taken over. The name of the job says what the attacker tries.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Extraction } from '@underseal/extract';
import { serve } from './serve.ts';

function said(text: unknown): Extraction {
  return { parts: [{ path: [], kind: 'text', text: JSON.stringify(text), marks: [], whole: true }], files: [], problems: [], whole: true };
}

function attempt(run: () => unknown): string {
  try {
    return `yes: ${String(run())}`;
  } catch (error) {
    return `no: ${String((error as { code?: unknown }).code ?? (error as Error).name)}`;
  }
}

function reach(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve('yes'));
    socket.on('error', (error) => resolve(`no: ${String((error as { code?: unknown }).code)}`));
  });
}

const hold: unknown[] = [];

serve(async (bytes, { name = '' }) => {
  const [what, detail = ''] = name.split(' ');
  if (what === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (what === 'exit') process.exit(3);
  if (what === 'throw') {
    setImmediate(() => JSON.parse('not json'));
    await new Promise(() => {});
  }
  if (what === 'loop') for (;;);
  if (what === 'heap') for (;;) hold.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
  if (what === 'buffers')
    for (;;) {
      hold.push(Buffer.alloc(64 * 1024 * 1024, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  if (what === 'lie') {
    process.stdout.write(Buffer.from([17, 0xff, 0xff, 0xff, 0xff]));
    await new Promise(() => {});
  }
  if (what === 'env') return said({ env: process.env, cwd: process.cwd(), argv: process.argv.length, uid: process.getuid?.() });
  if (what === 'file')
    return said([attempt(() => readFileSync(detail, 'utf8')), attempt(() => readdirSync('/etc')), attempt(() => readFileSync('/proc/self/environ', 'utf8'))]);
  if (what === 'write') return said(attempt(() => writeFileSync(detail, 'content')));
  if (what === 'spawn') return said(attempt(() => spawnSync('/bin/true').status));
  if (what === 'eval') return said(attempt(() => new Function('return 1')()));
  if (what === 'net') return said(await reach(Number(detail)));
  if (what === 'pid') return said(process.pid);
  return said(bytes.length);
});
