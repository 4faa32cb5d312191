import {
  act,
  contract,
  DocumentId,
  ElementId,
  event,
  failure,
  InspectionId,
  Instant,
  open,
  page,
  paged,
  read,
  release,
  SecretId,
  VersionId,
} from '@underseal/contract';
import { z } from 'zod';

export const Verdict = z.enum(['clear', 'match', 'not-inspected']);
/** `changed`: what is kept of the inspection was changed by hand in the database, and is not believed. */
export const KeptVerdict = z.enum([...Verdict.options, 'changed']);
export const Action = z.enum(['allow', 'log', 'warn', 'block']);
export const Confidence = z.enum(['possible', 'likely', 'certain']);
export const Exit = z.enum(['page', 'api', 'command-line']);
export const Unread = z.enum([
  'encrypted',
  'broken',
  'too_large',
  'too_deep',
  'too_many_entries',
  'ratio',
  'too_many_pages',
  'timeout',
  'image',
  'unsupported',
  'unknown',
  'index_not_ready',
  'busy',
]);
const Source = z.string().regex(/^(doc|elm)_[0-9a-hjkmnp-tv-z]{26}$/);
/** Who asked for a check. The name is told to counsel and security, to the owner of a secret that matched, and to whoever asked. */
export const AskedBy = z.strictObject({ kind: z.enum(['person', 'program', 'unknown']), name: z.string().nullable(), you: z.boolean() });
/** What is quoted of a match: it names the inspection, and tells nothing of what matched. */
export const CASE_NUMBER = /^C-[0-9A-HJKMNP-TV-Z]{8}$/i;
/**
 * Offsets are UTF-16 code units: `from`/`to` into the inspected text of part `part`, `sourceFrom`/`sourceTo` into the registered text. Passages of one
 * match come in the order of the inspected text and never overlap in it. `characters` counts all from the first to the last of a passage; at either end up
 * to fifteen letters more may be equal.
 */
export const Passage = z.strictObject({ part: z.int(), from: z.int(), to: z.int(), sourceFrom: z.int(), sourceTo: z.int(), characters: z.int() });
export const Match = z.strictObject({
  secret: SecretId,
  /** Empty, as the title, for whoever may not know of the secret. */
  codeName: z.string(),
  /** The asker may open the secret, and so see both texts side by side. */
  mayOpen: z.boolean(),
  document: Source,
  version: VersionId.nullable(),
  element: z.int().nullable(),
  /** File name of the document in the version that matched, or heading of the element. */
  title: z.string(),
  /** The part of what was inspected that the passages lie in, or the file in it that is the registered one: the names that lead to it, none for the content itself. */
  foundIn: z.strictObject({ path: z.array(z.string()), kind: z.string() }),
  tier: z.int(),
  /** By its bytes, where it is the registered file itself; else by passages of its text. */
  channel: z.enum(['text', 'file']),
  confidence: Confidence,
  /** What was inspected, or a file in it, is the registered file itself, byte for byte. */
  whole: z.boolean(),
  /** Of all its passages together, as they stand in what was inspected. */
  characters: z.int(),
  /** Length of the whole registered text; 0 where it holds none that could be read. */
  sourceCharacters: z.int(),
  passages: z.array(Passage),
  /** There are more passages than are told. */
  cut: z.boolean(),
});
export const Inspection = z.strictObject({
  id: InspectionId,
  at: Instant,
  exit: Exit,
  verdict: Verdict,
  action: Action,
  bytes: z.int(),
  /** What was read of it, each character once: of a plain text, all. */
  characters: z.int(),
  parts: z.array(z.strictObject({ path: z.array(z.string()), kind: z.string(), characters: z.int(), text: z.string().nullable() })),
  unread: z.array(z.strictObject({ path: z.array(z.string()), reason: Unread })),
  /** Null for a caller without guard:review, but for a person's own in secrets that she may open: a scanner that tells which passage matched is an oracle. */
  matches: z.array(Match).nullable(),
  /** How many secrets matched that the asker may not know of is not told either; the case number stands for all. */
  caseNumber: z.string().nullable(),
  /** The lists that are not whole: what is told has an end. The verdict is of all. */
  cut: z.array(z.enum(['parts', 'unread', 'matches'])),
});
/** What one answer tells at most. */
export const TOLD = { parts: 500, unread: 200, matches: 100, passages: 50 } as const;
export const InspectionRow = z.strictObject({
  id: InspectionId,
  at: Instant,
  /** Null, as `bytes`, where the record was changed by hand. */
  exit: Exit.nullable(),
  by: AskedBy,
  verdict: KeptVerdict,
  /** What the asker was told to do. For a match in a secret unknown to the reader always the strongest: it would tell the tier. */
  action: Action,
  bytes: z.int().nullable(),
  unread: z.array(Unread),
  caseNumber: z.string().nullable(),
  secrets: z.array(z.strictObject({ secretId: SecretId, codeName: z.string(), characters: z.int() })),
});
/** What is kept of one inspection. */
export const InspectionKept = z.strictObject({
  ...InspectionRow.shape,
  matches: z.array(
    z.strictObject({
      ...Match.pick({ secret: true, codeName: true, document: true, element: true, title: true, confidence: true, whole: true, characters: true }).shape,
      passages: z.int(),
    }),
  ),
});

