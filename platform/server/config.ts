import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { z } from 'zod';

/** What can be set, in one place: each key with its name in the environment, what it does, and how a wrong one is mended. */
interface Setting<T extends z.ZodType = z.ZodType> {
  readonly env: string;
  readonly doc: string;
  readonly mend: string;
  readonly schema: T;
}
function setting<T extends z.ZodType>(env: string, schema: T, doc: string, mend: string): Setting<T> {
  return { env, doc, mend, schema };
}
/** Texts, parted by commas. */
const list = z
  .string()
  .default('')
  .transform((given) =>
    given
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  );
const readableFile = z.string().refine(isReadable, 'is not a readable file');
const secretFile = readableFile.refine(isPrivate, 'can be read by others');
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'is not a postgres:// URL');

export const SETTINGS = {
  data: setting(
    'UNDERSEAL_DATA',
    z.string().default('./data').refine(isWritableFolder, 'is no folder that can be written, or made, by this user'),
    'Folder for the embedded database, ciphertext and keys.',
    'name a folder that this user may write',
  ),
  host: setting(
    'UNDERSEAL_HOST',
    z
      .string()
      .default('127.0.0.1')
      .refine((host) => host === 'localhost' || isIP(host) !== 0, 'is no IP address'),
    'Address to listen on. Until set up, only loopback is served.',
    'give an IP address, such as 127.0.0.1 or 0.0.0.0',
  ),
  port: setting(
    'UNDERSEAL_PORT',
    z
      .string()
      .default('4380')
      .refine((given) => /^\d{1,5}$/.test(given) && Number(given) <= 65_535, 'is no port')
      .transform(Number),
    'Port to listen on.',
    'give a number from 1 to 65535',
  ),
  allowedHosts: setting(
    'UNDERSEAL_ALLOWED_HOSTS',
    list.transform((hosts) => hosts.map((host) => host.toLowerCase())).refine((hosts) => hosts.every(isHostName), 'names something that is no host name'),
    'Names under which browsers may reach this server, separated by commas; loopback names are always allowed.',
    'give host names without scheme or port, such as secrets.example.com',
  ),
  trustedProxies: setting(
    'UNDERSEAL_TRUSTED_PROXIES',
    list.refine((addresses) => addresses.every((address) => isIP(address) !== 0), 'names something that is no IP address'),
    'Addresses of the proxies in front, separated by commas: only from these are X-Forwarded-For and X-Forwarded-Proto believed. Without it forwarded requests are refused.',
    'give IP addresses, such as 127.0.0.1',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    postgresUrl.optional(),
    'An outside PostgreSQL 15 or newer, as its owner; without it the embedded one is used.',
    'use postgres://owner:password@host:5432/database',
  ),
  databaseAppUrl: setting(
    'DATABASE_APP_URL',
    postgresUrl.optional(),
    'The same database as a role that owns nothing. Needed where the owner may not create roles.',
    'use postgres://role:password@host:5432/database',
  ),
  rootKeyFile: setting(
    'UNDERSEAL_ROOT_KEY_FILE',
    z
      .string()
      .refine((file) => isWritableFolder(path.dirname(file)), 'lies in no folder that this user may write')
      .refine((file) => !existsSync(file) || isPrivate(file), 'can be read by others, or not by this user')
      .optional(),
    'Where the root key lies; by default `root.key` in the data folder. Keep it apart from backups.',
    'name a file that only this user may read',
  ),
  passphraseFile: setting(
    'UNDERSEAL_PASSPHRASE_FILE',
    secretFile.refine(holdsPassphrase, 'holds a passphrase shorter than 16 characters').optional(),
    'A file whose first line is the passphrase that wraps the root key, instead of a bare keyfile.',
    'chmod 600 the file, and give it a first line of 16 characters or more',
  ),
  tlsCertificate: setting(
    'UNDERSEAL_TLS_CERT',
    readableFile.optional(),
    'Certificate chain in PEM; with it the server speaks TLS only.',
    'name the PEM file of the chain',
  ),
  tlsKey: setting('UNDERSEAL_TLS_KEY', secretFile.optional(), 'Private key of the certificate, in PEM.', 'chmod 600 the file and see that it exists'),
  logLevel: setting(
    'UNDERSEAL_LOG',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], { error: 'is no level of logging' }).default('info'),
    'How much is logged, as JSON on stdout.',
    'choose fatal, error, warn, info, debug or silent',
  ),
} as const;

