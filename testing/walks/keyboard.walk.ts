import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { hirePerson } from '#features/people/server/testing.ts';
import { assertAccessible, startWalk } from './browser.ts';

const MAIL = 'ines@halvorsen.example';
const PASSWORD = 'seven kilns glow at dusk';
const SECRET =
  'Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.';

test('the main job by keyboard alone: focus is always seen, and never lost', async (t) => {
  const walk = await startWalk();
  after(() => walk.close());
  const { page, server, data, complaints } = walk;
  page.setDefaultTimeout(10_000);
  await install(server.url, readFileSync(path.join(data, 'setup-code'), 'utf8').trim());
  await hirePerson(server.house.services, { name: 'Bela Novak', email: 'bela@halvorsen.example', roles: ['employee'] });
  const keys = keyboard(page);

  await t.test('sign in', async () => {
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await keys.tab();
    assert.equal(await keys.here(), 'link Skip to content', 'the skip link comes first');
    await keys.into(page.getByLabel('Mail address'), MAIL);
    await keys.into(page.getByLabel('Password', { exact: true }), PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
  });

  await t.test('the skip link leads to the content, past the places', async () => {
    await keys.backTo(page.getByRole('link', { name: 'Skip to content' }));
    await page.keyboard.press('Enter');
    await page.locator('#main:focus').waitFor();
    await keys.tab();
    assert.ok(await page.evaluate<boolean>(`document.querySelector('main').contains(document.activeElement)`), await keys.here());
  });

  await t.test('a dialog keeps the focus, and gives it back on Escape', async () => {
    for (const name of [/Find or go to/, /^Keys$/]) {
      const opener = page.getByRole('button', { name });
      await keys.to(opener);
      await page.keyboard.press('Enter');
      await keys.isTrapped();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await keys.isAt(opener);
    }
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Register a secret');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('register a secret', async () => {
    await keys.to(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Register' }));
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Register a secret' }).first().waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
    await keys.to(page.getByRole('link', { name: 'Register a secret' }).first());
    await page.keyboard.press('Enter');
    await page.getByLabel('Code name').waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
    // Refused: the first field in error has the focus.
    await keys.to(page.getByRole('button', { name: 'Register the secret' }));
    await page.keyboard.press('Enter');
    await keys.isAt(page.getByLabel('Code name'));
    await page.keyboard.type('KESTREL');
    await keys.into(page.getByLabel('Title'), 'Firing schedule, separator line 2');
    await keys.to(page.getByRole('radio', { name: 'Tier 2' }));
    await page.keyboard.press('ArrowDown');
    assert.ok(await page.getByRole('radio', { name: 'Tier 3' }).isChecked());
    await keys.into(page.getByLabel(/^Element 1/), 'Ramp between stages');
    await keys.into(page.getByLabel(/^Text of element 1/), 'The ramp follows the square root of the remaining binder.');
    await keys.to(page.getByRole('button', { name: 'Add an element' }));
    await page.keyboard.press('Enter');
    await page.getByLabel(/^Element 2/).waitFor();
    await keys.to(page.getByRole('checkbox', { name: 'The combination is the secret' }));
    await page.keyboard.press('Space');
    await keys.to(page.getByRole('button', { name: 'Register the secret' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
  });

  await t.test('open the text of an element, and close it', async () => {
    await keys.to(page.getByRole('button', { name: 'Open the text' }));
    await page.keyboard.press('Enter');
    await page.getByText('follows the square root').waitFor();
    await keys.isNotLost();
    await keys.to(page.getByRole('button', { name: 'Close', exact: true }));
    await page.keyboard.press('Space');
    await page.getByText('follows the square root').waitFor({ state: 'detached' });
    await keys.isNotLost();
  });

  await t.test('upload a document', async () => {
    const file = path.join(data, 'firing schedule.txt');
    writeFileSync(file, SECRET);
    await keys.to(page.getByRole('button', { name: 'Choose files' }));
    const chosen = new Promise<void>((resolve, reject) => page.once('filechooser', (chooser) => void chooser.setFiles(file).then(resolve, reject)));
    // The browser hands over its list of files from now on.
    await keys.here();
    await page.keyboard.press('Enter');
    await chosen;
    await page.getByRole('cell', { name: 'Can be recognised', exact: true }).waitFor();
    await keys.isNotLost();
  });

  await t.test('let somebody in, and end it', async () => {
    const person = page.getByRole('combobox', { name: 'Person' }).or(page.getByRole('textbox', { name: 'Person' }));
    await keys.to(person);
    await page.keyboard.type('Bela');
    await page.getByRole('option', { name: 'Bela Novak' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.match(await person.inputValue(), /^Bela Novak /);
    await keys.into(page.getByLabel('Reason', { exact: true }), 'Fires the separators in Dresden');
    await keys.to(page.getByLabel('Until'));
    await page.keyboard.type('11302099');
    assert.equal(await page.getByLabel('Until').inputValue(), '2099-11-30');
    await keys.to(page.getByRole('button', { name: 'Grant access' }));
    await page.keyboard.press('Enter');
    const end = page.getByRole('button', { name: 'End', exact: true });
    await end.waitFor();
    await keys.isNotLost();
    await keys.backTo(end);
    await page.keyboard.press('Enter');
    await keys.isTrapped();
    await assertAccessible(page, 'end a grant');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keys.isAt(end);
    await page.keyboard.press('Enter');
    await keys.into(page.getByRole('dialog').getByLabel('Reason'), 'Works elsewhere since today');
    await keys.to(page.getByRole('dialog').getByRole('button', { name: 'End the grant' }));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await end.waitFor({ state: 'detached' });
    // The button that opened the dialog is gone: the focus stays close to where it was.
    await keys.isNotLost();
    assert.match(await keys.here(), /Who can open it/);
  });

  await t.test('the parts of the sheet and its timeline', async () => {
    await page.getByRole('complementary').getByText(/^Let /).first().waitFor();
    const tab = page.getByRole('navigation', { name: 'Parts of the sheet' }).getByRole('link', { name: 'People' });
    await keys.backTo(tab);
    await page.keyboard.press('Enter');
    await page.waitForURL(/tab=people/);
    await keys.isAt(tab);
    await keys.to(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'My timeline' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/my-timeline/);
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
    await page.getByText('KESTREL').or(page.getByText('signed in')).first().waitFor();
  });

  await t.test('check a text, read the result', async () => {
    await keys.to(
      page
        .getByRole('navigation', { name: 'Main' })
        .getByRole('link', { name: /Guard|Check/ })
        .first(),
    );
    await page.keyboard.press('Enter');
    const field = page.getByLabel('Text or file to check');
    await field.waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
    await keys.to(field);
    await page.keyboard.insertText(`Dear all,\n\n${SECRET.toUpperCase()}\n\nRegards`);
    await keys.to(page.getByRole('button', { name: 'Check', exact: true }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Match. Do not send this.' }).waitFor();
    await keys.isNotLost();
    await keys.to(page.getByRole('button', { name: /side by side/ }));
    await page.keyboard.press('Enter');
    await page.locator('mark').first().waitFor();
    await keys.isNotLost();
    await keys.backTo(page.getByRole('button', { name: 'Clear the field' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Match. Do not send this.' }).waitFor({ state: 'detached' });
    await keys.isNotLost();
  });

  await t.test('every page is gone through to its end, and each stop is seen', async () => {
    for (const place of ['/', '/register', '/exits', '/people', '/people/invite', '/my-sign-in', '/tokens', '/tokens/new', '/ledger']) {
      await page.goto(`${server.url}${place}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy=true], .loading').first().waitFor({ state: 'detached' });
      await keys.through();
    }
  });

  await t.test('back in the history the heading has the focus too', async () => {
    await keys.to(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Register' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/register$/);
    await page.getByRole('heading', { name: 'What we keep secret.' }).waitFor();
    await keys.to(page.getByRole('link', { name: 'KESTREL' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'KESTREL' }).waitFor();
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
    // Alt and arrow belong to the window, which this browser has none of.
    await page.goBack();
    await page.waitForURL(/register$/);
    await keys.arrivedAt(page.getByRole('heading', { level: 1 }));
  });

  await t.test('sign out', async () => {
    await keys.to(page.getByRole('button', { name: 'Sign out' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/sign-in/);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(complaints, []);
  });
});

async function install(url: string, code: string) {
  const answer = await fetch(`${url}/api/people.install`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, organisation: 'Halvorsen Ceramics', name: 'Ines Tamarit', email: MAIL, password: PASSWORD, kind: 'command-line' }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
}

const MOST_STOPS = 300;
/** What has the focus: in words, whether a ring is drawn around it or what it lies in, and whether it stands on the screen. */
const HERE = `(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return { name: 'nothing', isPage: true, ring: true, shown: true };
  const drawn = (style) => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
  const ring = [at, at.parentElement].some((one) => one && drawn(getComputedStyle(one)));
  const box = at.getBoundingClientRect();
  const shown = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const role = at.getAttribute('role') ?? { A: 'link', BUTTON: 'button' }[at.tagName] ?? at.tagName.toLowerCase();
  const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? '';
  return { name: role + ' ' + name.trim().slice(0, 80), isPage: false, ring, shown };
})()`;
interface Here {
  readonly name: string;
  readonly isPage: boolean;
  readonly ring: boolean;
  readonly shown: boolean;
}

/** A person who has a keyboard and nothing else. */
function keyboard(page: Page) {
  const look = () => page.evaluate<Here>(HERE);
  const here = async () => (await look()).name;
  const isOn = (target: Locator) => target.evaluate((node) => node === node.ownerDocument.activeElement);
  const press = async (key: 'Tab' | 'Shift+Tab') => {
    await page.keyboard.press(key);
    const stop = await look();
    assert.ok(stop.ring, `${stop.name} shows no focus on ${page.url()}`);
    assert.ok(stop.shown, `${stop.name} has the focus off the screen on ${page.url()}`);
    return stop;
  };
  const move = async (target: Locator, key: 'Tab' | 'Shift+Tab') => {
    await target.waitFor();
    const passed: string[] = [];
    while (!(await isOn(target))) {
      assert.ok(passed.length < MOST_STOPS, `no way by ${key} to ${String(target)}: ${passed.join(' > ')}`);
      passed.push((await press(key)).name);
    }
  };
  const isAt = async (target: Locator) => {
    for (let tries = 0; tries < 100 && !(await isOn(target)); tries++) await page.waitForTimeout(20);
    assert.ok(await isOn(target), `the focus is on ${await here()}, not on ${String(target)}`);
  };
  const to = (target: Locator) => move(target, 'Tab');
  return {
    here,
    isAt,
    to,
    tab: () => press('Tab'),
    backTo: (target: Locator) => move(target, 'Shift+Tab'),
    /** After a move to another page the heading has the focus: readers say it, and the next stop is in the page. */
    arrivedAt: (heading: Locator) => isAt(heading),
    async into(field: Locator, text: string) {
      await to(field);
      await page.keyboard.type(text);
    },
    async isNotLost() {
      // What takes something away may do so in the next turn.
      await page.waitForTimeout(150);
      assert.ok(!(await look()).isPage, 'the focus is lost');
    },
    async isTrapped() {
      await page.getByRole('dialog').waitFor();
      for (const key of ['Tab', 'Shift+Tab'] as const) {
        for (let i = 0; i < 12; i++) {
          await press(key);
          const inside = `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`;
          assert.ok(await page.evaluate<boolean>(inside), `${await here()} is outside of the dialog`);
        }
      }
    },
    /** From the beginning of the page to its end. */
    async through() {
      const stops: string[] = [];
      for (;;) {
        const stop = await press('Tab');
        if (stop.isPage) break;
        stops.push(stop.name);
        assert.ok(stops.length < MOST_STOPS, `no end on ${page.url()}: ${stops.slice(-12).join(' > ')}`);
      }
      assert.equal(stops[0], 'link Skip to content');
    },
  };
}
