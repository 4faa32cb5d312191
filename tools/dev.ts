// `npm run dev`: the server on data of its own, and Vite in front of it, which renews pages as files are saved.
import { spawn } from 'node:child_process';
import { exitWithParent } from '../platform/server/parent.ts';

exitWithParent();

const env = { ...process.env, UNDERSEAL_DATA: process.env['UNDERSEAL_DATA'] ?? './data/dev' };
const children = [
  spawn(process.execPath, ['--watch-path=platform/server', '--watch-path=features', '--watch-path=packages', 'apps/server/main.ts'], { stdio: 'inherit', env }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'apps/web'], { stdio: 'inherit', env }),
];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => children.forEach((child) => child.kill(signal)));
await Promise.race(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
children.forEach((child) => child.kill('SIGTERM'));
