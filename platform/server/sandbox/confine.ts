import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Confinement = {
  readonly command: string;
  readonly args: readonly string[];
  /** What this system cannot do, for the log. */
  readonly missing: readonly string[];
};

const NOBODY = '65534';

/** The command that starts `entry` in a process that can read its own code and do nothing else, as far as this system can keep it so. */
export function confine(entry: string, memoryMb: number): Confinement {
  const code = codeFolders(entry);
  const node = [
    process.execPath,
    '--permission',
    ...code.map((folder) => `--allow-fs-read=${folder}`),
    `--max-old-space-size=${memoryMb}`,
    '--disallow-code-generation-from-strings',
    '--no-warnings',
    entry,
  ];
  if (process.platform === 'win32') return { command: node[0]!, args: node.slice(1), missing: ['network', 'user', 'orphan', 'core'] };
  const outer = [...networkless(), ...userless(code)];
  const lacks = {
    network: !outer.some((word) => word === '-n' || word === '-Un'),
    user: isRoot() && !outer.includes('--reuid'),
    orphan: !outer.includes('--pdeathsig'),
  };
  const missing = Object.entries(lacks).flatMap(([name, isMissing]) => (isMissing ? [name] : []));
  // No core file and no file at all: a crash must not write what was being read to the disk. `env -i`: the shell sets variables of its own.
  const args = ['-c', 'ulimit -c 0; ulimit -f 0; exec "$@"', 'sh', ...outer, ...(existsSync('/usr/bin/env') ? ['/usr/bin/env', '-i'] : []), ...node];
  return { command: '/bin/sh', args, missing };
}

/** Folders the child imports from. */
function codeFolders(entry: string): string[] {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = resolve(here, '../../..');
  const inRoot = ['package.json', 'packages/extract/', 'node_modules/unpdf/', 'node_modules/chardet/', 'node_modules/@underseal/extract'].map((path) =>
    resolve(root, path),
  );
  return [...new Set([here, dirname(entry), ...inRoot])];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

let networkPrefix: string[] | null = null;

/** A network namespace of its own, in which there is not even a loopback. */
function networkless(): string[] {
  networkPrefix ??=
    [
      ['/usr/bin/unshare', '-n'],
      ['/usr/bin/unshare', '-Un'],
    ].find((prefix) => works(prefix)) ?? [];
  return networkPrefix;
}

/** Root becomes nobody, if nobody can read the code. A child dies with its parent, even in an endless loop. */
function userless(code: readonly string[]): string[] {
  const base = ['/usr/bin/setpriv', '--no-new-privs'];
  const plain = works([...base, '--pdeathsig', 'KILL']) ? [...base, '--pdeathsig', 'KILL'] : base;
  const nobody = [...plain, '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--bounding-set', '-all'];
  if (isRoot() && [process.execPath, ...code].every(isWorldReadable) && works(nobody)) return nobody;
  return works(plain) ? plain : [];
}

function works(prefix: readonly string[]): boolean {
  return existsSync(prefix[0]!) && spawnSync(prefix[0]!, [...prefix.slice(1), '/bin/sh', '-c', ':'], { stdio: 'ignore', env: {} }).status === 0;
}

function isWorldReadable(path: string): boolean {
  for (let at = path, first = true; ; at = dirname(at), first = false) {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (!stat) return false;
    const needed = stat.isDirectory() ? (first ? 0o005 : 0o001) : 0o004;
    if ((stat.mode & needed) !== needed) return false;
    if (dirname(at) === at) return true;
  }
}
