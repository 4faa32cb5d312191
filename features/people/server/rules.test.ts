import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROLE_PERMISSIONS, TokenPermission } from '../contract.ts';
import { codeAt, stepOfCode } from './factor.ts';
import { weaknessOf } from './password-rule.ts';
import { ACCOUNT_LIMIT, assertAdministratorRemains, baseUrl, isLive, isStrong, likePrefix, networkOf, permissionsOf, waitAfter } from './rules.ts';

const NOON = new Date('2026-11-23T12:00:00.000Z');
const after = (milliseconds: number) => new Date(NOON.getTime() + milliseconds);
const MINUTE = 60_000;

const about = { email: 'kari.nordmann@halvorsen.example', name: 'Kari Nordmann', organisation: 'Halvorsen Maling AS' };
const passwords: readonly [string, boolean][] = [
  ['correct horse battery staple', true],
  ['we were there before noon', true],
  ['Kettle-93-lantern', true],
  ['rødgrød med fløde', true],
  ['halvorsen lantern kettle', true],
  ['鍵鍵は庭の石の下にある古い箱', true],
  ['short-one', false],
  ['aaaaaaaaaaaaaaaa', false],
  ['abcabcabcabcabc', false],
  ['kettlekettle', false],
  ['abcdefghijklmnop', false],
  ['zyxwvutsrqponm', false],
  ['1234567890123456', false],
  ['qwertyuiopasdf', false],
  ['1qaz2wsx3edc4rfv', false],
  ['KariNordmann2026', false],
  ['nordmann.kari!1', false],
  ['Halvorsen-Maling-As', false],
  ['H4lv0rsen2026!!', false],
  ['kari.nordmann@halvorsen', false],
  ['Password12345', false],
  ['P@ssw0rd2026!!', false],
  ['WelcomeWelcome1!', false],
  ['Summer2026Summer', false],
  ['letmein-letmein-1', false],
  ['administrator1!', false],
];
for (const [password, strong] of passwords) {
  test(`weaknessOf: ${password} ${strong ? 'will do' : 'will not do'}`, () => {
    assert.equal(weaknessOf(password, about) === undefined, strong, weaknessOf(password, about));
  });
}
test('weaknessOf: empty facts about a person do not make every password weak', () => {
  assert.equal(weaknessOf('correct horse battery staple', { email: '', name: '', organisation: '' }), undefined);
});

test('waitAfter: the first tries cost nothing, then each wait doubles, never beyond 15 minutes', () => {
  const waits = Array.from({ length: 40 }, (_, i) => waitAfter(i, ACCOUNT_LIMIT));

  assert.deepEqual(waits.slice(0, 8), [0, 0, 0, 0, 0, 2000, 4000, 8000]);
  assert.equal(Math.max(...waits), 15 * MINUTE);
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => a - b),
  );
});

const sessions: readonly [string, { kind: string; end: number; seen: number; ended?: boolean }, boolean][] = [
  ['in use', { kind: 'browser', end: MINUTE, seen: -MINUTE }, true],
  ['over', { kind: 'browser', end: 0, seen: -MINUTE }, false],
  ['idle for an hour', { kind: 'browser', end: MINUTE, seen: -60 * MINUTE }, false],
  ['idle for 59 minutes', { kind: 'browser', end: MINUTE, seen: -59 * MINUTE }, true],
  ['of a command line, idle', { kind: 'command-line', end: MINUTE, seen: -60 * MINUTE }, true],
  ['ended', { kind: 'browser', end: MINUTE, seen: 0, ended: true }, false],
  ['seen a minute from now, as a clock that is set right tells', { kind: 'browser', end: 9 * MINUTE, seen: MINUTE }, true],
  ['seen later than that from now', { kind: 'command-line', end: 9 * MINUTE, seen: MINUTE + 1 }, false],
];
for (const [name, { kind, end, seen, ended }, live] of sessions) {
  test(`isLive: a session ${name}`, () => {
    assert.equal(
      isLive({ kind, started_at: after(Math.min(0, seen)), expires_at: after(end), seen_at: after(seen), ended_at: ended ? NOON : null }, NOON),
      live,
    );
  });
}
test('isStrong: for ten minutes after a second factor', () => {
  assert.deepEqual(
    [null, after(-10 * MINUTE), after(-9 * MINUTE), NOON, after(MINUTE), after(2 * MINUTE)].map((at) => isStrong(at, NOON)),
    [false, false, true, true, true, false],
  );
});

