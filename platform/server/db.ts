import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  PostgresDriver,
  sql,
  type DatabaseConnection,
  type PostgresDialectConfig,
  type RawBuilder,
  type Transaction,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;
/** A transaction, or the database itself for reads that need none. */
export type Tx = Transaction<Tables> | Db;
export interface PgSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: boolean;
}
/** Two logins: the owner migrates and sequences; the application owns nothing. */
export interface DatabaseSettings {
  readonly owner: PgSettings;
  readonly app: PgSettings;
}

// bigint columns are indexes and sizes far below 2^53; numeric strings would spread through every rule.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// A date is a day of the calendar, not an instant.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export interface OpenedPool {
  readonly db: Db;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

const PREPARED_MOST = 500;
const prepared = new Map<string, string>();
/**
 * A connection whose statements are planned once, not at every call, and go out together where they are given together: a system call is the dearest part of a
 * small statement. The texts are those of the code; beyond a bound, what varies is not prepared.
 */
export class PreparingClient extends pg.Client {
  #gathering = false;
  #gather() {
    if (this.#gathering) return;
    this.#gathering = true;
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }
  override query(...args: unknown[]): never {
    this.#gather();
    const [text, values] = args;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0 || args.length > 2) return super.query(...(args as [string])) as never;
    if (!prepared.has(text) && prepared.size < PREPARED_MOST) prepared.set(text, `s${prepared.size}`);
    const name = prepared.get(text);
    return super.query(name === undefined ? { text, values } : { name, text, values }) as never;
  }
}

/** What a transaction sends along with its commit. */
const lastStatements = new WeakMap<DatabaseConnection, CompiledQuery[]>();
/** Settles with `begin`; undefined means that it went well. */
const begun = new WeakMap<DatabaseConnection, Promise<Error | undefined>>();

/** Two waits fewer in each transaction: `begin` goes with its first statement, and the last one with `commit`. */
class Driver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    lastStatements.set(connection, []);
    if (settings.isolationLevel || settings.accessMode) return super.beginTransaction(connection, settings);
    begun.set(
      connection,
      connection.executeQuery(CompiledQuery.raw('begin')).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error('The transaction could not begin', { cause: error })),
      ),
    );
  }
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const failed = await begun.get(connection);
    if (failed) throw failed;
    const sent = takeLast(connection).map((statement) => connection.executeQuery(statement));
    // After a statement that failed, this commit rolls back.
    const outcomes = await Promise.allSettled([...sent, super.commitTransaction(connection)]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
  override rollbackTransaction(...[connection]: Parameters<PostgresDriver['rollbackTransaction']>): Promise<void> {
    takeLast(connection);
    return super.rollbackTransaction(connection);
  }
}
function takeLast(connection: DatabaseConnection): readonly CompiledQuery[] {
  const statements = lastStatements.get(connection) ?? [];
  lastStatements.delete(connection);
  return statements;
}
/** Sends a statement after all others of the transaction, along with its commit. What is wrong with it must fail in the database, and takes the transaction back. */
export async function sendWithCommit(tx: Tx, statement: RawBuilder<unknown>): Promise<void> {
  const query = statement.compile(tx);
  await tx.getExecutor().provideConnection(async (connection) => {
    const statements = lastStatements.get(connection);
    if (!statements) throw new Error('There is no transaction to send this with');
    statements.push(query);
  });
}

class Dialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver() {
    return new Driver(this.#config);
  }
}

/** Opens a pool. `onStatement` counts statements, for the test that hidden and absent cost the same. */
export function openPool(settings: PgSettings, options: { max: number; onStatement?: () => void; onError?: (error: Error) => void }): OpenedPool {
  const pool = new pg.Pool({
    ...settings,
    max: options.max,
    ssl: settings.ssl ?? false,
    application_name: 'underseal',
    idleTimeoutMillis: 30_000,
    Client: PreparingClient,
    pipeline: true,
  });
  pool.on('error', (error) => options.onError?.(error));
  // The pool listens only to idle connections: one that breaks between two statements of a transaction would end the process.
  pool.on('connect', (connection) => connection.on('error', () => undefined));
  const dialect = new Dialect({ pool });
  const db = new Kysely<Tables>({ dialect, ...(options.onStatement ? { log: () => options.onStatement!() } : {}) });
  return { db, pool, close: () => db.destroy() };
}

/** One of these ids, as one parameter: a list of each length in its text would be another statement to prepare. `where('id', '=', anyOf(ids))`. */
export function anyOf(ids: Iterable<string>): RawBuilder<string> {
  return sql`any(${[...ids]}::text[])`;
}

/** The settings that a `postgres://` URL holds. */
export function settingsOfUrl(url: string): PgSettings {
  const at = new URL(url);
  return {
    host: at.searchParams.get('host') ?? decodeURIComponent(at.hostname),
    port: Number(at.port || 5432),
    user: decodeURIComponent(at.username),
    password: decodeURIComponent(at.password),
    database: decodeURIComponent(at.pathname.slice(1)) || 'postgres',
    ssl: ['require', 'verify-ca', 'verify-full'].includes(at.searchParams.get('sslmode') ?? ''),
  };
}

/** Whether a statement failed since the connection did, or the server is starting or stopping. What it was about to change may or may not have been committed. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'connect' || code === 'ECONNRESET' || code === 'EPIPE') return true;
  return /^(08|57P0)/.test(code ?? '') || /^Connection terminated|not queryable$/.test(error.message);
}
