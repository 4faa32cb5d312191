import { Failure } from '@underseal/contract';
import { people } from '#features/people/contract.ts';
import { connect } from './connection.ts';
import { readPassword } from './files.ts';
import { say, writeJson, type Common, type Io } from './io.ts';
import { findSession, forgetSession, keepSession, readSession } from './session.ts';

export interface LoginOptions extends Common {
  readonly email: string;
  readonly passwordFile: string;
  readonly code?: string;
}

/** Opens a short personal session and keeps it for the commands that follow. */
export async function login(io: Io, options: LoginOptions): Promise<number> {
  const { email, code } = options;
  const connection = await connect(io, options, { anonymous: true });
  const password = await readPassword(io, options.passwordFile);
  const { personId, sessionToken, expiresAt, strong } = await connection
    .on(people)
    .signIn({ email, password, ...(code === undefined ? {} : { code }), kind: 'command-line' });
  const file = await keepSession(io, { server: connection.server, email, token: sessionToken, expiresAt });
  say(io, `Signed in to ${connection.server} until ${expiresAt}.`);
  if (options.json) writeJson(io, { person: personId, session: file, expiresAt, strong });
  return 0;
}

/** Ends the session, here and on the server. */
export async function logout(io: Io, options: Common): Promise<number> {
  const kept = await readSession(io);
  if (!kept) {
    say(io, 'There is no session to end.');
    if (options.json) writeJson(io, { ended: false });
    return 0;
  }
  // The session's own server, whatever else is set: elsewhere it is nobody's.
  const own = { ...options, server: kept.server, insecureHttp: true };
  let ended = false;
  if (await findSession(io, kept.server)) {
    try {
      const connection = await connect(io, own);
      await connection.on(people).signOut({});
      ended = true;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unauthenticated') throw error;
    }
  }
  await forgetSession(io);
  say(io, ended ? 'Signed out.' : 'The session had ended; it is forgotten.');
  if (options.json) writeJson(io, { ended });
  return 0;
}
