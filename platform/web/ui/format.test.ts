import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatInstant, formatMoney, formatNumber, formatRelative, formatZone, setZone } from './format.ts';
import { withSearch } from './use-list-url.ts';

test('an instant is absolute, in the zone of the house', () => {
  setZone('Europe/Berlin');
  assert.equal(formatInstant('2026-11-12T09:06:00Z'), '12 Nov 2026, 10:06');
  assert.equal(formatInstant('2026-09-01T22:30:05Z', 'second'), '2 Sep 2026, 00:30:05');
  assert.equal(formatZone('2026-11-12T09:06:00Z'), 'UTC+1, Europe/Berlin; 2026-11-12 09:06 UTC');
  setZone('America/Los_Angeles');
  assert.equal(formatInstant('2026-11-12T02:00:00Z', 'day'), '11 Nov 2026');
});

test('a plain day is the same day in every zone', () => {
  setZone('Pacific/Kiritimati');
  assert.equal(formatInstant('2026-11-12', 'day'), '12 Nov 2026');
  setZone('America/Los_Angeles');
  assert.equal(formatInstant('2026-11-12', 'day'), '12 Nov 2026');
});

test('what is no date says so instead of breaking the page', () => {
  assert.equal(formatInstant('soon'), 'Unknown');
  assert.equal(formatZone('soon'), '');
});

const now = new Date('2026-11-12T10:00:00Z');
const distances: [at: string, words: string][] = [
  ['2026-11-12T09:59:40Z', 'now'],
  ['2026-11-12T09:59:00Z', '1 minute ago'],
  ['2026-11-12T13:00:00Z', 'in 3 hours'],
  ['2026-11-30T10:00:00Z', 'in 18 days'],
  ['2025-11-12T10:00:00Z', '12 months ago'],
];
for (const [at, words] of distances) {
  test(`${at} is ${words}`, () => assert.equal(formatRelative(at, now), words));
}

test('figures are grouped, and money loses no cent', () => {
  assert.equal(formatNumber(48215), '48,215');
  assert.equal(formatCount(1, 'person', 'people'), '1 person');
  assert.equal(formatCount(1402, 'person', 'people'), '1,402 people');
  assert.equal(formatMoney(125000001, 'EUR'), 'EUR 1,250,000.01');
  assert.equal(formatMoney(1250, 'JPY'), 'JPY 1,250');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(3_412_004), '3.4 MB');
});

test('changing one word of an address leaves the others', () => {
  assert.equal(withSearch('/register', '?q=kiln&after=c2', { after: undefined, sort: '-at' }), '/register?q=kiln&sort=-at');
  assert.equal(withSearch('/register', '?q=kiln', { q: '' }), '/register');
});
