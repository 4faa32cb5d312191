import { setTimeout as wait } from 'node:timers/promises';
import { BugError, client, type Client, type Contract, type Operations, type Send } from '@underseal/contract';
import { CliError, type Common, type Io } from './io.ts';
import { findSession, readSession } from './session.ts';

/** How long the server may ask us to wait before a call is tried again. */
const LONGEST_WAIT_SECONDS = 90;
const TOO_FAST = 'platform.too_fast';

export interface Connection {
  /** Origin, without a slash at its end. */
  readonly server: string;
  readonly send: Send;
  /** Who is asking: the headers that say so. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly as: 'session' | 'token' | 'nobody';
  on<N extends string, Ops extends Operations>(contract: Contract<N, Ops>): Client<Ops>;
}

/** Opens the connection that the options and the environment ask for. A kept session comes before a token. */
export async function connect(io: Io, common: Common, { anonymous = false }: { readonly anonymous?: boolean } = {}): Promise<Connection> {
  const server = serverOf(io, common);
  const session = anonymous ? undefined : await findSession(io, server);
  const token = anonymous ? undefined : (session?.token ?? (io.env['UNDERSEAL_TOKEN'] || undefined));
  if (token !== undefined && !/^[\x21-\x7e]{10,200}$/.test(token)) throw new CliError('usage', 'Cannot use UNDERSEAL_TOKEN: it is not a token');
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Kept here, and over by now: without a token in its place one was signed in, and should hear that it ended.
  const lapsed = !anonymous && token === undefined && (await readSession(io))?.server === server;
  const send = tellEnded(createSend({ server, authorization, signal: io.signal }), session !== undefined || lapsed);
  return { server, send, authorization, as: session ? 'session' : token === undefined ? 'nobody' : 'token', on: (contract) => client(contract, send) };
}

/** To who has a session, or had, "sign in first" would be no answer. */
function tellEnded(send: Send, hadSession: boolean): Send {
  return async (...call) => {
    const answer = await send(...call);
    const { error } = (answer.body ?? {}) as { error?: { code?: string } };
    if (!hadSession || error?.code !== 'platform.sign_in_needed') return answer;
    return { ...answer, body: { error: { ...error, message: 'Cannot do this: your session has ended' } } };
  };
}

/** Which server is meant. A secret must not cross a network in clear because somebody forgot an "s". */
export function serverOf({ env }: Pick<Io, 'env'>, { server, insecureHttp }: Common): string {
  const given = server ?? (env['UNDERSEAL_URL'] || `http://127.0.0.1:${env['UNDERSEAL_PORT'] || 4380}`);
  const url = URL.parse(given);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search || url.hash)
    throw new CliError(
      'usage',
      server === undefined && !env['UNDERSEAL_URL']
        ? `Cannot use UNDERSEAL_PORT "${env['UNDERSEAL_PORT']}": give a number from 1 to 65535`
        : `Cannot use server "${given}": give it as https://name or https://name:port`,
    );
  if (url.username || url.password)
    throw new CliError('usage', 'Cannot use this server: its URL holds a user name or password', 'Sign in by underseal login, or set UNDERSEAL_TOKEN.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !insecureHttp)
    throw new CliError(
      'usage',
      `Cannot use server "${url.origin}": http is not encrypted`,
      'Use https, or --insecure-http if the network between is yours alone.',
    );
  return url.origin;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

interface Sending {
  readonly server: string;
  readonly authorization: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
/** Carries calls over HTTP. Redirects are not followed: what is sent is for this server alone. */
function createSend({ server, authorization, signal }: Sending): Send {
  return async (name, input, options) => {
    const headers = {
      ...authorization,
      'content-type': 'application/json',
      ...(options?.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    };
    const body = JSON.stringify(input);
    for (let tries = 0; ; tries++) {
      const response = await reach(server, () =>
        fetch(`${server}/api/${name}`, { method: 'POST', headers, body, redirect: 'error', signal: options?.signal ?? signal }),
      ).catch(async (error: unknown) => {
        // With a key it is done once, however often it is asked for.
        if (!(error instanceof NoServer) || options?.idempotencyKey === undefined || tries >= 2) throw error;
        await wait(500 * 2 ** tries, undefined, { signal });
      });
      if (!response) continue;
      const answer = { status: response.status, body: await readJson(response) };
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const isTooFast = answer.status === 429 && (answer.body as { error?: { code?: string } })?.error?.code === TOO_FAST;
      if (!isTooFast || tries >= 3 || !(seconds <= LONGEST_WAIT_SECONDS)) return answer;
      await wait(Math.max(seconds, 1) * 1000, undefined, { signal });
    }
  };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(
      'no_server',
      `Cannot understand the answer of ${new URL(response.url).origin}: it is not Underseal that answers there (status ${response.status})`,
      'Check --server or UNDERSEAL_URL.',
    );
  }
}

/** Runs a request; where it does not reach a server, says so in words. */
export async function reach<T>(server: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof CliError || error instanceof BugError || (error as Error).name === 'AbortError') throw error;
    throw new NoServer(server, codeOf(error));
  }
}

export class NoServer extends CliError {
  constructor(server: string, state: string) {
    super(
      'no_server',
      `Cannot reach ${server}: ${state}`,
      HINTS[state] ?? 'Is it running? Start it with npm start, or name another by --server or UNDERSEAL_URL.',
    );
  }
}
const HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is not known here: name its issuer by NODE_EXTRA_CA_CERTS=FILE.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Its certificate is not known here: name its issuer by NODE_EXTRA_CA_CERTS=FILE.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Its certificate is not known here: name its issuer by NODE_EXTRA_CA_CERTS=FILE.',
  ENOTFOUND: 'There is no machine of that name.',
};

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return 'no connection';
}
