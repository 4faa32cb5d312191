import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { TokenPermission } from '#features/people/contract.ts';
import { describeFailure, FAILED, tellFailure } from './failing.ts';
import { writeJson, type Io } from './io.ts';

/** Runs one command line, without the program's name, and answers the exit code. Throws nothing that is expected. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = createProgram(io, (result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said already what is wrong with the call; asking for help is no error.
    const json = argv.includes('--json');
    if (!(error instanceof CommanderError)) tellFailure(io, describeFailure(error), json);
    else if (error.exitCode === 0) return 0;
    else if (json) writeJson(io, { error: { kind: 'usage', code: 'cli.usage', message: error.message } });
    return FAILED;
  }
}

function createProgram(io: Io, done: (code: number) => void): Command {
  const program = new Command('underseal');
  program
    .description('Keeps trade secrets secret, and proves it')
    .option('--json', 'print one JSON object a line on stdout')
    .option('--server <url>', 'the server (default: UNDERSEAL_URL, or this machine)')
    .option('--insecure-http', 'allow http to another machine')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Run with --help for what it takes.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 3 usage or server error; check, doctor, backup and verify have more, see their help.\nUNDERSEAL_TOKEN or a session (underseal login) says who asks.',
    );
  /** Each command's module is loaded when it runs: `check` in a hook starts in a fraction of what the server takes. */
  const act =
    (work: (options: never, ...args: never[]) => Promise<number>) =>
    async (...given: unknown[]) => {
      const command = given.at(-1) as Command;
      done(await work(command.optsWithGlobals() as never, ...(given.slice(0, -2) as never[])));
    };
  addServerCommands(program, { io, act });
  addPersonCommands(program, { io, act });
  addContentCommands(program, { io, act });
  addTokenCommands(program, { io, act });
  addBackupCommands(program, { io, act });
  addProofCommands(program, { io, act });
  return program;
}

