import { exitWithParent } from '#platform/server/parent.ts';
import { runCli } from './program.ts';

/** `underseal`: the process around one command. */
async function main() {
  exitWithParent();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // Whoever reads our output may stop reading (head, a closed terminal): then there is nobody left to tell.
  process.stdout.on('error', () => process.exit(3));
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    signal: stop.signal,
  });
  process.stdin.destroy();
}

await main();
