// What may not build: each line below must be a type error, or the type check fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { act, contract, event, open, read, SecretId } from './index.ts';

const seen = event('sample.seen', { secretId: open(SecretId) });
const about = { secretId: SecretId };

const says = 'x';
const output = z.strictObject({});
const nothing = z.strictObject({});
const withSecret = z.strictObject({ secretId: SecretId });
const maybeSecret = z.strictObject({ secretId: SecretId.optional() });
const needs = 'sample:read';

test('an operation without permission does not build', () => {
  // @ts-expect-error needs is missing
  assert.throws(() => read({ says, input: nothing, output }), /without permission/);
});
test('an operation about a secret without about does not build', () => {
  // @ts-expect-error about is missing
  assert.throws(() => read({ needs, says, input: withSecret, output }), /without about/);
});
test('an optional id of a secret needs about too', () => {
  // @ts-expect-error about is missing
  assert.throws(() => read({ needs, says, input: maybeSecret, output }), /without about/);
});
test('an id of one of several kinds, or a list of ids, needs about too', () => {
  const either = z.string().regex(/^(doc|elm)_[0-9a-hjkmnp-tv-z]{26}$/);
  for (const field of [either, either.nullable(), z.array(SecretId), z.array(z.strictObject({ id: either }))])
    assert.throws(() => read({ needs, says, input: z.strictObject({ field }), output }), /takes field without about/);
  read({ needs, says, input: z.strictObject({ field: z.string().regex(/^[^\n]*$/) }), output });
});
test('an act without events does not build', () => {
  // @ts-expect-error records is empty
  assert.throws(() => act({ needs: 'sample:do', says: 'x', input: z.strictObject({}), output: z.strictObject({}), records: [] }), /without events/);
});
test('an input that lets unknown keys pass does not build', () => {
  assert.throws(() => read({ needs: 'sample:read', says: 'x', input: z.object({}), output: z.strictObject({}) }), /strictObject/);
});
test('free text cannot be marked open', () => {
  assert.throws(() => open(z.string().max(20)), /free text/);
  assert.throws(() => open(z.array(z.string())), /free text/);
  open(z.enum(['a', 'b']));
});
test('an operation is named by its contract', () => {
  const sample = contract({
    name: 'sample',
    operations: { see: act({ needs: 'sample:see', says: 'x', about: 'secretId', input: z.strictObject(about), output: z.strictObject({}), records: [seen] }) },
  });
  assert.equal(sample.see.name, 'sample.see');
});
