import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BugError, Failure, FAILURE_STATUS, type FailureKind } from '@underseal/contract';
import { describeError, NoAnswer } from './operations.ts';
import { adviceOn } from './ui/advice.ts';

const adviceOnError = (error: unknown, own = {}) => adviceOn(describeError(error), own);

test('the advice is found by the kind, whatever the code', () => {
  for (const kind of Object.keys(FAILURE_STATUS) as FailureKind[]) {
    const described = describeError(new Failure(kind, 'access.already_granted', 'Cannot do this'));
    assert.deepEqual(described, { kind, code: 'access.already_granted', message: 'Cannot do this', ref: undefined });
    const { meaning, next } = adviceOn(described);
    assert.match(meaning, /^Nothing was (changed|kept)\.$/, kind);
    assert.match(next, /^[A-Z].+\.$/, kind);
  }
  assert.notEqual(adviceOnError(new Failure('denied', 'x.y', '')).next, adviceOnError(new Failure('limit', 'x.y', '')).next);
  assert.deepEqual(adviceOnError(new BugError('Something went wrong', 'r1')), { meaning: 'Nothing was changed.', next: 'Try again.' });
  assert.deepEqual(adviceOnError(new TypeError('x')), { meaning: 'Nothing was changed.', next: 'Try again.' });
});

test('where no answer came, only a read is known to have changed nothing', () => {
  for (const asked of ['read', 'once', 'other'] as const) {
    const { kind, message } = describeError(new NoAnswer(asked));
    assert.deepEqual([kind, message], ['network', 'The server did not answer']);
    assert.equal(/Nothing was changed/.test(adviceOnError(new NoAnswer(asked)).meaning), asked === 'read', asked);
    assert.equal(/not done twice/.test(adviceOnError(new NoAnswer(asked)).next), asked === 'once', asked);
  }
  assert.match(adviceOnError(new Failure('unavailable', 'platform.database_away', '')).meaning, /may have been done/);
  assert.match(adviceOnError(new Failure('conflict', 'platform.already_done', '')).meaning, /was done the first time/);
});

test('what a page says of its refusals stands where the server refused, not where no answer came', () => {
  const own = { meaning: 'Nobody was signed in.', next: 'Ask for a new link.' };
  assert.deepEqual(adviceOnError(new Failure('denied', 'x.y', ''), own), own);
  assert.deepEqual(adviceOnError(new NoAnswer('other'), own), adviceOnError(new NoAnswer('other')));
});
