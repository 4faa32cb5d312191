import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldRepeats } from './fold-repeats.ts';
import { tellEntry } from './sentences.ts';

const entry = (minute: number, type: string, secretId = 'sec_a', actorName = 'Ravi') => ({
  at: `2026-11-23T09:${String(minute).padStart(2, '0')}:00.000Z`,
  type,
  actorName,
  data: { secretId } as Record<string, unknown>,
});
const lines = (entries: readonly ReturnType<typeof entry>[]) => foldRepeats(entries).map(({ type, data }) => tellEntry(type, data).words);

test('documents stored at once began in one line; what happened later, by another or for another secret stands alone', () => {
  assert.deepEqual(lines([entry(3, 'vault.upload_begun'), entry(2, 'vault.stored'), entry(2, 'vault.upload_begun'), entry(1, 'vault.upload_begun')]), [
    'Began to upload 3 documents',
    'Stored version  of a document',
  ]);
  const apart = [
    entry(50, 'vault.upload_begun'),
    entry(30, 'vault.upload_begun'),
    entry(29, 'vault.upload_begun', 'sec_b'),
    entry(28, 'vault.upload_begun', 'sec_a', 'Una'),
  ];
  assert.deepEqual(
    lines(apart),
    Array.from({ length: 4 }, () => 'Began to upload a document'),
  );
  assert.equal(foldRepeats([entry(3, 'vault.stored'), entry(2, 'vault.stored')]).length, 2, 'what has a name is never folded');
});

test('what can be recognised is named, where its name is known', () => {
  const told = (data: object) => tellEntry('guard.fingerprinted', data as Record<string, unknown>).words;
  assert.equal(told({ state: 'ready', source: 'doc_1', sourceName: 'schedule.docx' }), '“schedule.docx” can now be recognised');
  assert.equal(told({ state: 'ready', source: 'elm_1', sourceName: 'Element 2' }), 'Element 2 can now be recognised');
  assert.equal(told({ state: 'empty', source: 'elm_1' }), 'An element holds no text that can be recognised');
  assert.equal(told({ state: 'failed', source: 'doc_1' }), 'A document could not be read');
});
