import type { SecretId, VersionId } from '@underseal/contract';
import { readElement } from '#features/register/server/index.ts';
import { readVersion } from '#features/vault/server/index.ts';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { Services } from '#platform/server/services.ts';
import { fingerprinted, LARGEST_CONTENT } from '../contract.ts';
import { printsContext, type Index } from './index-store.ts';
import { packKnown } from './prints.ts';
import { digestOf, joinParts, readContent, type Reading } from './reading.ts';
import type { Scanner } from './scanner.ts';
import { sealSource, sourceHolds } from './sealed.ts';
import { findFingerprint, keepFingerprint, type FingerprintRow } from './store.ts';

interface Parts {
  readonly services: Services;
  readonly sandbox: Sandbox;
  readonly index: Index;
  readonly scanner: Scanner;
}

const WHY_EMPTY = {
  too_short: 'holds fewer than 32 letters and digits',
  too_uniform: 'holds nothing but repetition',
  allowed: "holds licences and notices that are nobody's secret, and too little besides",
} as const;

/** The work was queued before what it is about had committed: it is to be tried again. */
export class NotYet extends Error {}

/** Makes the fingerprints of one source, records that they are there, and brings them into the index. Called twice, it does it once. Rejects with `NotYet`. */
export async function fingerprintSource({ services, sandbox, index, scanner }: Parts, sourceId: string): Promise<void> {
  const row = await findFingerprint(services.db, sourceId);
  if (!row) throw new NotYet();
  if (row.state !== 'pending') return index.bring([sourceId]);
  if (!sourceHolds(services.keys, row)) return services.alarm('guard.fingerprint_broken', { source: sourceId });
  const reading = await readSource({ services, sandbox }, row);
  const made = await scanner.fingerprint(joinParts(reading.parts));
  const unread = [...new Set(reading.unread.map((problem) => problem.reason))];
  const state = made.ok ? 'ready' : unread.length > 0 ? 'failed' : 'empty';
  const reason = made.ok ? null : unread.length > 0 ? `could not be read: ${unread.join(', ')}` : WHY_EMPTY[made.why];
  const known = packKnown({ prints: made.ok ? made.prints : undefined, bytes: reading.bytes, digest: reading.digest });
  const sealed = services.keys.sealBytes('fingerprint', printsContext(sourceId), known);
  const seal = sealSource(services.keys, { ...row, state });
  await services.alone({ via: 'guard.fingerprint' }, async ({ tx, now, record }) => {
    if (!(await keepFingerprint(tx, sourceId, { state, reason, unread, sealed, at: now, seal }))) return;
    const versionId = row.element_number === null ? (sourceId as VersionId) : null;
    record(fingerprinted, { secretId: row.secret_id as SecretId, source: sourceOf(row), versionId, state, unread });
  });
  await index.bring([sourceId]);
}

/** Documents are named by document, elements by element: a version is told apart from its document by its own id. */
export function sourceOf(row: Pick<FingerprintRow, 'source_id' | 'lineage' | 'element_number'>): string {
  return row.element_number === null ? row.lineage : row.source_id;
}

/** The registered text, read again from where it lies sealed. It must be sealed for the very secret that the row names: which one that is decides who may see it. */
export async function readSource(
  { services, sandbox }: Pick<Parts, 'services' | 'sandbox'>,
  row: Pick<FingerprintRow, 'source_id' | 'element_number' | 'secret_id'>,
): Promise<Reading & { readonly bytes: number; readonly digest: string }> {
  if (row.element_number !== null) {
    const element = await readElement(services, row.source_id);
    assertOf(element, row);
    return {
      parts: [{ path: [], kind: 'text', text: element.text }],
      files: [],
      unread: [],
      bytes: Buffer.byteLength(element.text),
      digest: digestOf(element.text),
    };
  }
  const version = await readVersion(services, row.source_id);
  assertOf(version, row);
  if (version.bytes > LARGEST_CONTENT) return { parts: [], files: [], unread: [{ path: [], reason: 'too_large' }], bytes: version.bytes, digest: '' };
  const pieces: Buffer[] = [];
  for await (const piece of version.whole()) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return { ...(await readContent(sandbox, bytes, version.name)), bytes: bytes.length, digest: digestOf(bytes) };
}

function assertOf({ secretId }: { secretId: string }, row: { secret_id: string }) {
  if (secretId !== row.secret_id) throw new Error('A source is not of the secret that its row names');
}