type Settings = typeof SETTINGS;
export type Config = { readonly [K in keyof Settings]: z.output<Settings[K]['schema']> };

/** All that is wrong with the settings, at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `Cannot start: ${problems.length === 1 ? 'one setting is' : `${problems.length} settings are`} wrong\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the settings. Throws ConfigError that names every wrong one with its mend; an unknown UNDERSEAL_ name is wrong too. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { env: name, schema, mend }] of Object.entries(SETTINGS)) {
    const given = env[name] === '' ? undefined : env[name];
    const parsed = schema.safeParse(given);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}: ${mend}`);
  }
  problems.push(...unknownNames(env), ...crossProblems(values as Partial<Config>));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Config;
}

/** Names that other programs of the house read. */
const OTHERS = new Set([
  'UNDERSEAL_URL',
  'UNDERSEAL_TOKEN',
  'UNDERSEAL_SESSION_FILE',
  'UNDERSEAL_PARENT_PIPE',
  'UNDERSEAL_TEST_DATABASE',
  'UNDERSEAL_TEST_URL',
]);
function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(Object.values(SETTINGS).map((entry) => entry.env));
  return Object.keys(env)
    .filter((name) => name.startsWith('UNDERSEAL_') && !known.has(name) && !OTHERS.has(name))
    .map((name) => `${name} is not a setting: see docs/configuration.md for the names`);
}

function crossProblems(config: Partial<Config>): string[] {
  const problems: string[] = [];
  if (!!config.tlsCertificate !== !!config.tlsKey) problems.push('UNDERSEAL_TLS_CERT and UNDERSEAL_TLS_KEY go together: set both or neither');
  if (config.tlsCertificate && config.tlsKey && !isPair({ cert: config.tlsCertificate, key: config.tlsKey }))
    problems.push(
      'UNDERSEAL_TLS_CERT and UNDERSEAL_TLS_KEY are no pair in PEM: give the chain, its first certificate that of the key, and the key without a passphrase',
    );
  if (config.databaseAppUrl && !config.databaseUrl)
    problems.push('DATABASE_APP_URL is set without DATABASE_URL: set both, or neither for the embedded database');
  if (config.rootKeyFile && config.passphraseFile) problems.push('UNDERSEAL_ROOT_KEY_FILE and UNDERSEAL_PASSPHRASE_FILE exclude each other: set one');
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host ?? '127.0.0.1');
  if (!loopback && config.allowedHosts?.length === 0)
    problems.push('UNDERSEAL_HOST is not loopback, and UNDERSEAL_ALLOWED_HOSTS is empty: name the hosts under which browsers reach this server');
  if (!loopback && !config.tlsCertificate && config.trustedProxies?.length === 0)
    problems.push(
      'UNDERSEAL_HOST is not loopback, and passwords would travel in clear: set UNDERSEAL_TLS_CERT and UNDERSEAL_TLS_KEY, or name the proxy that speaks TLS in UNDERSEAL_TRUSTED_PROXIES',
    );
  return problems;
}
function isPair({ cert, key }: { cert: string; key: string }): boolean {
  try {
    tls.createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
    return true;
  } catch {
    return false;
  }
}

/** As browsers send it: a name or an address, an IPv6 one in brackets. */
function isHostName(host: string): boolean {
  const bracketed = /^\[(.+)\]$/.exec(host)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(label));
}
/** What is not there yet is made in the nearest folder that is. */
function isWritableFolder(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      accessSync(at, constants.W_OK | constants.X_OK);
      return statSync(at).isDirectory();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === path.dirname(at)) return false;
    }
  }
}
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
function holdsPassphrase(file: string): boolean {
  return isReadable(file) && passphraseIn(file).length >= 16;
}
/** The first line of the file. */
export function passphraseIn(file: string): string {
  return readFileSync(file, 'utf8').split(/\r?\n/)[0]!;
}
function isPrivate(file: string): boolean {
  return process.platform === 'win32' || (isReadable(file) && (statSync(file).mode & 0o077) === 0);
}

/** Where a path of the data folder lies. */
export function inData(config: Config, ...names: string[]): string {
  return path.resolve(config.data, ...names);
}
