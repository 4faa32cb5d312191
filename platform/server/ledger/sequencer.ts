import { appendHashes, ed25519Signer, emptyTree, formatCheckpoint, leafHash, restoreTree, signNote, type TreeState } from '@underseal/ledger';
import type pg from 'pg';
import { PreparingClient, type PgSettings } from '../db.ts';
import type { KeyRing } from '../keys.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';
import { sealHolds } from '../seals.ts';
import { sha256 } from './hash.ts';
import { outboxSeal, subjectsOf } from './outbox.ts';

/** Any number will do, as long as all replicas use the same. */
const LEADER_LOCK = 4_380_002;
const BATCH = 1024;
const IDLE_MS = 200;
/** Under load entries are gathered: a batch costs the same however few there are in it. */
const GATHER_MS = 25;

export interface Sequencer {
  /** Called after a commit: entries get their place soon. */
  wake(): void;
  /** Resolves once everything that had committed before the call stands in the tree. */
  settle(): Promise<void>;
  close(): Promise<void>;
}
interface Parts {
  readonly owner: PgSettings;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly origin: string;
  readonly alarm: (code: string, facts: Readonly<Record<string, string | number>>) => void;
  /** Hears of every batch and its checkpoint, after commit. */
  readonly onSequenced: (entries: readonly Sequenced[], note: string) => void;
  /** Throws when the database is older than what was signed: nothing is signed upon that. */
  readonly assertHeld: () => Promise<void>;
}
export interface Sequenced {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  /** Every id that the entry speaks of. */
  readonly subjects: readonly string[];
  readonly leaf: Uint8Array;
}
interface Waiting {
  ordinal: number;
  id: string;
  type: string;
  at: Date;
  leaf: Buffer;
  seal: Buffer;
}

