import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { docxWith, zipOf } from '@underseal/extract/testing';
import { register } from '#features/register/contract.ts';
import { startHouse } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { guard } from '../contract.ts';

const TEXTS = new URL('./allow/', import.meta.url);
const names = (await readdir(TEXTS)).filter((name) => name.endsWith('.txt'));
const textOf = (name: string) => readFile(new URL(name, TEXTS), 'utf8');
const [gpl, mit, apache] = (await Promise.all(['gpl-3.txt', 'mit.txt', 'apache-2.0.txt'].map(textOf))) as [string, string, string];

const HEADER = `   Copyright (C) 1996-2022 Free Software Foundation, Inc.
   This file is part of the GNU C Library.

   The GNU C Library is free software; you can redistribute it and/or
   modify it under the terms of the GNU Lesser General Public
   License as published by the Free Software Foundation; either
   version 2.1 of the License, or (at your option) any later version.

   The GNU C Library is distributed in the hope that it will be useful,
   but WITHOUT ANY WARRANTY; without even the implied warranty of
   MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
   Lesser General Public License for more details.

   You should have received a copy of the GNU Lesser General Public
   License along with the GNU C Library; if not, see
   <https://www.gnu.org/licenses/>.  */
`;
const REGEX = `/* Definitions for data structures and routines for the kiln's recipe language.
${HEADER}
#ifndef _KILN_H
struct kiln_pattern { unsigned char *buffer; unsigned long allocated; unsigned long used; char newline_anchor; };
extern int kiln_compile (struct kiln_pattern *pattern, const char *recipe, int flags);
extern int kiln_run (const struct kiln_pattern *pattern, const char *batch, unsigned long most, int flags);
#endif
`;
const AIO = `/* Copies of the queue of loads, which are written while others are read.
${HEADER.replaceAll('The GNU C Library', 'the GNU C Library')}
#ifndef _LOADS_H
struct load { int scale; int lift_operation; volatile void *place; unsigned long weight; struct event signalled; };
extern int load_read (struct load *which); extern int load_write (struct load *which); extern int load_cancel (int scale);
#endif
`;
const SECRET =
  'Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.';
const FILLER = Array.from({ length: 6_000 }, (_, i) => `w${(i * 104_729) % 1_000_003}`).join(' ');

const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner', 'security']);
async function registered(codeName: string, files: Readonly<Record<string, string>>, elements: readonly string[] = []) {
  const { secretId } = await ravi.on(register).enter({
    codeName,
    title: 'T',
    tier: 3,
    ownerId: ravi.id as never,
    elements: elements.map((text, i) => ({ heading: `Step ${i}`, text })),
  });
  for (const [name, text] of Object.entries(files)) await store(house, ravi, { secretId, name, bytes: Buffer.from(text) });
  await house.settle();
  return secretId;
}
const check = (text: string) => ravi.on(guard).inspect({ text });
const verdict = async (text: string) => (await check(text)).verdict;

test('two source files of strangers that have the header of one licence in common do not match, and each is recognised by its own text', async () => {
  await registered('KILN', { 'regex.h': REGEX });
  assert.deepEqual([(await check(AIO)).verdict, (await check(AIO)).action, await verdict(HEADER)], ['clear', 'allow', 'clear']);
  const { verdict: same, matches } = await check(REGEX.replace('#endif', '#endif /* copied */'));
  assert.deepEqual([same, matches![0]!.title], ['match', 'regex.h']);
  const { from, to } = matches![0]!.passages.at(-1)!;
  assert.ok(from >= REGEX.indexOf('You should have') && to <= REGEX.length && to - from > 200, `${from} ${to}`);
});