test('permissionsOf: the union of what the roles give, and nothing without roles', () => {
  assert.equal(permissionsOf([]).size, 0);
  const both = permissionsOf(['auditor', 'administrator']);
  for (const permission of [...ROLE_PERMISSIONS.auditor, ...ROLE_PERMISSIONS.administrator]) assert.ok(both.has(permission));
  assert.ok(!both.has('vault:open'));
});
test('a token can be given nothing that opens content', () => {
  assert.deepEqual(
    TokenPermission.options.filter((permission) => permission.endsWith(':open')),
    [],
  );
});

const leaving: readonly [string, readonly string[], string, boolean][] = [
  ['the only administrator', ['per_a'], 'per_a', false],
  ['the only administrator, who holds the role twice', ['per_a', 'per_a'], 'per_a', false],
  ['one of two', ['per_a', 'per_b'], 'per_a', true],
  ['somebody else', ['per_a'], 'per_b', true],
  ['anybody where there is none', [], 'per_b', true],
];
for (const [name, administrators, who, may] of leaving) {
  test(`assertAdministratorRemains: ${name} ${may ? 'may' : 'may not'} go`, () => {
    const check = () => assertAdministratorRemains(administrators, who);
    if (may) check();
    else assert.throws(check, { code: 'people.last_administrator' });
  });
}

const bases: readonly [string, Parameters<typeof baseUrl>[0], string][] = [
  ['loopback', { allowedHosts: [], host: '127.0.0.1', port: 4380, tlsCertificate: undefined }, 'http://127.0.0.1:4380'],
  ['behind a proxy', { allowedHosts: ['trade.example'], host: '127.0.0.1', port: 4380, tlsCertificate: undefined }, 'https://trade.example'],
  ['own TLS', { allowedHosts: ['trade.example'], host: '0.0.0.0', port: 443, tlsCertificate: '/c.pem' }, 'https://trade.example'],
  ['own TLS on another port', { allowedHosts: ['trade.example'], host: '0.0.0.0', port: 4380, tlsCertificate: '/c.pem' }, 'https://trade.example:4380'],
  ['plain in a network', { allowedHosts: ['trade.example'], host: '0.0.0.0', port: 80, tlsCertificate: undefined }, 'http://trade.example'],
];
for (const [name, config, url] of bases) test(`baseUrl: ${name}`, () => assert.equal(baseUrl(config), url));

for (const [address, network] of [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:0207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['local', 'local'],
] as const) {
  test(`networkOf: ${address} is of ${network}`, () => {
    assert.equal(networkOf(address), network);
  });
}

test('likePrefix: what LIKE reads as a pattern is taken as written', () => assert.equal(likePrefix('50%_\\'), '50\\%\\_\\\\%'));

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
test('stepOfCode: the vectors of RFC 6238, appendix B, in six digits', () => {
  const vectors: readonly [number, string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  for (const [seconds, code] of vectors) assert.equal(stepOfCode(SECRET, code, new Date(seconds * 1000)), Math.floor(seconds / 30));
});
test('stepOfCode: one step back and ahead, no further', () => {
  const code = codeAt(SECRET, NOON);
  const step = NOON.getTime() / 30_000;
  assert.deepEqual(
    [-60_000, -30_000, 0, 30_000, 60_000].map((offset) => stepOfCode(SECRET, code, after(offset))),
    [undefined, step, step, step, undefined],
  );
});
