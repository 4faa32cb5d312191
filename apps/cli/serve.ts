import { readConfig } from '#platform/server/config.ts';
import { startServer } from '#apps/server/server.ts';
import { buildWeb } from '#apps/server/web-build.ts';
import type { Io } from './io.ts';

/** Everything on, as by `npm start`, until told to stop. */
export async function serve(io: Io): Promise<number> {
  const tell = (line: string) => io.err(`${line}\n`);
  const server = await startServer({ config: readConfig(io.env), dist: buildWeb(tell), say: tell });
  await new Promise<void>((resolve) => (io.signal.aborted ? resolve() : io.signal.addEventListener('abort', () => resolve(), { once: true })));
  await server.close();
  return 0;
}
