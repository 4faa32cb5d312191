import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { people } from '#features/people/contract.ts';
import { syncFolder } from '#platform/server/durable-files.ts';
import { connect } from './connection.ts';
import { readPassword } from './files.ts';
import { CliError, say, writeJson, type Common, type Io } from './io.ts';
import { keepSession } from './session.ts';

export interface SetupOptions extends Common {
  readonly organisation: string;
  readonly email: string;
  readonly name?: string;
  readonly passwordFile: string;
  readonly code?: string;
  readonly kit: string;
}

/** Sets up without a browser: the first person, her session, and the recovery kit in a file that nobody else may read. */
export async function setup(io: Io, options: SetupOptions): Promise<number> {
  const { organisation, email } = options;
  const connection = await connect(io, options, { anonymous: true });
  const code = options.code ?? (await findCode(io));
  const password = await readPassword(io, options.passwordFile);
  const file = path.resolve(options.kit);
  // Before the server is asked: the kit is given once, and there must be a place for it.
  const kit = await createKitFile(file);
  try {
    const name = options.name ?? email.split('@')[0]!;
    const { personId, sessionToken, expiresAt, recoveryKit } = await connection
      .on(people)
      .install({ code, organisation, name, email, password, kind: 'command-line' });
    await writeKit(io, { kit, file, text: recoveryKit });
    const session = await keepSession(io, { server: connection.server, email, token: sessionToken, expiresAt });
    say(
      io,
      `Set up. You are signed in until ${expiresAt}.\nThe recovery kit is in ${file}: print it, put it in a safe, and remove the file. Without it no backup can be opened.`,
    );
    if (options.json) writeJson(io, { person: personId, kit: file, session, expiresAt });
    return 0;
  } catch (error) {
    // Nothing was set up: the empty file goes. A kit that was written stays.
    await kit.close().catch(() => undefined);
    if ((await readFile(file, 'utf8').catch(() => 'kept')) === '') await rm(file, { force: true });
    throw error;
  }
}

/** On the server's own machine the code lies in its data folder, for its owner alone. */
async function findCode(io: Io): Promise<string> {
  const file = path.resolve(io.env['UNDERSEAL_DATA'] || './data', 'setup-code');
  const text = await readFile(file, 'utf8').catch(() => '');
  const code = text.trim();
  if (code === '')
    throw new CliError(
      'usage',
      `Cannot find the set-up code: there is none in "${file}"`,
      'Run this on the machine of the server with the same UNDERSEAL_DATA, or give --code with the code that the server printed when it started.',
    );
  return code;
}

async function createKitFile(file: string): Promise<FileHandle> {
  return open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new CliError('usage', `Cannot write the recovery kit to "${file}": there is a file of that name`, 'Name another by --kit FILE.');
    throw new CliError('usage', `Cannot write the recovery kit to "${file}": ${error.code}`, 'Name another file by --kit FILE.');
  });
}

async function writeKit(io: Io, { kit, file, text }: { kit: FileHandle; file: string; text: string }): Promise<void> {
  try {
    await kit.writeFile(text);
    await kit.sync();
    await kit.close();
    await syncFolder(path.dirname(file));
  } catch {
    say(io, `The recovery kit could not be written to ${file}. It is given only once, so here it is:\n`);
    io.err(text);
  }
}