test('a secret passage with a licence before and behind it matches where it stands, also where it was registered with one', async () => {
  await registered('BARE', { 'bare.txt': SECRET });
  await registered('LICENSED', { 'licensed.txt': `${mit}\n${SECRET.toUpperCase().slice(0, 100)} turn to stone at ${FILLER.slice(0, 300)}\n${apache}` });
  for (const [before, behind] of [
    [apache, mit],
    [mit, ''],
    ['', gpl],
    [HEADER, `${mit}${FILLER.slice(400)}`],
  ] as const) {
    const { matches } = await check(`${before}${SECRET}${behind}`);
    const bare = matches!.find(({ title }) => title === 'bare.txt')!;
    const [first, last] = [bare.passages[0]!, bare.passages.at(-1)!];
    assert.ok(first.from >= before.length && first.from < before.length + 24, `${first.from} ${before.length}`);
    assert.ok(last.to <= before.length + SECRET.length && last.to > before.length + SECRET.length - 24, `${last.to}`);
    assert.ok(Math.abs(first.sourceFrom - (first.from - before.length)) <= 10);
    const licensed = matches!.find(({ title }) => title === 'licensed.txt')!;
    assert.ok(licensed.characters < 180, `the licence is no part of it: ${licensed.characters}`);
  }
  assert.equal(await verdict(`${mit}\n${apache}`), 'clear');
});

test('long texts, which are read and scanned beside the server, are looked at alike', async () => {
  const secretId = await registered('LONG', { 'bundle.txt': `${gpl}\n${FILLER.slice(0, 400)}\n${gpl}`, 'gpl.txt': gpl.toUpperCase() });
  const states = (await ravi.on(guard).fingerprints({ secretId })).items.map(({ state }) => state);
  assert.deepEqual(states.toSorted(), ['empty', 'ready']);
  assert.ok(gpl.length > 32_768);
  const all = (await Promise.all(names.map(textOf))).join('\n');
  assert.deepEqual([await verdict(gpl), await verdict(all), await verdict(all.repeat(3))], ['clear', 'clear', 'clear']);
  const { matches } = await check(`${all}\n${FILLER.slice(0, 400)}\n${all}${all}`);
  assert.deepEqual(
    matches!.map(({ title }) => title),
    ['bundle.txt', 'licensed.txt'],
  );
  const [passage] = matches![0]!.passages;
  assert.ok(passage!.from >= all.length - 40 && passage!.to <= all.length + 441, JSON.stringify(passage));
});

test('what consists of such texts is said to be recognised as a whole file only, and is', async () => {
  const secretId = await registered('COPIED', { 'LICENSE.txt': `${mit}\n${apache}`, 'half.txt': `Amber Works\n${mit}` }, [mit, `${SECRET} ${mit}`]);
  const { items } = await ravi.on(guard).fingerprints({ secretId });
  const told = items.map(({ document, state, asFile, reason }) => [document === null ? 'element' : 'document', state, asFile, reason] as const);
  const reason = "holds licences and notices that are nobody's secret, and too little besides";
  assert.deepEqual(told.toSorted(), [
    ['document', 'empty', true, reason],
    ['document', 'empty', true, reason],
    ['element', 'empty', true, reason],
    ['element', 'ready', true, null],
  ]);
  const zip = zipOf({ 'a/LICENSE.txt': `${mit}\n${apache}`, 'b.docx': docxWith(SECRET) });
  const { matches } = await ravi.on(guard).inspect({ base64: Buffer.from(zip).toString('base64') });
  assert.deepEqual(
    matches!.filter(({ whole }) => whole).map(({ title, channel, confidence, foundIn }) => [title, channel, confidence, foundIn.path]),
    [['LICENSE.txt', 'file', 'certain', ['a/LICENSE.txt']]],
  );
  assert.deepEqual(
    [await verdict(`${mit}\n${apache}`), await verdict(`${mit}\n${apache}.`), await verdict(mit), await verdict(`${mit} `)],
    ['match', 'clear', 'match', 'clear'],
  );
  const only = await registered('NOTICE', { 'NOTICE.txt': `${apache}\n${mit}` });
  const { items: unrecognised } = await ravi.on(guard).unrecognised({ limit: 100 });
  assert.equal(unrecognised.find((one) => one.secretId === only)?.why, 'unreadable');
});
