import { contract, failure, Instant, page, paged, PersonId, read, SecretId } from '@underseal/contract';
import { z } from 'zod';

export const TimelineEntry = z.strictObject({
  id: z.string(),
  at: Instant,
  type: z.string(),
  actor: z.string().nullable(),
  actorName: z.string().nullable(),
  data: z.record(z.string(), z.json()),
  details: z.record(z.string(), z.json()),
  /** Of the ids in `data`, those that have a name that the asker may know: persons, programs, secrets, documents, elements. */
  names: z.record(z.string(), z.string()),
});
export const LedgerEntry = z.strictObject({
  index: z.int().nullable(),
  id: z.string(),
  at: Instant,
  type: z.string(),
  actor: z.string().nullable(),
  actorName: z.string().nullable(),
  /** What those are called whose ids stand open in `leaf`: persons, programs, and what belongs to secrets that the asker may know of. */
  names: z.record(z.string(), z.string()),
  leaf: z.string(),
  digest: z.string(),
  state: z.enum(['waiting', 'included']),
});
export const evidence = contract({
  name: 'evidence',
  operations: {
    secretTimeline: read({
      needs: 'evidence:read',
      about: 'secretId',
      says: 'What happened to a secret, newest first.',
      input: z.strictObject({ secretId: SecretId, ...page }),
      output: paged(TimelineEntry),
    }),
    personTimeline: read({
      needs: 'evidence:entries',
      says: 'What a person did, and what was done for them, newest first; secrets that the asker may not know of are left out.',
      input: z.strictObject({ personId: PersonId, ...page }),
      output: paged(TimelineEntry),
    }),
    mine: read({ needs: 'self', says: 'The own timeline.', input: z.strictObject({ ...page }), output: paged(TimelineEntry) }),
    entries: read({
      needs: 'evidence:entries',
      says: 'Ledger records with their inclusion state, newest first.',
      input: z.strictObject({ ...page }),
      output: paged(LedgerEntry),
    }),
    checkpoint: read({
      needs: 'evidence:entries',
      says: 'The newest signed checkpoint.',
      input: z.strictObject({}),
      output: z.strictObject({ size: z.int(), root: z.string(), note: z.string().nullable(), verifier: z.string(), waiting: z.int() }),
    }),
    proof: read({
      needs: 'evidence:entries',
      says: 'Proof that an entry stands in the tree of the newest checkpoint.',
      input: z.strictObject({ index: z.int().min(0) }),
      output: z.strictObject({ index: z.int(), size: z.int(), leaf: z.string(), proof: z.array(z.string()), note: z.string() }),
    }),
    consistency: read({
      needs: 'evidence:entries',
      says: 'Proof that the tree of the first `from` entries is the beginning of the tree of the newest checkpoint.',
      input: z.strictObject({ from: z.int().min(1) }),
      output: z.strictObject({ from: z.int(), size: z.int(), proof: z.array(z.string()), note: z.string() }),
    }),
  },
});
export const evidenceFailures = {
  entryMissing: failure('missing', 'evidence.entry_missing'),
  inDoubt: failure('denied', 'evidence.in_doubt'),
  checkpointMissing: failure('missing', 'evidence.checkpoint_missing'),
};
