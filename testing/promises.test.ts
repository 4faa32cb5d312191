import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { client, type Send } from '@underseal/contract';
import pg from 'pg';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { guard } from '#features/guard/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { createVaultBytes } from '#features/vault/server/index.ts';
import { createHttp } from '#platform/server/http.ts';
import { command } from './global.ts';
import { startHouse, type TestPerson } from './house.ts';
import { makeMaterial, type Wording } from './material.ts';
import { databaseFiles, eachBlob, eachTable, findShapes, shapesOf, temporaryFiles } from './traces.ts';

const MARKER = 'ZQ7XJ9KV3BW5TN';
const begun = Date.now();
const marked: Wording = {
  codeName: `${MARKER}-NAME`,
  title: `${MARKER} of the title`,
  unit: `${MARKER} unit`,
  contributor: `${MARKER} Ola Nordmann`,
  heading: `${MARKER} heading`,
  text: `Hold the part at 121 degrees as ${MARKER} says, for 95 minutes, and let it fall by two degrees a minute until it can be touched.`,
  fileName: `${MARKER}-file.txt`,
  content: `Paragraph of ${MARKER}: mix three parts of resin with one of hardener, and stir it for eleven minutes before it is poured. `.repeat(40),
  reason: `${MARKER} is the reason`,
};
const house = await startHouse();
const ann = await house.hire('Ann', ['owner']);
const bob = await house.hire('Bob', ['owner']);
const root = await house.hire('Root', ['administrator']);
/** Every answer that was a no. */
const refusals: string[] = [];
const http = await createHttp({
  run: house.run,
  operations: house.operations,
  authenticate: { byCookie: async () => undefined, byBearer: async () => ann.actor },
  cookieOf: () => undefined,
  bytes: createVaultBytes(house.services),
  live: house.live,
  log: house.services.log,
  allowedHosts: [],
  trustedProxies: [],
  tls: undefined,
  isReady: async () => ({ ready: true, parts: {} }),
  measure: async () => ({ parked: 0, freeBytes: null }),
  isInstalled: async () => true,
});

async function post(name: string, input: unknown) {
  const answer = await http.inject({
    method: 'POST',
    url: `/api/${name}`,
    headers: { host: 'localhost', authorization: 'Bearer 0123456789abcdef', 'content-type': 'application/json' },
    payload: typeof input === 'string' ? input : JSON.stringify(input),
  });
  if (answer.statusCode >= 400) refusals.push(answer.body, JSON.stringify(answer.headers));
  return answer;
}
const watched =
  (person: TestPerson): Send =>
  async (name, input, options) => {
    const answer = await person.send(name, input, options);
    if (answer.status !== 200) refusals.push(JSON.stringify(answer.body));
    return answer;
  };

