import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';
import { register } from '#features/register/contract.ts';
import { assertAccessible, shoot, startWalk } from './browser.ts';
import { hire, signIn } from './cast.ts';

const MEGABYTE = 1_000_000;
/** More than what the kernel takes off a browser's hands before anybody reads it. */
const LARGE = 20 * MEGABYTE;
/** That it is on its way, and neither at its beginning nor at its end. */
const MIDDLE = /^([1-9]\.\d|1\d) MB of 20 MB$/;
const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('an owner uploads in a browser, whatever happens to the connection and the page', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { server, page, data, complaints } = walk;
  const line = await openLine(Number(new URL(server.url).port));
  after(() => line.close());
  const owner = await hire(server, 'Una Lind', 'owner');
  const entering = { codeName: 'KESTREL', title: 'Firing schedule', tier: 2, ownerId: owner.id };
  const { secretId } = (await server.house.run(register.operations.enter.name, owner, entering)) as { secretId: string };
  await signIn(page, { ...server, url: line.url }, owner);
  page.setDefaultTimeout(15_000);
  const sheet = `${line.url}/register/${secretId}`;
  const devtools = await page.context().newCDPSession(page);
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.dismiss();
  });
  const folder = path.join(data, 'to upload');
  mkdirSync(folder);
  const write = (name: string, bytes: Buffer) => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  const row = (name: string) => page.getByRole('list', { name: 'Uploads', exact: true }).getByRole('listitem').filter({ hasText: name });
  const left = (name: string) => page.getByRole('list', { name: 'Uploads that wait for their file' }).getByRole('listitem').filter({ hasText: name });
  const dialog = page.getByRole('dialog');
  const choose = async (name: string, file: string) => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: `Choose the file again to go on: ${name}` }).click(),
    ]);
    await chooser.setFiles(file);
  };
  const arrived = async (name: string) => Number(await row(name).getByRole('progressbar').getAttribute('value'));
  /** Drops files of which the first stops on its way. */
  const dropAndHold = async (...files: string[]) => {
    line.hold(3 * MEGABYTE);
    await dropOn(page, devtools, files);
    await row(path.basename(files[0]!)).getByText(MIDDLE).waitFor();
  };
  const downloaded = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Download ${name}` }).click()]);
    return sum(readFileSync(await download.path()));
  };

  const schedule = randomBytes(LARGE);
  const file = write('schedule.bin', schedule);
  await page.goto(sheet);

  await t.test('a dropped file is on its way, and shows how far', async () => {
    await dropAndHold(file);
    await shoot(page, 'upload-on-its-way');
  });

  await t.test('whoever leaves the page now is asked first', async () => {
    const before = await arrived('schedule.bin');
    await Promise.all([page.waitForEvent('dialog'), page.evaluate('void setTimeout(() => location.reload())')]);
    assert.deepEqual(asked.splice(0), ['beforeunload']);
    await row('schedule.bin').waitFor();
    assert.ok((await arrived('schedule.bin')) >= before, 'it went on');
  });

  await t.test('a connection that breaks in the middle loses nothing; loaded anew, the sheet tells what waits', async () => {
    line.cut();
    await row('schedule.bin').getByText('The connection broke; what arrived is kept, go on when it is back').waitFor();
    await page.reload();
    assert.deepEqual(asked, [], 'nothing is under way: nothing is asked');
    await left('schedule.bin')
      .getByText(/^[\d.]+ MB of 20 MB arrived$/)
      .waitFor();
    await assertAccessible(page, 'an upload that waits');
    await shoot(page, 'upload-waits');
  });

  await t.test('another file is refused in a sentence, and the right one goes on', async () => {
    await choose('schedule.bin', write('other.bin', randomBytes(1000)));
    await left('schedule.bin').getByRole('alert').getByText('“other.bin” of 1.0 kB is another file: nothing of it was sent', { exact: false }).waitFor();
    await assertAccessible(page, 'another file was chosen');
    await shoot(page, 'upload-another-file');
    const [put] = await Promise.all([page.waitForRequest((request) => request.method() === 'PUT'), choose('schedule.bin', file)]);
    const offset = Number(put.headers()['upload-offset']);
    assert.ok(offset > MEGABYTE, `it goes on where it was: ${offset}`);
    await page.getByRole('cell', { name: /schedule\.bin/ }).waitFor();
    await left('schedule.bin').waitFor({ state: 'detached' });
    assert.equal(await downloaded('schedule.bin'), sum(schedule));
  });

  await t.test('an upload that one pages away from goes on, and is found again', async () => {
    const bytes = randomBytes(LARGE);
    await dropAndHold(write('curve.bin', bytes));
    const before = await arrived('curve.bin');
    await page.getByRole('navigation').getByRole('link', { name: 'Register', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'What we keep secret.' }).waitFor();
    await page.getByRole('table').getByRole('link', { name: 'KESTREL' }).click();
    await row('curve.bin').waitFor();
    assert.ok((await arrived('curve.bin')) >= before);
    assert.equal(await left('curve.bin').count(), 0, 'it is under way, and does not wait');
    line.release();
    await page.getByRole('cell', { name: /curve\.bin/ }).waitFor();
    assert.equal(await downloaded('curve.bin'), sum(bytes));
  });

  await t.test('another file of the same name and size is found out at the end, and is sent anew by a retry', async () => {
    await dropAndHold(write('glaze.bin', randomBytes(LARGE)));
    line.cut();
    await row('glaze.bin').getByText('The connection broke', { exact: false }).waitFor();
    line.release();
    await page.reload();
    await left('glaze.bin').waitFor();
    line.release();
    const other = randomBytes(LARGE);
    // Dropped on the field, too, a file of that name and size goes on.
    await dropOn(page, devtools, [write('glaze.bin', other)]);
    await row('glaze.bin').getByRole('alert').getByText('What arrived first came from another file of this name and size', { exact: false }).waitFor();
    await shoot(page, 'upload-other-bytes');
    await page.getByRole('button', { name: 'Retry glaze.bin' }).click();
    await page.getByRole('cell', { name: /glaze\.bin/ }).waitFor();
    assert.equal(await downloaded('glaze.bin'), sum(other));
  });

  await t.test('a folder and a file that went away are told of', async () => {
    await dropOn(page, devtools, [folder]);
    await page.getByRole('alert').getByText('“to upload” is a folder, of which nothing was taken: drop the files that are in it.').waitFor();
    assert.equal(await row('to upload').count(), 0);
    await shoot(page, 'upload-folder');
    // A file of a known name is asked about; meanwhile this one is moved away.
    const gone = write('curve.bin', randomBytes(100));
    await dropOn(page, devtools, [gone]);
    await dialog.getByText('“curve.bin” is kept already.').waitFor();
    rmSync(gone);
    await dialog.getByRole('button', { name: 'Another document' }).click();
    await row('curve.bin').getByRole('alert').getByText('It could not be read here', { exact: false }).waitFor();
    await assertAccessible(page, 'a file that cannot be read');
    await page.getByRole('button', { name: 'Cancel curve.bin' }).click();
    await row('curve.bin').waitFor({ state: 'detached' });
  });

  await t.test('signing out ends what is under way, without a question; it waits, and can be dropped', async () => {
    await dropAndHold(write('trial.bin', randomBytes(LARGE)));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('input[type=password]').waitFor();
    assert.match(page.url(), /sign-in/);
    assert.deepEqual(asked, []);
    line.release();
    await signIn(page, { ...server, url: line.url }, owner);
    await page.goto(sheet);
    await left('trial.bin').waitFor();
    await page.getByRole('button', { name: 'Drop it trial.bin' }).click();
    await dialog.getByText(/^Delete what arrived: [\d.]+ MB of 20 MB/).waitFor();
    await assertAccessible(page, 'dropping an upload');
    await shoot(page, 'upload-drop');
    await dialog.getByRole('button', { name: 'Drop it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await left('trial.bin').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('cell', { name: /schedule\.bin/ }).waitFor();
    assert.equal(await left('trial.bin').count(), 0);
  });

  await t.test('of many files two are sent at a time, and what is cancelled is not listed as waiting', async () => {
    await dropAndHold(...['a.bin', 'b.bin', 'c.bin'].map((name) => write(name, randomBytes(LARGE))));
    await row('c.bin').getByText('Waits its turn').waitFor();
    await page.getByRole('button', { name: 'Cancel b.bin' }).click();
    await row('c.bin').getByText('MB of 20 MB').waitFor();
    line.release();
    for (const name of ['a.bin', 'c.bin']) await page.getByRole('cell', { name: new RegExp(name) }).waitFor();
    for (const list of [row, left]) assert.equal(await list('b.bin').count(), 0);
  });

  await t.test('the browser had no complaint', () =>
    assert.deepEqual(
      complaints.filter((one) => !one.startsWith(`request to ${line.url}/`)),
      [],
    ),
  );
});

/** The line between browser and server: what the browser sends of a file can be held on its way, and cut. */
async function openLine(to: number) {
  let most = Infinity;
  const uploads = new Map<Socket, { far: Socket; sent: number }>();
  const listener = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => undefined).on('close', () => other.destroy());
    far.pipe(near);
    near.on('data', (piece) => {
      far.write(piece);
      if (/^[A-Z]{3,4} \//.test(piece.toString('latin1', 0, 8))) uploads.delete(near);
      if (piece.toString('latin1', 0, 4) === 'PUT ') uploads.set(near, { far, sent: 0 });
      const upload = uploads.get(near);
      if (upload && (upload.sent += piece.length) > most) near.pause();
    });
    near.on('close', () => uploads.delete(near));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const release = () => {
    most = Infinity;
    for (const near of uploads.keys()) near.resume();
  };
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    /** Of each file no more goes through than so many bytes, until it is released. */
    hold: (bytes: number) => (most = bytes),
    release,
    cut() {
      for (const near of uploads.keys()) near.destroy();
      release();
    },
    close: () => listener.close(),
  };
}

/** What a hand does that drags files from the desktop into the page. */
async function dropOn(page: Page, devtools: CDPSession, files: string[]): Promise<void> {
  const field = page.getByText('Drop files here.');
  await field.scrollIntoViewIfNeeded();
  const box = (await field.boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await devtools.send('Input.dispatchDragEvent', { type, ...at });
}