/** The one that gives entries their index: leader by session lock on a connection of its own, fenced by the unique tree size. */
export async function startSequencer(parts: Parts): Promise<Sequencer> {
  let state: TreeState | undefined;
  let client: pg.Client | undefined;
  let closing = false;
  let awake: (() => void) | undefined;
  let hurry: (() => void) | undefined;
  let rounds = 0;
  const waiters: { round: number; resolve: () => void }[] = [];

  const connect = async () => {
    client = new PreparingClient({ ...parts.owner, application_name: 'underseal sequencer' });
    client.on('error', () => (client = undefined));
    await client.connect();
    state = undefined;
  };
  const round = async () => {
    if (!client) await connect();
    const leader = client!;
    const { rows } = await leader.query<{ led: boolean }>('select pg_try_advisory_lock($1) as led', [LEADER_LOCK]);
    if (!rows[0]!.led) return undefined;
    try {
      if (!state) await parts.assertHeld();
      state ??= await loadState(leader);
      const done = await sequence(leader, state, parts);
      state = done.state;
      if (done.note !== undefined) parts.onSequenced(done.entries, done.note);
      return done.taken;
    } catch (error) {
      state = undefined;
      throw error;
    } finally {
      await leader.query('select pg_advisory_unlock($1)', [LEADER_LOCK]).catch(() => undefined);
    }
  };
  const loop = async () => {
    while (!closing) {
      const current = ++rounds;
      let taken: number | undefined;
      try {
        taken = await round();
      } catch (error) {
        parts.log.error({ err: error }, 'sequencer: round failed, will be tried again');
        await client?.end().catch(() => undefined);
        client = undefined;
        await pause(IDLE_MS);
        continue;
      }
      if (taken === undefined) {
        // Another replica leads just now: what waits may not stand in the tree yet.
        await pause(waiters.length > 0 ? 10 : IDLE_MS);
        continue;
      }
      if (taken >= BATCH) continue;
      for (const waiter of waiters.splice(0)) {
        // A round under way at the call may have looked before what the caller waits for had committed: only one that began since counts.
        if (waiter.round < current) waiter.resolve();
        else waiters.push(waiter);
      }
      if (waiters.length > 0) continue;
      if (taken > 0) await gather();
      else await pause(IDLE_MS);
    }
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      awake = hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  /** No commit ends this one; who waits for the tree does. */
  const gather = async () => {
    const rest = pause(GATHER_MS);
    awake = undefined;
    await rest;
  };

  await connect();
  const running = loop();
  return {
    wake: () => awake?.(),
    settle: () =>
      new Promise<void>((resolve) => {
        waiters.push({ round: rounds, resolve });
        hurry?.();
      }),
    async close() {
      closing = true;
      hurry?.();
      await running;
      await client?.end().catch(() => undefined);
    },
  };
}

async function loadState(client: pg.Client): Promise<TreeState> {
  const { rows } = await client.query<{ size: number; root: Buffer }>('select size, root from ledger_checkpoint order by size desc limit 1');
  const last = rows[0];
  if (!last) return emptyTree();
  // Throws if the stored tiles do not give the root of the checkpoint: nothing is ever signed that does not extend it.
  return restoreTree(sha256, {
    ...last,
    tile: async (level, index) =>
      (await client.query<{ hashes: Buffer }>('select hashes from ledger_tile where level = $1 and index = $2', [level, index])).rows[0]?.hashes ??
      Buffer.alloc(0),
  });
}

interface Done {
  readonly state: TreeState;
  readonly taken: number;
  readonly entries: readonly Sequenced[];
  /** The checkpoint over all so far, if there was anything new. */
  readonly note: string | undefined;
}
/** Takes what waits, gives indexes, extends the tree and signs it, in one transaction. */
async function sequence(client: pg.Client, state: TreeState, parts: Parts): Promise<Done> {
  const { rows } = await client.query<Waiting>('select ordinal, id, type, at, leaf, seal from ledger_outbox order by ordinal limit $1', [BATCH]);
  if (rows.length === 0) return { state, taken: 0, entries: [], note: undefined };
  const { rows: placed } = await client.query<{ id: string }>('select id from ledger_entry where id = any($1)', [rows.map((row) => row.id)]);
  // An old row that somebody put back has a seal that holds: it must not stop the rest for ever.
  const replayed = new Set(placed.map((row) => row.id));
  const sound = rows.filter((row) => !replayed.has(row.id) && sealHolds(parts.keys, 'ledger_outbox', outboxSeal(row), row.seal));
  const forged = rows.filter((row) => !sound.includes(row));
  const digests = sound.map((row) => leafHash(sha256, row.leaf));
  const next = appendHashes(sha256, state, digests);
  const entries = sound.map((row, i) => ({ index: state.size + i, id: row.id, type: row.type, subjects: subjectsOf(row.leaf), leaf: row.leaf }));
  let note: string | undefined;
  await client.query('begin');
  try {
    await insertEntries(client, { rows: sound, digests, from: state.size });
    await insertAbout(
      client,
      sound.flatMap(({ ordinal }, i) => entries[i]!.subjects.map((subject) => ({ subject, ordinal }))),
    );
    await insertTiles(client, next.tiles);
    if (sound.length > 0) {
      note = await signNote(formatCheckpoint({ origin: parts.origin, size: next.size, root: next.root }), [
        ed25519Signer(sha256, parts.keys.checkpointSigner(parts.origin)),
      ]);
      await client.query('insert into ledger_checkpoint (size, root, note, at) values ($1, $2, $3, $4)', [
        next.size,
        Buffer.from(next.root),
        note,
        parts.clock.now(),
      ]);
    }
    for (const row of forged)
      await client.query('insert into ledger_rejected (ordinal, id, leaf, found_at) values ($1, $2, $3, $4)', [
        row.ordinal,
        row.id,
        row.leaf,
        parts.clock.now(),
      ]);
    await client.query('delete from ledger_outbox where ordinal = any($1)', [rows.map((row) => row.ordinal)]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  for (const row of forged) parts.alarm(replayed.has(row.id) ? 'ledger.outbox_replayed' : 'ledger.outbox_seal_broken', { ordinal: row.ordinal });
  return { state: next.state, taken: rows.length, entries, note };
}

async function insertEntries(client: pg.Client, { rows, digests, from }: { rows: readonly Waiting[]; digests: readonly Uint8Array[]; from: number }) {
  await client.query(
    `insert into ledger_entry (index, ordinal, id, type, at, leaf, digest)
     select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[], $7::bytea[])`,
    [
      rows.map((_, i) => from + i),
      rows.map((row) => row.ordinal),
      rows.map((row) => row.id),
      rows.map((row) => row.type),
      rows.map((row) => row.at),
      rows.map((row) => row.leaf),
      digests.map((digest) => Buffer.from(digest)),
    ],
  );
}

async function insertAbout(client: pg.Client, about: readonly { subject: string; ordinal: number }[]) {
  await client.query('insert into ledger_about (subject, ordinal) select * from unnest($1::text[], $2::bigint[])', [
    about.map(({ subject }) => subject),
    about.map(({ ordinal }) => ordinal),
  ]);
}

async function insertTiles(client: pg.Client, tiles: readonly { level: number; index: number; width: number; bytes: Uint8Array }[]) {
  await client.query(
    `insert into ledger_tile (level, index, width, hashes) select * from unnest($1::int[], $2::bigint[], $3::int[], $4::bytea[])
     on conflict (level, index) do update set width = excluded.width, hashes = excluded.hashes`,
    [tiles.map((tile) => tile.level), tiles.map((tile) => tile.index), tiles.map((tile) => tile.width), tiles.map((tile) => Buffer.from(tile.bytes))],
  );
}
