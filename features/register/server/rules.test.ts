import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Jurisdiction, JURISDICTIONS } from '../contract.ts';
import { assertLikelyDates } from './rules.ts';

const NOW = new Date('2026-11-23T09:00:00.000Z');
for (const [name, originOn, reviewOn, wrong] of [
  ['no dates', null, null, []],
  ['today', '2026-11-23', '2026-11-23', []],
  ['long held, reviewed next year', '1886-05-08', '2027-11-23', []],
  ['held since a day to come', '2026-11-25', null, ['originOn']],
  ['reviewed on a day that has gone', null, '2026-11-21', ['reviewOn']],
  ['both', '2031-01-01', '2001-01-01', ['originOn', 'reviewOn']],
] as const)
  test(`dates of a secret: ${name}`, () => {
    let told: readonly string[] = [];
    try {
      assertLikelyDates({ originOn, reviewOn }, NOW);
    } catch (error) {
      told = (error as { details: string[] }).details.map((detail) => detail.split(':')[0]!);
    }
    assert.deepEqual(told, wrong);
  });
test('a date that the sheet says already may stay on it', () => {
  const before = { originOn: '2031-01-01', reviewOn: '2001-01-01' };
  assert.doesNotThrow(() => assertLikelyDates(before, NOW, before));
  assert.throws(() => assertLikelyDates({ ...before, reviewOn: '2001-01-02' }, NOW, before), { code: 'register.dates_unlikely' });
});
test('a jurisdiction is a country that is, or the Union', () => {
  assert.equal(new Set(JURISDICTIONS).size, 250);
  for (const code of ['DE', 'TW', 'GB', 'EU']) assert.ok(Jurisdiction.safeParse(code).success, code);
  for (const code of ['XX', 'QQ', 'UK', 'de', '', 'DEU']) assert.equal(Jurisdiction.safeParse(code).success, false, code);
});