interface Parts {
  readonly io: Io;
  readonly act: (work: (options: never, ...args: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;
}

function addServerCommands(program: Command, { io, act }: Parts): void {
  program
    .command('serve')
    .description('start the server, as npm start does')
    .action(act(async () => (await import('./serve.ts')).serve(io)));
  program
    .command('setup')
    .description('set up without a browser, on the machine of the server')
    .requiredOption('--organisation <name>', 'name of the organisation')
    .requiredOption('--email <address>', 'mail address of the first person')
    .requiredOption('--password-file <file>', 'file whose first line is her password, or - for stdin')
    .option('--name <name>', 'her name (default: what stands before the @)')
    .option('--code <code>', 'the set-up code that the server printed (default: read from its data folder)')
    .option('--kit <file>', 'where the recovery kit is written; never over a file', './underseal-recovery-kit.txt')
    .action(act(async (options: never) => (await import('./setup.ts')).setup(io, options)));
  program
    .command('recover')
    .description('let somebody in again who lost password or phone, on the machine of the server')
    .requiredOption('--email <address>', 'whose account')
    .requiredOption('--password-file <file>', 'file whose first line is the new password, or - for stdin')
    .requiredOption('--reason <text>', 'why; it stands in the ledger')
    .option('--without-app', 'also take the one-time code app away: the phone is lost')
    .addHelpText(
      'after',
      '\nEvery session of the person ends. Where anybody else here could confirm the person, all stays closed until that is done, under People.\nFor a lost password alone, an administrator can make a link under People instead.',
    )
    .action(act(async (options: never) => (await import('./recover.ts')).recoverPerson(io, options)));
  program
    .command('doctor')
    .description('look at what has to hold for the server to run')
    .addHelpText('after', '\nExit codes: 0 nothing failed, 1 something did, 3 usage error.')
    .action(act(async (options: never) => (await import('./doctor.ts')).doctor(io, options)));
}

function addPersonCommands(program: Command, { io, act }: Parts): void {
  program
    .command('login')
    .description('open a short personal session')
    .requiredOption('--email <address>', 'your mail address')
    .requiredOption('--password-file <file>', 'file whose first line is your password, or - for stdin')
    .option('--code <totp>', 'the six digits of your app, where you have one', digits)
    .action(act(async (options: never) => (await import('./login.ts')).login(io, options)));
  program
    .command('logout')
    .description('end the session')
    .action(act(async (options: never) => (await import('./login.ts')).logout(io, options)));
}

function addContentCommands(program: Command, { io, act }: Parts): void {
  program
    .command('register')
    .description('register a secret with its documents')
    .argument('<code-name>', '2 to 40 capitals, digits and hyphens, which tell nothing of the secret')
    .requiredOption('--title <title>', 'what it is, for those who may know of it')
    .addOption(new Option('--tier <number>', '3 is the crown jewels').choices(['1', '2', '3']).makeOptionMandatory())
    .option('--owner <who>', 'mail address or id of the person who answers for it (default: you)')
    .option('--contributor <name...>', 'who made it, by name; gives nobody access; may be given again')
    .option('--file <file...>', 'document to store; may be given again')
    .option('--element <heading=textfile...>', 'element, with the file that holds its text; may be given again')
    .option('--wait <seconds>', 'how long to wait until the documents can be matched', wholeNumber, 600)
    .action(
      act(async (options: { tier: string }, codeName: string) =>
        (await import('./register.ts')).registerSecret(io, codeName, {
          ...(options as never as import('./register.ts').RegisterOptions),
          tier: Number(options.tier),
        }),
      ),
    );
  program
    .command('check')
    .description('inspect files, or stdin: is this ours, and may it leave?')
    .argument('[files...]', 'files, or - for stdin')
    .addHelpText(
      'after',
      '\nExit codes: 0 all clear; 1 a match; 2 nothing matched, but something was not inspected; 3 usage or server error.\nWhere one file matches and another was not inspected, it is 1.\nFiles above 64 MiB are not inspected (too_large). A pipe gets one JSON object a line, as with --json.',
    )
    .action(act(async (options: never, files: readonly string[]) => (await import('./check.ts')).check(io, files, options)));
  program
    .command('case')
    .description('look up the check that a case number was given for')
    .argument('<number>', 'C- and eight letters and digits, as whoever checked quotes it')
    .action(act(async (options: never, number: string) => (await import('./case.ts')).showCase(io, number, options)));
}

function addTokenCommands(program: Command, { io, act }: Parts): void {
  const token = program.command('token').description('tokens of programs');
  token
    .command('create')
    .description('make a token; it is printed once, alone on stdout')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--can <permission...>', 'what it may ask for; may be given again').choices(TokenPermission.options).makeOptionMandatory())
    .option('--days <days>', 'how long it is good, 1 to 366 (default: 90)', wholeNumber)
    .action(act(async (options: never) => (await import('./token.ts')).createToken(io, options)));
  token
    .command('list')
    .description('tokens in use')
    .action(act(async (options: never) => (await import('./token.ts')).listTokens(io, options)));
  token
    .command('end')
    .description('end a token at once')
    .argument('<id>', 'tok_...')
    .action(act(async (options: never, id: string) => (await import('./token.ts')).endToken(io, id, options)));
}

function addBackupCommands(program: Command, { io, act }: Parts): void {
  program
    .command('backup')
    .description('write everything but the root key into one file, while the server runs')
    .requiredOption('--out <file>', 'the file; never over one that is there')
    .addHelpText('after', '\nExit codes: 0 whole, 1 written but incomplete (documents are missing; it says which), 3 nothing was written.')
    .action(act(async (options: never) => (await import('./backup.ts')).backup(io, options)));
  program
    .command('restore')
    .description('restore a backup into an empty place, and prove it')
    .argument('<file>', 'the backup')
    .requiredOption('--kit <file>', 'file with the lines of the recovery kit')
    .option('--incomplete', 'also where documents are missing in it: restore the rest')
    .action(act(async (options: never, file: string) => (await import('./restore.ts')).restore(io, file, options)));
  program
    .command('restore-key')
    .description('put a lost root key back from the recovery kit, where database and documents are whole')
    .requiredOption('--kit <file>', 'file with the lines of the recovery kit')
    .addHelpText(
      'after',
      '\nOn the machine of the server, with its settings. It writes nothing unless the kit opens the keys of this database, and never over a file.',
    )
    .action(act(async (options: never) => (await import('./restore-key.ts')).restoreKey(io, options)));
}

function addProofCommands(program: Command, { io, act }: Parts): void {
  program
    .command('verify')
    .description('check what the ledger gave out, without it: no server, no session, no network')
    .argument('<files...>', 'proofs, entries, checkpoints, proofs between two checkpoints')
    .option('--checkpoint <file...>', 'checkpoint that you kept')
    .option('--key <key>', 'key of the ledger as you know it from elsewhere, or a file that holds it')
    .addHelpText(
      'after',
      '\nExit codes: 0 all holds, 1 something does not, 2 it cannot be said, 3 usage error.\ndocs/verify.md says what it proves and what not.',
    )
    .action(act(async (options: never, files: readonly string[]) => (await import('./verify.ts')).verify(io, files, options)));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(text);
}
function digits(text: string): string {
  if (!/^\d{6}$/.test(text)) throw new InvalidArgumentError('It is not six digits.');
  return text;
}
