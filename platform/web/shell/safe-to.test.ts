import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeTo } from './safe-to.ts';

const rows: [to: string | null, expected: string][] = [
  ['/register/sec_1?tab=people', '/register/sec_1?tab=people'],
  [null, '/'],
  ['', '/'],
  ['//evil.example/', '/'],
  ['/\\evil.example', '/'],
  ['/.//evil.example', '/evil.example'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/\t/evil.example', '/'],
  ['/\n\\evil.example', '/'],
  ['/register\n//evil.example', '/register//evil.example'],
];
for (const [to, expected] of rows) {
  test(`after the sign-in, ${JSON.stringify(to)} leads to ${expected}`, () => assert.equal(safeTo(to), expected));
}
