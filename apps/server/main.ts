import { existsSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, readConfig } from '#platform/server/config.ts';
import { exitWithParent } from '#platform/server/parent.ts';
import { startServer } from './server.ts';

/** `npm start`: everything on, until told to stop. */
async function main() {
  exitWithParent();
  const config = readConfig(process.env);
  const dist = path.resolve(import.meta.dirname, '../web/dist');
  const server = await startServer({ config, dist: existsSync(path.join(dist, 'index.html')) ? dist : undefined, say: (line) => process.stderr.write(`${line}\n`) });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(error instanceof ConfigError ? 78 : 1);
});
