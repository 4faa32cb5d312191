import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOnce } from './once.ts';

test('a key stays for the same input, and is another one for another input', () => {
  const once = createOnce();
  const key = once.keyFor({ codeName: 'KESTREL', tier: 3 });
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(once.keyFor({ codeName: 'KESTREL', tier: 3 }), key);
  assert.notEqual(once.keyFor({ codeName: 'KESTREL', tier: 2 }), key);
  assert.notEqual(once.keyFor({ codeName: 'KESTREL', tier: 3 }), key, 'something else was asked for between');
  assert.notEqual(createOnce().keyFor({ codeName: 'KESTREL', tier: 3 }), once.keyFor({ codeName: 'KESTREL', tier: 3 }), 'another button');
});

test('what is done is over: the same input is another thing then, and a late answer ends no newer one', () => {
  const once = createOnce();
  const first = once.keyFor({});
  once.done(first);
  const second = once.keyFor({});
  assert.notEqual(second, first);
  once.done(first);
  assert.equal(once.keyFor({}), second);
});
