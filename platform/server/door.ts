import type { EventDefinition, Operation } from '@underseal/contract';
import { Failure, failure } from '@underseal/contract';
import type { ZodType } from 'zod';
import type { Actor } from './actor.ts';
import type { Db, Tx } from './db.ts';
import type { Before, Ctx, Feature, Handler } from './feature.ts';
import type { Subject } from './gate.ts';
import { claimKey, findClaim, keepIds, type Claim } from './idempotency.ts';
import { pend, writeEntries, type Committed, type Pending } from './ledger/outbox.ts';
import { inputWrong, parseInput } from './parse-input.ts';
import type { Refusals } from './refusals.ts';
import type { Services } from './services.ts';
import { sealRow } from './seals.ts';
import { issueTicket } from './tickets.ts';

export interface CallOptions {
  readonly idempotencyKey?: string;
}
export type Run = (name: string, actor: Actor, input: unknown, options?: CallOptions) => Promise<unknown>;

export const doorFailures = {
  operationMissing: failure('missing', 'platform.operation_missing'),
  signInNeeded: failure('unauthenticated', 'platform.sign_in_needed'),
  notPermitted: failure('denied', 'platform.not_permitted'),
  inputWrong,
  subjectMissing: failure('missing', 'platform.subject_missing'),
  factorNeeded: failure('denied', 'platform.factor_needed'),
  contentNeedsPerson: failure('denied', 'platform.content_needs_person'),
  releaseNotRepeatable: failure('invalid', 'platform.release_not_repeatable'),
  ownerOnly: failure('denied', 'platform.owner_only'),
  notCompared: failure('unavailable', 'platform.not_compared'),
  openingNotGranted: failure('denied', 'platform.opening_not_granted'),
};

interface Entry {
  readonly operation: Operation;
  readonly handler: Handler<Operation>;
}
interface House {
  readonly services: Services;
  readonly operations: ReadonlyMap<string, Entry>;
  readonly refusals: Refusals;
  readonly committed: Committed;
  /** Whether rows that give power are known to be as the ledger tells. */
  readonly isCompared: () => boolean;
}

/** The one door. Every call of every client goes through here: HTTP, command line, tests. */
export function createDoor(
  features: readonly Feature[],
  services: Services,
  { refusals, committed, isCompared = () => true }: Pick<House, 'refusals' | 'committed'> & Partial<Pick<House, 'isCompared'>>,
): { run: Run; operations: ReadonlyMap<string, Entry> } {
  const operations = new Map<string, Entry>();
  for (const { contract, handlers } of features) {
    for (const [verb, operation] of Object.entries(contract.operations)) operations.set(operation.name, { operation, handler: handlers[verb]! });
  }
  const house: House = { services, operations, refusals, committed, isCompared };
  return { operations, run: (name, actor, input, options) => run(house, { name, actor, input, options: options ?? {} }) };
}

interface Call {
  readonly name: string;
  readonly actor: Actor;
  readonly input: unknown;
  readonly options: CallOptions;
}

async function run(house: House, call: Call): Promise<unknown> {
  const entry = house.operations.get(call.name);
  if (!entry) throw doorFailures.operationMissing('Cannot find this operation');
  try {
    assertPermitted(entry.operation, call);
    assertCompared(house, entry.operation);
    const input = parseInput(entry.operation, call.input);
    return await (entry.operation.kind === 'read' ? answerRead(house, entry, call, input) : commit(house, entry, call, input));
  } catch (error) {
    if (error instanceof Failure) await house.refusals.record(error, call.actor, { operation: call.name, subject: subjectIdOf(entry.operation, call.input) });
    throw error;
  }
}

function assertCompared({ isCompared }: House, { kind }: Operation) {
  if (kind === 'release' && !isCompared())
    throw doorFailures.notCompared('Cannot give content now: what may be opened could not be compared with the ledger; tell whoever runs the server');
}

