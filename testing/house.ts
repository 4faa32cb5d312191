import { AsyncLocalStorage } from 'node:async_hooks';
import { after } from 'node:test';
import { client, Failure, FAILURE_STATUS, type Client, type Contract, type Operations, type Send } from '@underseal/contract';
import { allFeatures, createGate } from '#apps/server/features.ts';
import type { Role } from '#features/people/contract.ts';
import { ROLE_PERMISSIONS } from '#features/people/contract.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import type { Actor } from '#platform/server/actor.ts';
import { createMemoryBlobs } from '#platform/server/blobs.ts';
import { readConfig } from '#platform/server/config.ts';
import { openHouse, type House } from '#platform/server/house.ts';
import { newRootKey } from '#platform/server/keys.ts';
import { createLog } from '#platform/server/log.ts';
import { freshDatabase } from './database.ts';

/** A clock that a test holds. */
export interface HeldClock {
  now(): Date;
  set(at: Date): void;
  advance(milliseconds: number): void;
}
export interface TestHouse extends House {
  readonly clock: HeldClock;
  /** Everything that was logged, as text. */
  readonly logged: () => string;
  readonly owner: Awaited<ReturnType<typeof freshDatabase>>['owner'];
  readonly app: Awaited<ReturnType<typeof freshDatabase>>['app'];
  /** Statements that calls through this kit have sent to the database so far. */
  readonly statements: () => number;
  /** A person of that name with those roles, hired on first mention. */
  hire(name: string, roles: readonly Role[]): Promise<TestPerson>;
  /** Sends as any actor, as HTTP would. */
  sendAs(actor: Actor): Send;
}
export interface TestPerson {
  readonly id: string;
  readonly actor: Actor;
  readonly send: Send;
  on<N extends string, Ops extends Operations>(contract: Contract<N, Ops>): Client<Ops>;
}

/** The whole house on a database of its own; closes itself after the tests of the file. */
export async function startHouse({ choresEveryMs = null }: { choresEveryMs?: number | null } = {}): Promise<TestHouse> {
  const database = await freshDatabase();
  const lines: string[] = [];
  const clock = holdClock(new Date('2026-11-23T09:00:00.000Z'));
  let statements = 0;
  // Reactions, jobs and the index ask the database too; only what a call asks is counted.
  const asked = new AsyncLocalStorage<true>();
  const house = await openHouse({
    config: readConfig({}),
    database,
    root: newRootKey(),
    blobs: createMemoryBlobs(),
    clock,
    log: createLog('debug', { write: (line) => void lines.push(line) }),
    createGate,
    features: allFeatures,
    // What is recorded each minute falls between any two steps of a test that takes long.
    choresEveryMs,
    onStatement: () => {
      if (asked.getStore()) statements++;
    },
  });
  after(async () => {
    await house.close();
    await database.drop();
  });
  const sendAs =
    (actor: Actor): Send =>
    async (name, input, options) => {
      try {
        // Through JSON, as over the wire.
        const body = JSON.parse(
          JSON.stringify(
            await asked.run(true, () =>
              house.run(
                name,
                actor,
                JSON.parse(JSON.stringify(input)),
                options?.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey },
              ),
            ),
          ),
        );
        return { status: 200, body };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return {
          status: FAILURE_STATUS[error.kind],
          body: { error: { kind: error.kind, code: error.code, message: error.message, ref: 'test', details: error.details } },
        };
      }
    };
  const people = new Map<string, Promise<TestPerson>>();
  const hire = async (name: string, roles: readonly Role[]): Promise<TestPerson> => {
    const id = await hirePerson(house.services, { name, email: `${name.toLowerCase().replace(/\W+/g, '.')}@halvorsen.example`, roles });
    const actor: Actor = {
      kind: 'person',
      id,
      permissions: new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role])),
      session: { id: house.services.newId('ses'), kind: 'browser', byFactor: true, strong: true },
      // Whoever is hired has always just proved that it is she.
      get strongAt() {
        return clock.now();
      },
      address: '127.0.0.1',
    };
    const send = sendAs(actor);
    return { id, actor, send, on: (contract) => client(contract, send) };
  };
  return Object.assign(house, {
    clock,
    owner: database.owner,
    app: database.app,
    logged: () => lines.join(''),
    statements: () => statements,
    sendAs,
    hire: (name: string, roles: readonly Role[]) => people.get(name) ?? people.set(name, hire(name, roles)).get(name)!,
  });
}

export function holdClock(start: Date): HeldClock {
  let at = start;
  return { now: () => at, set: (next) => (at = next), advance: (milliseconds) => (at = new Date(at.getTime() + milliseconds)) };
}