export const inspected = event(
  'guard.inspected',
  {
    inspectionId: open(InspectionId),
    exit: open(Exit),
    verdict: open(Verdict),
    action: open(Action),
    bytes: open(z.int()),
    unread: open(z.array(Unread)),
    matches: open(
      z.array(
        z.strictObject({
          secretId: SecretId,
          source: Source,
          elements: z.array(ElementId),
          characters: z.int(),
          confidence: Confidence,
          whole: z.boolean(),
          passages: z.array(z.strictObject({ from: z.int(), to: z.int(), sourceFrom: z.int(), sourceTo: z.int() })),
        }),
      ),
    ),
    /** More matched than the entry lists. */
    cut: open(z.boolean()),
  },
  // As `list`, which tells them all of each.
  { heardBy: { id: 'inspectionId', needs: 'guard:review' } },
);
export const fingerprinted = event('guard.fingerprinted', {
  secretId: open(SecretId),
  source: open(Source),
  versionId: open(VersionId.nullable()),
  state: open(z.enum(['ready', 'empty', 'failed'])),
  unread: open(z.array(Unread)),
});
export const passagesShown = event('guard.passages_shown', {
  secretId: open(SecretId),
  inspectionId: open(InspectionId),
  source: open(Source),
});

/** 64 MiB of content travel as 88 MiB of base64. */
export const LARGEST_CONTENT = 64 * 2 ** 20;

export const guard = contract({
  name: 'guard',
  operations: {
    inspect: act({
      needs: 'guard:inspect',
      says: 'Is this ours, and may it leave? Nothing of the content is stored.',
      bodyLimit: 92 * 2 ** 20,
      input: z.strictObject({
        text: z.string().max(LARGEST_CONTENT).optional(),
        base64: z
          .string()
          .max(90 * 2 ** 20)
          .optional(),
        name: z.string().max(255).optional(),
        exit: Exit.default('api'),
      }),
      output: Inspection,
      records: [inspected],
    }),
    list: read({
      needs: 'guard:review',
      says: 'What was inspected; secrets that the asker may not know of are left out.',
      input: z.strictObject({ verdict: Verdict.optional(), ...page }),
      output: paged(InspectionRow),
    }),
    show: read({
      needs: 'guard:review',
      says: 'What is kept of one inspection; secrets that the asker may not know of are left out.',
      input: z.strictObject({ inspectionId: InspectionId }),
      output: InspectionKept,
    }),
    find: read({
      needs: 'guard:review',
      says: 'The inspection that a case number was given for. Nothing where there is none.',
      input: z.strictObject({ caseNumber: z.string().regex(CASE_NUMBER) }),
      output: z.strictObject({ items: z.array(InspectionRow) }),
    }),
    exposure: read({
      needs: 'guard:review',
      about: 'secretId',
      says: 'Where a secret matched, by element.',
      input: z.strictObject({ secretId: SecretId, ...page }),
      output: paged(InspectionRow),
    }),
    passages: release({
      needs: 'guard:inspect',
      about: 'secretId',
      says: 'The registered passages beside an inspected text, from the vault.',
      input: z.strictObject({ secretId: SecretId, inspectionId: InspectionId, source: Source }),
      output: z.strictObject({
        passages: z.array(
          z.strictObject({
            from: z.int(),
            to: z.int(),
            text: z.string(),
            /** What stands around it, so that the passage can be followed to where both texts cease to be equal. */
            before: z.string(),
            after: z.string(),
            /** The part of the registered document it lies in; empty for a document of one part. */
            path: z.array(z.string()),
          }),
        ),
        cut: z.boolean(),
      }),
      records: [passagesShown],
    }),
    unrecognised: read({
      needs: 'register:list',
      says: 'Secrets that the asker may know of and of which no passage can be recognised: no document and no element has fingerprints.',
      input: z.strictObject({ ...page }),
      output: paged(
        z.strictObject({
          secretId: SecretId,
          codeName: z.string(),
          tier: z.int(),
          /** Nothing is stored, or it is being read, or it holds nothing that could be read, or only texts that are nobody's secret: then its files are recognised as they are, and no passage of them. */
          why: z.enum(['nothing-stored', 'being-read', 'unreadable']),
        }),
      ),
    }),
    recognition: read({
      needs: 'register:list',
      about: 'secretId',
      says: 'Of how many versions and elements of a secret passages can be recognised; each counts once.',
      input: z.strictObject({ secretId: SecretId }),
      output: z.strictObject({
        /** Every passage, or not every one: a part of it could not be read. */
        whole: z.int(),
        inPart: z.int(),
        /** No passage: the file as it is, or nothing at all. */
        asFile: z.int(),
        none: z.int(),
        /** They are still being read. */
        pending: z.int(),
      }),
    }),
    fingerprints: read({
      needs: 'register:list',
      about: 'secretId',
      says: 'Whether the documents and elements of a secret can be matched yet: of all, or of those that are named.',
      input: z.strictObject({
        secretId: SecretId,
        sourceIds: z
          .array(z.union([VersionId, ElementId]))
          .min(1)
          .max(200)
          .optional(),
        ...page,
      }),
      output: paged(
        z.strictObject({
          source: Source,
          document: DocumentId.nullable(),
          version: VersionId.nullable(),
          state: z.enum(['pending', 'ready', 'empty', 'failed']),
          /** The file is recognised where it is copied as it is; of `empty` and `failed` nothing else is. */
          asFile: z.boolean(),
          reason: z.string().nullable(),
        }),
      ),
    }),
  },
});
export const guardFailures = {
  contentMissing: failure('invalid', 'guard.content_missing'),
  inspectionMissing: failure('missing', 'guard.inspection_missing'),
};