function assertPermitted({ needs, kind }: Operation, { actor, options }: Call) {
  if (needs !== 'anyone') {
    if (actor.kind === 'stranger') throw doorFailures.signInNeeded('Cannot do this: sign in first');
    if (needs === 'self' ? actor.kind !== 'person' : !actor.permissions.has(needs) && actor.kind !== 'system') {
      throw doorFailures.notPermitted('Cannot do this: your role does not allow it');
    }
  }
  if (kind === 'release') {
    if (actor.kind !== 'person') throw doorFailures.contentNeedsPerson('Cannot give content to a program: sign in as a person');
    if (actor.session?.kind === 'command-line' && !actor.session.byFactor)
      throw doorFailures.factorNeeded(
        'Cannot give content on the command line after a password alone: add a one-time code app on your page, then `underseal login --code`',
      );
    if (options.idempotencyKey !== undefined) throw doorFailures.releaseNotRepeatable('Cannot repeat a release by an idempotency key');
  }
}

async function answerRead(house: House, { operation, handler }: Entry, { actor }: Call, input: Record<string, unknown>) {
  const { services } = house;
  const now = services.clock.now();
  const subject = await decide(services.db, operation, { services, actor, input, at: now, hold: false });
  const recorded: Pending[] = [];
  const ctx = makeCtx(house, { tx: services.db, actor, now, subject, operation, recorded });
  return operation.output.parse(await callPlain(handler, ctx, { services, db: services.db, actor, now, subject }, input));
}

async function commit(house: House, { operation, handler }: Entry, call: Call, input: Record<string, unknown>) {
  const { services } = house;
  const { actor } = call;
  const now = services.clock.now();
  const slow = typeof handler !== 'function';
  const { idempotencyKey: key } = call.options;
  // Strangers are all one: a key of theirs could be anybody's.
  const claiming = key === undefined || actor.kind === 'stranger' ? undefined : { key, actor, operation, input, services };
  let prepared: unknown;
  if (slow) {
    const subject = await decide(services.db, operation, { services, actor, input, at: now, hold: false });
    const before = claiming && (await findClaim(services.db, claiming));
    if (before) return operation.output.parse(before.ids);
    prepared = await handler.prepare({ db: services.db, actor, now, services, subject }, input as never);
  }
  const { answer, entries } = await undeadlocked(services.db, async (tx) => {
    const at = services.clock.now();
    const subject = await decide(tx, operation, { services, actor, input, at, hold: true });
    const claim = claiming && (await claimKey(tx, claiming));
    if (claim?.repeated) return { answer: operation.output.parse(claim.ids), entries: [] };
    const recorded: Pending[] = [];
    const ctx = makeCtx(house, { tx, actor, now: at, subject, operation, recorded });
    const raw = slow ? await handler.run(ctx, input as never, prepared) : await handler(ctx, input as never);
    return { answer: await finish(tx, { operation, recorded, raw, actor, at, services, claim }), entries: recorded };
  });
  house.committed(entries);
  return answer;
}

const DEADLOCK = '40P01';
/** Of two that wait for each other PostgreSQL ends one: nothing of it remains, and it is done again. */
async function undeadlocked<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries === 3 || (error as { code?: unknown }).code !== DEADLOCK) throw error;
    }
  }
}

interface Finish {
  readonly operation: Operation;
  readonly recorded: readonly Pending[];
  readonly raw: unknown;
  readonly actor: Actor;
  readonly at: Date;
  readonly services: Services;
  readonly claim: Claim | undefined;
}
async function finish(tx: Tx, { operation, recorded, raw, actor, at, services, claim }: Finish) {
  if (!recorded.some((entry) => operation.records.some((event) => event.name === entry.event.name)))
    throw new Error(`${operation.name} changed state without recording it`);
  const answer = operation.output.parse(raw);
  if (claim) await keepIds(tx, claim, answer);
  await writeEntries(tx, recorded, { keys: services.keys, actor: actor.id, at, via: operation.name });
  return answer;
}