describe('promise 1: content, titles, file names and inspected texts stand in clear nowhere', async () => {
  test('the search finds each shape that it looks for', () => {
    const shapes = shapesOf(MARKER);
    for (const encoding of ['utf8', 'utf16le'] as const)
      for (const lead of ['', 'a', 'ab', 'abc']) {
        const bytes = Buffer.concat([Buffer.from(lead), Buffer.from(MARKER, encoding), Buffer.from('tail')]);
        for (const text of [bytes, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')])
          assert.notEqual(findShapes(Buffer.from(text), shapes).length, 0, `${encoding} behind "${lead}"`);
      }
    assert.deepEqual(findShapes(Buffer.from('nothing of the kind'), shapes), []);
  });

  test('everything is done with marked texts, and all of it can be read again by those who may', async () => {
    const made = await makeMaterial(house, { owner: ann, guest: bob }, marked);
    assert.equal(made.inspection.verdict, 'match');
    const { secretId } = made;
    await ann.on(register).revise({
      secretId,
      title: `${MARKER} anew`,
      tier: 3,
      unit: marked.unit,
      contributors: [marked.contributor, `${MARKER} Kari Nordmann`],
      combination: true,
      storedIn: [],
      usedIn: [],
      originOn: null,
      reviewOn: null,
      reason: marked.reason,
    });
    assert.deepEqual((await ann.on(register).show({ secretId })).contributors, [marked.contributor, `${MARKER} Kari Nordmann`]);
    await ann.on(register).addElement({ secretId, heading: `${MARKER} two`, text: marked.text });
    assert.equal((await ann.on(register).openElement({ secretId, elementId: made.elementId })).text, marked.text);
    const { get, name } = await bob.on(vault).open({ versionId: made.versionId });
    assert.equal(name, marked.fileName);
    assert.equal(await download(get.ticket, bob), marked.content);
    await house.settle();
    await bob.on(guard).inspect({ base64: Buffer.from(marked.content).toString('base64'), name: marked.fileName, exit: 'page' });
    await bob.on(guard).inspect({ base64: Buffer.from(`PK\u0003\u0004${marked.content}`).toString('base64'), name: `${MARKER}.zip` });
    const source = made.inspection.matches!.find((match) => match.document.startsWith('doc_'))!.document;
    await bob.on(guard).passages({ secretId, inspectionId: made.inspection.id, source });
    await client(register, watched(bob)).list({ search: MARKER });
    await root.on(people).invite({ email: 'new@halvorsen.example', name: 'New', roles: ['employee'] });
    await root.on(people).changeRole({ personId: bob.id as never, role: 'security', given: true, reason: marked.reason });
    await root.on(people).makeToken({ name: 'Scanner', permissions: ['platform:operate'] });
    await ann.on(access).revoke({ grantId: made.grantId, reason: marked.reason });
    await ann.on(register).changeOwner({ secretId, ownerId: bob.id as never, reason: marked.reason });
    const timeline = JSON.stringify(await bob.on(evidence).secretTimeline({ secretId }));
    assert.ok(timeline.includes(marked.reason), 'who may know reads the reasons');
  });

  test('refusals and bugs happen with marked texts', async () => {
    const { secretId } = await ann.on(register).enter({ codeName: marked.codeName, title: marked.title, tier: 1, ownerId: ann.id as never });
    const { uploadId } = await ann.on(vault).begin({ secretId, name: marked.fileName, bytes: 3 });
    const wrong: [string, unknown][] = [
      ['register.enter', { codeName: marked.codeName, title: marked.title, tier: 1, ownerId: ann.id }],
      ['register.enter', { codeName: marked.title, title: marked.title.repeat(40), tier: MARKER, ownerId: MARKER, [MARKER]: MARKER }],
      ['register.show', { secretId: MARKER }],
      ['register.list', { cursor: MARKER, sort: MARKER }],
      ['register.openElement', { secretId, elementId: MARKER }],
      ['vault.begin', { secretId, name: `${marked.fileName.repeat(30)}`, bytes: 3 }],
      ['vault.finish', { uploadId, digest: MARKER }],
      ['access.grant', { secretId, personId: ann.id, reason: marked.reason, until: '2020-01-01T00:00:00.000Z' }],
      ['guard.inspect', { base64: MARKER, text: MARKER }],
      ['guard.inspect', { base64: `${MARKER}!`, name: MARKER }],
      ['people.signIn', { email: `${MARKER}@x.example`, password: MARKER }],
      [`${MARKER}.show`, { secretId }],
      ['register.show', `{"secretId":"${MARKER}`],
      ['register.show', `"${MARKER}"`],
    ];
    // A name that is none is cleaned, not refused.
    assert.equal((await post('vault.begin', { secretId, name: `../${marked.fileName}\u0000`, bytes: 3 })).statusCode, 200);
    for (const [name, input] of wrong) assert.ok((await post(name, input)).statusCode >= 400, name);
    assert.equal(
      (await http.inject({ method: 'GET', url: `/api/${MARKER}?${MARKER}=${MARKER}`, headers: { host: 'localhost', referer: MARKER } })).statusCode,
      404,
    );
    const { put } = await ann.on(vault).begin({ secretId, name: marked.fileName, bytes: 3 });
    const tooMany = await http.inject({
      method: 'PUT',
      url: put.url,
      payload: marked.content,
      headers: { host: 'localhost', authorization: 'Bearer 0123456789abcdef', 'content-type': 'application/octet-stream' },
    });
    refusals.push(tooMany.body);

    // PostgreSQL names the failing row in the error's detail: a bug that must not be told.
    await command(house.owner, 'alter table register_element add constraint broken check (number < 0) not valid');
    const element = await post('register.addElement', { secretId, heading: marked.heading, text: marked.text });
    await command(house.owner, 'alter table register_element drop constraint broken');
    await command(house.owner, `update register_secret set title_sealed = '\\x00' || title_sealed where id = '${secretId}'`);
    const sheet = await post('register.show', { secretId });
    await command(house.owner, `update register_secret set title_sealed = substring(title_sealed from 2) where id = '${secretId}'`);
    for (const bug of [element, sheet]) {
      assert.equal(bug.statusCode, 500);
      assert.match(bug.body, /^\{"error":\{"kind":"bug","code":"platform\.bug","message":"Something went wrong \(ref [\w-]+\)","ref":"[\w-]+"\}\}$/);
    }
  });

  test('and nowhere is the marker: log, refusals, ledger, tables, blobs, temporary files, files of the database', async (t) => {
    await house.settle();
    const shapes = shapesOf(MARKER);
    const found: string[] = [];
    const look = (place: string, bytes: Buffer) => found.push(...findShapes(bytes, shapes).map((shape) => `${place}: ${shape}`));
    assert.match(house.logged(), /a bug answered a request/);
    look('log', Buffer.from(house.logged()));
    assert.ok(refusals.length > 20);
    look('refusals', Buffer.from(refusals.join('\n')));
    const leaves = await house.services.db.selectFrom('ledger_entry').select('leaf').execute();
    assert.ok(leaves.length > 20);
    for (const { leaf } of leaves) look('ledger leaf', leaf);
    const tables = await eachTable(house.owner);
    assert.ok(tables.size > 25 && [...tables.keys()].some((name) => name.startsWith('jobs.')));
    for (const [table, rows] of tables) look(table, rows);
    const blobs = await eachBlob(house.services.blobs);
    assert.ok(blobs.size > 0);
    for (const [id, bytes] of blobs) look(`blob ${id}`, bytes);
    // Our own sources hold it by right; nothing else does.
    for (const file of temporaryFiles(begun)) look(file, readOrNothing(file));
    const files = await databaseFiles(house.owner);
    if (files) {
      const whole = files.map(readOrNothing);
      assert.ok(
        whole.some((bytes) => bytes.includes('new@halvorsen.example')),
        'what does stand in clear is found there',
      );
      whole.forEach((bytes, i) => look(files[i]!, bytes));
    } else t.diagnostic('the files of the database cannot be read here');
    assert.deepEqual(found, []);
  });
});

describe('promise 2: no bytes without a committed entry', async () => {
  test('a release whose commit fails gives neither ticket nor content', async () => {
    const { versionId, secretId, elementId } = await makeMaterial(house, { owner: ann, guest: bob });
    await command(
      house.owner,
      `create function fail_commit() returns trigger language plpgsql as $$ begin raise exception 'no commit today'; end $$;
       create constraint trigger fail_commit after insert on ledger_outbox deferrable initially deferred for each row execute function fail_commit()`,
    );
    const before = await count('platform_ticket');
    await assert.rejects(ann.on(vault).open({ versionId }), { message: 'no commit today' });
    await assert.rejects(ann.on(register).openElement({ secretId, elementId }), { message: 'no commit today' });
    await command(house.owner, 'drop trigger fail_commit on ledger_outbox; drop function fail_commit()');
    assert.equal(await count('platform_ticket'), before);
    const { get } = await ann.on(vault).open({ versionId });
    assert.equal(await lastEntry(), 'vault.opened');
    await download(get.ticket, ann);
  });

  test('an entry that somebody takes away takes the content along, and operators hear of it', async () => {
    const { versionId } = await makeMaterial(house, { owner: ann, guest: bob }, { ...marked, codeName: 'SWALLOWED' });
    await command(
      house.owner,
      `create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
       create trigger swallow before insert on ledger_outbox for each row execute function swallow()`,
    );
    const before = await count('platform_ticket');
    await assert.rejects(ann.on(vault).open({ versionId }), { message: 'the outbox did not keep what was written into it' });
    await command(house.owner, 'drop trigger swallow on ledger_outbox; drop function swallow()');
    assert.equal(await count('platform_ticket'), before);

    await house.settle();
    const holder = new pg.Client(house.owner);
    await holder.connect();
    // While another leads, nothing gets its place here: the entry surely still waits when it is taken away.
    await holder.query('select pg_advisory_lock(4380002)');
    const { get } = await ann.on(vault).open({ versionId });
    const { rowCount } = await holder.query(`delete from ledger_outbox where type = 'vault.opened'`);
    await holder.end();
    assert.equal(rowCount, 1);
    await assert.rejects(download(get.ticket, ann), { code: 'platform.ticket_missing' });
    await house.sweep();
    assert.match(house.logged(), /"alarm":"ledger\.entry_lost","entry":"ent_/);

    // Taken away, and its id written over the one of another entry: neither is it recorded then, nor is it forgotten.
    await house.settle();
    const second = new pg.Client(house.owner);
    await second.connect();
    await second.query('select pg_advisory_lock(4380002)');
    const again = await ann.on(vault).open({ versionId });
    const { rows } = await second.query<{ id: string }>(`delete from ledger_outbox where type = 'vault.opened' returning id`);
    await second.query('alter table ledger_entry disable trigger all');
    const [kept] = (await second.query<{ id: string }>('select id from ledger_entry where index = 0')).rows;
    await second.query('update ledger_entry set id = $1 where index = 0', [rows[0]!.id]);
    await assert.rejects(download(again.get.ticket, ann), { code: 'platform.ticket_missing' });
    await house.sweep();
    assert.match(house.logged(), new RegExp(`"alarm":"ledger\\.entry_lost","entry":"${rows[0]!.id}"`));
    await second.query('update ledger_entry set id = $1 where index = 0', [kept!.id]);
    await second.query('alter table ledger_entry enable trigger all');
    await second.end();
    assert.equal(await download((await ann.on(vault).open({ versionId })).get.ticket, ann), marked.content);
  });

  test('a ticket serves once, its bearer alone, for half a minute, and not after the grant ended', async () => {
    const { versionId, grantId } = await makeMaterial(house, { owner: ann, guest: bob }, { ...marked, codeName: 'TICKETS' });
    const open = async () => (await bob.on(vault).open({ versionId })).get.ticket;
    const ticket = await open();
    await assert.rejects(download(ticket, ann), { code: 'platform.ticket_missing' });
    assert.equal(await download(ticket, bob), marked.content);
    await assert.rejects(download(ticket, bob), { code: 'platform.ticket_missing' });
    const late = await open();
    house.clock.advance(30_001);
    await assert.rejects(download(late, bob), { code: 'platform.ticket_missing' });
    const shut = await open();
    await ann.on(access).revoke({ grantId, reason: 'No longer at it' });
    await assert.rejects(download(shut, bob));
  });
});

describe('promise 3: an administrator gets nothing', async () => {
  test('not with the role, and not with every permission', async () => {
    const { ids, secretId } = await makeMaterial(house, { owner: ann, guest: bob }, { ...marked, codeName: 'NOT-FOR-ROOT' });
    assert.equal((await root.send('register.list', {})).status, 403);
    const all = new Set([...house.operations.values()].map(({ operation }) => operation.needs as string));
    const send = house.sendAs({ ...root.actor, permissions: all });
    assert.deepEqual(await client(register, send).list({}), { items: [], next: null });
    await assert.rejects(client(register, send).show({ secretId }), { code: 'platform.subject_missing' });
    await assert.rejects(client(register, send).openElement({ secretId, elementId: ids['elm'] as never }), { code: 'platform.subject_missing' });
    await assert.rejects(client(vault, send).open({ versionId: ids['ver'] as never }), { code: 'platform.subject_missing' });
    const { items } = await client(guard, send).list({});
    assert.deepEqual(
      items.flatMap((row) => row.secrets),
      [],
    );
  });
});

describe('promise 4: a change and its entry commit together or not at all', async () => {
  test('a handler that fails half-way leaves neither', async () => {
    const before = await snapshot();
    await command(house.owner, 'alter table register_element add constraint broken check (number < 0) not valid');
    await assert.rejects(enter(ann, 'HALFWAY'));
    await command(house.owner, 'alter table register_element drop constraint broken');
    assert.deepEqual(await snapshot(), before);
  });

  test('an entry that cannot be written takes the change back', async () => {
    const before = await snapshot();
    await command(house.owner, 'alter table ledger_outbox add constraint broken check (false) not valid');
    await assert.rejects(enter(ann, 'UNRECORDED'));
    await command(house.owner, 'alter table ledger_outbox drop constraint broken');
    assert.deepEqual(await snapshot(), before);
    const { secretId } = await enter(ann, 'UNRECORDED');
    assert.equal((await ann.on(register).show({ secretId })).codeName, 'UNRECORDED');
    assert.equal(await lastEntry(), 'register.entered');
  });
});

describe('promise 5: nothing in the ledger is ever changed', async () => {
  const FIXED = ['ledger_entry', 'ledger_checkpoint'];
  const changes = (table: string) => [`update ${table} set at = now()`, `delete from ${table}`, `truncate ${table}`];

  test('the role of the application may add to the outbox and read, no more', async () => {
    const { user, password } = house.app;
    const app = { ...house.owner, user, password };
    for (const table of [...FIXED, 'ledger_tile', 'ledger_outbox', 'ledger_about', 'ledger_disclosure', 'ledger_rejected']) {
      for (const change of [`delete from ${table}`, `truncate ${table}`, `drop table ${table}`, `alter table ${table} add column more text`])
        await assert.rejects(command(app, change), { message: /permission denied|must be owner/ }, change);
    }
    for (const change of [
      'update ledger_entry set type = type',
      'update ledger_outbox set type = type',
      'update ledger_disclosure set sealed = sealed',
      `insert into ledger_entry select * from ledger_entry`,
      'alter table ledger_entry disable trigger all',
      'create table mine (id text)',
      `set role ${house.owner.user}`,
    ])
      await assert.rejects(command(app, change), { message: /permission denied|must be owner/ }, change);
  });

  test('the owner is refused by trigger', async () => {
    await house.settle();
    for (const change of FIXED.flatMap(changes)) await assert.rejects(command(house.owner, change), { message: 'the ledger is never changed' }, change);
  });
});

function readOrNothing(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
async function download(ticket: string, person: TestPerson): Promise<string> {
  const { bytes } = await createVaultBytes(house.services).get({
    ticket,
    actor: person.actor,
    again: async () => person.actor,
    signal: new AbortController().signal,
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
function enter(person: TestPerson, codeName: string) {
  return person.on(register).enter({
    codeName,
    title: 'A recipe',
    tier: 1,
    ownerId: person.id as never,
    elements: [{ heading: 'One', text: 'Stir it for eleven minutes.' }],
  });
}
async function count(
  table: 'platform_ticket' | 'register_secret' | 'register_owner' | 'gate_subject' | 'ledger_disclosure' | 'ledger_about' | 'ledger_outbox' | 'ledger_entry',
) {
  return (
    await house.services.db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
  ).count;
}
async function snapshot() {
  await house.settle();
  const tables = ['register_secret', 'register_owner', 'gate_subject', 'ledger_disclosure', 'ledger_about', 'ledger_outbox', 'ledger_entry'] as const;
  const counts: number[] = [];
  for (const table of tables) counts.push(await count(table));
  return counts;
}
async function lastEntry(): Promise<string> {
  await house.settle();
  return (
    await house.services.db
      .selectFrom('ledger_entry')
      .select('type')
      .where('type', '!=', 'guard.fingerprinted')
      .orderBy('index', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
  ).type;
}
