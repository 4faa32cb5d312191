import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

/** The real program, started as `npm start` starts it. */
export interface Program {
  readonly url: string;
  readonly launcher: ChildProcess;
  /** What it and its children are, now: launcher, server, PostgreSQL and all that they started. */
  processes(): readonly Process[];
  /** Its exit code or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly said: () => string;
}
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export async function startProgram(data: string, by: By = 'launcher'): Promise<Program> {
  const program = spawnProgram(data, by);
  const { launcher, said, ended } = program;
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /Underseal serves (\S+)/.exec(said())?.[1];
      if (found) resolve(found);
    };
    launcher.stderr!.on('data', look);
    void ended.then((how) => reject(new Error(`it ended with ${how}: ${said().slice(-2000)}`)));
  });
  return { ...program, url };
}

/** What people start it by. */
type By = keyof typeof COMMANDS;
const COMMANDS = {
  launcher: [process.execPath, path.join(ROOT, 'run.mjs'), 'apps/server/main.ts'],
  npm: ['npm', 'start'],
  cli: [process.execPath, path.join(ROOT, 'run-underseal.mjs'), 'serve'],
} as const;
export function spawnProgram(data: string, by: By = 'launcher'): Omit<Program, 'url'> {
  let text = '';
  const [command, ...args] = COMMANDS[by];
  const launcher = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], UNDERSEAL_DATA: data, UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'error' },
  });
  launcher.stderr!.on('data', (piece: Buffer) => (text += piece.toString()));
  const ended = new Promise<number | string>((resolve) => launcher.once('exit', (code, signal) => resolve(code ?? signal!)));
  return { launcher, said: () => text, ended, processes: () => processesUnder(launcher.pid!) };
}

/** A process and all that descend from it. */
function processesUnder(pid: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => describe(Number(name)));
  const found = all.filter((one) => one.pid === pid);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}
function describe(pid: number): Process[] {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
  } catch {
    return [];
  }
}

/** Waits until none of these runs any more; answers those that stay for ten seconds. */
export async function survivors(processes: readonly Process[]): Promise<readonly Process[]> {
  for (let tries = 0; ; tries++) {
    // A number may meanwhile be another's: then its command is too.
    const left = processes.filter(({ pid, command }) => describe(pid).some((now) => now.command === command));
    if (left.length === 0 || tries === 200) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
