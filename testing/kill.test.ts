import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { findRunning } from '#platform/server/embedded.ts';
import { spawnProgram, startProgram, survivors, type Program } from './program.ts';
import { checkTree } from './tree.ts';

const ROUNDS = process.env['SLOW'] ? 50 : 5;
const skip = process.platform !== 'linux' && 'processes are looked up in /proc';
const data = mkdtempSync(path.join(os.tmpdir(), 'underseal-kill-'));
let running: Program | undefined;
let token = '';
let annId = '';
/** Secrets whose entering was answered with success. */
const acknowledged = new Set<string>();

after(async () => {
  if (running) {
    const left = running.processes();
    running.launcher.kill('SIGTERM');
    await survivors(left);
  }
  rmSync(data, { recursive: true, force: true });
});

async function call(url: string, name: string, input: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${url}/api/${name}`, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('it is set up over HTTP', { skip }, async () => {
  running = await startProgram(data);
  await until(() => /^ {2}http:\/\/127\.0\.0\.1:\d+\/set-up#\S{16,}$/m.test(running!.said()));
  const codeFile = path.join(data, 'setup-code');
  await until(() => existsSync(codeFile) && readFileSync(codeFile, 'utf8').endsWith('\n'));
  const { status, body } = await call(running.url, 'people.install', {
    code: readFileSync(codeFile, 'utf8').trim(),
    organisation: 'Halvorsen',
    name: 'Ann',
    email: 'ann@halvorsen.example',
    password: 'four tall herons at noon',
    kind: 'command-line',
  });
  assert.equal(status, 200, JSON.stringify(body));
  token = String(body['sessionToken']);
  annId = String(body['personId']);
});

test('a second instance on the same data is refused, and the first goes on', { skip }, async () => {
  const second = spawnProgram(data);
  assert.notEqual(await second.ended, 0);
  assert.match(second.said(), /another instance is using/);
  assert.equal((await call(running!.url, 'people.me', {})).status, 200);
});

/** What is shot in the middle of work, in turn. */
const SHOTS = {
  server: (program: Program) => kill(program, (command) => command.endsWith('apps/server/main.ts') && !command.includes('run.mjs')),
  database: (program: Program) => kill(program, (command) => /bin\/postgres -D/.test(command)),
  launcher: (program: Program) => program.launcher.kill('SIGKILL'),
  everything: (program: Program) => kill(program, () => true),
};

for (let round = 0; round < ROUNDS; round++) {
  const [what, shoot] = Object.entries(SHOTS)[round % 4]!;
  test(`round ${round + 1}: ${what} killed at work; all that was acknowledged is there, with its entry`, { skip }, async () => {
    const program = running!;
    const before = acknowledged.size;
    const family = program.processes();
    const stop = new AbortController();
    const working = Promise.all([0, 1, 2].map((worker) => work(program.url, `R${round}-${worker}`, stop.signal)));
    await until(() => acknowledged.size > before + 5);
    // A random moment is what is meant here: each round falls into another place of the work.
    await wait(Math.random() * 300);
    shoot(program);
    if (what === 'database') {
      const then = acknowledged.size;
      await until(() => acknowledged.size > then + 5);
      stop.abort();
      await working;
      return checkAll(program);
    }
    await program.ended;
    stop.abort();
    await working;
    // Killed with no time to tell, the server leaves PostgreSQL behind: the next start ends it.
    const orphans = await (what === 'launcher' ? survivors(family) : []);
    assert.deepEqual(orphans, [], 'what was told, or finds its parent gone, ends by itself');

    running = await startProgram(data);
    assert.deepEqual(await survivors(family), [], 'the start ends what was left');
    await checkAll(running);
  });
}

test('SIGTERM ends everything and leaves no process', { skip }, async () => {
  const program = running!;
  const family = program.processes();
  assert.ok(family.some(({ command }) => command.includes('bin/postgres')) && family.length > 3, String(family.length));
  program.launcher.kill('SIGTERM');
  assert.equal(await program.ended, 0);
  assert.deepEqual(await survivors(family), []);
  running = undefined;
  assert.equal(findRunning(data), undefined);
});

for (const by of ['npm', 'cli'] as const)
  test(`started by ${by}, it ends with that and leaves no process`, { skip }, async () => {
    const program = await startProgram(data, by);
    await checkAll(program);
    const family = program.processes();
    assert.ok(family.some(({ command }) => command.includes('bin/postgres')));
    program.launcher.kill('SIGTERM');
    await program.ended;
    assert.deepEqual(await survivors(family), []);
    assert.equal(findRunning(data), undefined);
  });

test('SIGTERM while it starts leaves no process either, and the data in order', { skip }, async () => {
  const starting = spawnProgram(data);
  const database = () => starting.processes().filter(({ command }) => command.includes('bin/postgres'));
  await until(() => database().length > 0);
  const family = starting.processes();
  starting.launcher.kill('SIGTERM');
  assert.equal(await starting.ended, 0, starting.said());
  assert.deepEqual(await survivors(family), []);
  assert.equal(findRunning(data), undefined);
  running = await startProgram(data);
  await checkAll(running);
});

/** Enters one secret after the other until it is stopped or nobody answers. */
async function work(url: string, name: string, signal: AbortSignal) {
  for (let i = 0; !signal.aborted; i++) {
    try {
      const input = { codeName: `${name}-${i}`, title: 'A recipe', tier: 1, ownerId: annId };
      const { status, body } = await call(url, 'register.enter', input);
      if (status === 200) acknowledged.add(String(body['secretId']));
      else await wait(20);
    } catch {
      return;
    }
  }
}

async function checkAll({ url }: Program) {
  const { client, owner } = await connectOwner();
  try {
    while (((await client.query('select from ledger_outbox')).rowCount ?? 0) > 0) await wait(20);
    let answer = await call(url, 'evidence.checkpoint', {});
    for (let tries = 0; answer.status !== 200 && tries < 400; tries++) answer = await wait(25).then(() => call(url, 'evidence.checkpoint', {}));
    const { body } = answer;
    const { entries } = await checkTree(owner, String(body['verifier']));
    const recorded = new Set(entries.filter(({ type }) => type === 'register.entered').map(({ open }) => String(open['secretId'])));
    const { rows } = await client.query<{ id: string }>('select id from register_secret');
    const kept = new Set(rows.map(({ id }) => id));
    for (const id of acknowledged) assert.ok(kept.has(id) && recorded.has(id), `${id} was acknowledged`);
    assert.deepEqual([...kept].sort(), [...recorded].sort(), 'state and ledger tell the same');
  } finally {
    await client.end();
  }
}

/** A database that was killed still answers what its processes had begun: until it stands again nobody gets in. */
async function connectOwner() {
  for (let tries = 0; ; tries++) {
    const database = findRunning(data);
    const client = new pg.Client(database?.owner ?? { host: '/nowhere' });
    try {
      await client.connect();
      return { client, owner: database!.owner };
    } catch (error) {
      if (tries > 400) throw error;
      await wait(25);
    }
  }
}

function kill(program: Program, chosen: (command: string) => boolean) {
  const found = program.processes().filter(({ command }) => chosen(command));
  assert.ok(found.length > 0);
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went with its parent.
    }
  }
}
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 2000, 'it did not come about');
    await wait(5);
  }
}
