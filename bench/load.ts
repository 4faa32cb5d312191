import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Round } from './figures.ts';

export interface Load {
  readonly url: string;
  readonly path: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly bearers: readonly string[];
  readonly concurrency: number;
  readonly milliseconds: number;
}
export interface Loader {
  run(load: Load): Promise<Round>;
  close(): void;
}

/** Load from another process, so that asking does not slow down answering. Rejects if an answer is no 200. */
export function startLoader(): Loader {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load-child.ts', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 2, 'ipc'],
  });
  return {
    async run(load) {
      child.send(load);
      const [answer] = (await once(child, 'message')) as [Round | { wrong: string }];
      if ('wrong' in answer) throw new Error(`${load.path}: ${answer.wrong}`);
      return answer;
    },
    close: () => void child.kill(),
  };
}
