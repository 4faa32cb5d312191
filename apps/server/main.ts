import { ConfigError, readConfig } from '#platform/server/config.ts';
import { KeyError } from '#platform/server/keys.ts';
import { exitWithParent } from '#platform/server/parent.ts';
import { startServer } from './server.ts';
import { buildWeb } from './web-build.ts';

const STARTING_MOST_MS = 30_000;
/** `npm start`: everything on, until told to stop. */
async function main() {
  exitWithParent();
  const config = readConfig(process.env);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  let stopping = false;
  let isUp = false;
  let starting: Promise<{ close(): Promise<void> }> | undefined;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Also what is only starting is let come up and closed in order: a database that nobody closes would stay behind. It may hang, too.
    if (!isUp) setTimeout(() => process.exit(1), STARTING_MOST_MS).unref();
    const closed = starting ? starting.then((server) => server.close()) : Promise.resolve();
    closed.then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const dist = buildWeb(say);
  starting = startServer({ config, dist, say });
  await starting;
  isUp = true;
}

main().catch((error: unknown) => {
  // What we say ourselves is said in words; only a bug comes with its stack.
  const said = error instanceof ConfigError || error instanceof KeyError || (error instanceof Error && error.message.startsWith('Cannot start'));
  console.error(said ? error.message : error);
  process.exit(said ? 78 : 1);
});
