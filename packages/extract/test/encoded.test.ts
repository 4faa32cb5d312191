import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodedRuns, hasEncoded, readings, withoutEscapes } from '../src/encoded.ts';

const runs = process.env['SLOW'] ? 300 : 30;
const LENGTH = 300_000;

const digits = 'A ABCD 0a deadbeef = == x QUJD '.concat('QUJD'.repeat(19), ' ', '41'.repeat(38)).split(' ');
const breaks = ['\n', '\r\n', '\\n', '\\r\\n', '\\/', ' ', '  \t', '> ', '-', ':', '"', 'ä'];
const escapes = ['%41', '\\u0041', '\\x41', '\\u{41}'];
const frames = ['begin 644 a\n', 'begin 644 ', '#0V%T\n', '`\nend\n', 'M'.padEnd(61, '0')];
const pieces = [...digits, ...breaks, ...escapes, ...frames].filter((piece) => piece !== '');

test('it takes linear time, whatever the text is', () => {
  const repeated = fc.array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(1, 1, 2, 300)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(repeated, (parts) => {
      const unit = parts.map(([piece, times]) => piece.repeat(times)).join('');
      const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
      const started = process.cpuUsage().user;
      hasEncoded(text);
      withoutEscapes(text);
      let read = 0;
      for (const run of encodedRuns(text)) {
        read += run.source.length;
        for (const bytes of readings(run)) read += bytes.length;
      }
      // Each place is read once by each kind, and each run in a few ways. Quadratic time would be minutes.
      assert.ok(read <= 20 * LENGTH, `${read}`);
      assert.ok(process.cpuUsage().user - started < 5_000_000, JSON.stringify(unit.slice(0, 200)));
    }),
    { numRuns: runs },
  );
});

test('what was encoded is found again, in lines of any length', () => {
  const input = fc.tuple(
    fc.uint8Array({ minLength: 200, maxLength: 600 }),
    fc.integer({ min: 1, max: 100 }),
    fc.constantFrom('\n', '\r\n', '\\n', '\n> ', '\n\t'),
  );
  fc.assert(
    fc.property(input, ([bytes, width, end]) => {
      const wrap = (text: string): string => text.replace(new RegExp(`.{${width}}(?=.)`, 'g'), `$&${end}`);
      const found = [...encodedRuns(`Look:\n${end.slice(end.indexOf('n') + 1)}${wrap(Buffer.from(bytes).toString('base64'))}\nEnd of it.`)];
      assert.deepEqual(
        found.filter(({ kind }) => kind === 'base64').map((run) => Buffer.from([...readings(run)][0]!).toString('hex')),
        [Buffer.from(bytes).toString('hex')],
      );
    }),
    { numRuns: runs * 4 },
  );
});