interface Deciding {
  readonly services: Services;
  readonly actor: Actor;
  readonly input: Record<string, unknown>;
  readonly at: Date;
  readonly hold: boolean;
}
/** Hidden and absent are one case: no subject. */
async function decide(tx: Tx, operation: Operation, { services, actor, input, at, hold }: Deciding): Promise<Subject | undefined> {
  if (operation.about === undefined) return undefined;
  const id = input[operation.about];
  if (typeof id !== 'string') throw doorFailures.subjectMissing('Cannot find this');
  // Who answers for a secret often changes what the power rests on: such rows are held as if they were changed, or two at once would wait for each other.
  const held = hold && (operation.strength === 'own' ? 'change' : 'use');
  const subject = await services.gate.decide(tx, { actor, id, at, hold: held });
  if (!subject?.may.know) throw doorFailures.subjectMissing('Cannot find this');
  if (operation.strength === 'own' && !subject.may.own) throw doorFailures.ownerOnly('Cannot do this: only the owner of the secret may');
  if (operation.strength === 'open' && !subject.may.open) throw doorFailures.openingNotGranted('Cannot open this: no grant lets you in');
  return subject;
}

interface CtxParts {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: Date;
  readonly subject: Subject | undefined;
  readonly operation: Operation;
  readonly recorded: Pending[];
}
function makeCtx(house: House, parts: CtxParts): Ctx {
  const { tx, actor, now, subject, operation, recorded } = parts;
  const { services } = house;
  const ctx = {
    tx,
    actor,
    now,
    services,
    get subject() {
      if (!subject) throw new Error(`${operation.name} has no subject`);
      return subject;
    },
    record(event: EventDefinition, data: unknown) {
      if (operation.kind === 'read') throw new Error(`${operation.name} is a read and cannot record`);
      const entry = pend(event, data);
      recorded.push(entry);
      return entry.id;
    },
    async call(other: Operation, raw: unknown) {
      // A read has no transaction and no entries: what is called in it would leave no trace.
      if (operation.kind === 'read' && other.kind !== 'read') throw new Error(`${operation.name} is a read and cannot call ${other.name}`);
      return callWithin(house, { ...parts, operation: other }, raw);
    },
    async belongs(id: string, secretId: string) {
      const row = { id, secret_id: secretId };
      await tx
        .insertInto('gate_subject')
        .values({ ...row, seal: sealRow(services.keys, 'gate_subject', row) })
        .execute();
    },
    ticket(kind: string, payload: Readonly<Record<string, string | number>>) {
      const entry = recorded.at(-1);
      if (!entry) throw new Error(`${operation.name} gives a ticket for what it did not record`);
      return issueTicket(tx, { kind, payload, entryId: entry.id, actor, now, keys: services.keys });
    },
  };
  return ctx as unknown as Ctx;
}

/** Another feature's operation in the same transaction: asked for permission and by the gate as if it came from outside. */
async function callWithin(house: House, parts: CtxParts, raw: unknown): Promise<unknown> {
  const { operation, actor, tx, now } = parts;
  const entry = house.operations.get(operation.name);
  if (!entry) throw new Error(`${operation.name} is not served`);
  assertPermitted(operation, { name: operation.name, actor, input: raw, options: {} });
  assertCompared(house, operation);
  const input = parseInput(operation, raw);
  const subject = await decide(tx, operation, { services: house.services, actor, input, at: now, hold: true });
  const ctx = makeCtx(house, { ...parts, subject });
  if (typeof entry.handler !== 'function') throw new Error(`${operation.name} prepares slow work and cannot be called within a transaction`);
  const before = parts.recorded.length;
  const answer = operation.output.parse(await entry.handler(ctx, input as never));
  if (operation.kind !== 'read' && parts.recorded.length === before) throw new Error(`${operation.name} changed state without recording it`);
  return answer;
}

async function callPlain(handler: Handler<Operation>, ctx: Ctx, before: Before, input: Record<string, unknown>): Promise<unknown> {
  if (typeof handler === 'function') return handler(ctx, input as never);
  return handler.run(ctx, input as never, await handler.prepare(before, input as never));
}

/** What a call is about, where it is an id of the kind that is asked for: an id of another would be told in the timeline of something that the call had nothing to do with. */
function subjectIdOf({ about, input: { shape } }: Operation, input: unknown): string | undefined {
  if (about === undefined || typeof input !== 'object' || input === null) return undefined;
  const id = (shape as Readonly<Record<string, ZodType>>)[about]!.safeParse((input as Record<string, unknown>)[about]);
  return id.success && typeof id.data === 'string' ? id.data : undefined;
}
