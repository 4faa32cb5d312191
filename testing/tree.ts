import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import {
  consistencyProof,
  ed25519Verifier,
  leafHash,
  openCheckpoint,
  readEntry,
  rootHash,
  rootOfTiles,
  verifyConsistency,
  type Entry,
} from '@underseal/ledger';
import pg from 'pg';
import type { PgSettings } from '#platform/server/db.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';

export interface CheckedTree {
  readonly size: number;
  readonly root: string;
  readonly checkpoints: number;
  readonly entries: readonly (Entry & { readonly index: number; readonly ordinal: number })[];
}

/** Reads a ledger as an auditor would and asserts all that is promised of it: no gap, digests and tiles as said, every checkpoint signed and each one the beginning of the last. */
export async function checkTree(owner: PgSettings, verifier: string): Promise<CheckedTree> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows: entries } = await client.query<{ index: number; ordinal: number; id: string; type: string; leaf: Buffer; digest: Buffer }>(
      'select index::int, ordinal::int, id, type, leaf, digest from ledger_entry order by ledger_entry.index',
    );
    const { rows: checkpoints } = await client.query<{ size: number; root: Buffer; note: string }>(
      'select size::int, root, note from ledger_checkpoint order by size',
    );
    const { rows: tiles } = await client.query<{ level: number; index: number; hashes: Buffer }>('select level, index::int, hashes from ledger_tile');
    const digests = entries.map(({ index, id, type, leaf, digest }, i) => {
      assert.equal(index, i, 'indexes have no gap');
      assert.deepEqual(Buffer.from(leafHash(sha256, leaf)), digest);
      const entry = readEntry(leaf);
      assert.deepEqual([entry.id, entry.type], [id, type]);
      return digest;
    });
    const last = checkpoints.at(-1);
    assert.equal(last?.size ?? 0, entries.length, 'the newest checkpoint covers every entry');
    const tile = (level: number, index: number) => tiles.find((one) => one.level === level && one.index === index)?.hashes ?? Buffer.alloc(0);
    const log = ed25519Verifier(sha256, verifier, verifyEd25519);
    // Of very many, some: each costs a walk over the whole tree.
    const some = checkpoints.filter((checkpoint, i) => checkpoint === last || i % Math.ceil(checkpoints.length / 100) === 0);
    for (const { size, root, note } of some) {
      assert.deepEqual(Buffer.from(rootHash(sha256, digests.slice(0, size))), root, `root at ${size}`);
      const opened = await openCheckpoint(note, { log });
      assert.deepEqual([opened.size, Buffer.from(opened.root)], [size, root]);
      const proof = await consistencyProof(sha256, { oldSize: size, size: last!.size, tile });
      assert.deepEqual(verifyConsistency(sha256, { oldSize: size, oldRoot: root, size: last!.size, root: last!.root, proof }), { ok: true });
    }
    if (last) assert.deepEqual(Buffer.from(await rootOfTiles(sha256, { size: last.size, tile })), last.root, 'tiles give the root');
    return {
      size: entries.length,
      root: last?.root.toString('hex') ?? '',
      checkpoints: checkpoints.length,
      entries: entries.map(({ index, ordinal, leaf }) => ({ ...readEntry(leaf), index, ordinal })),
    };
  } finally {
    await client.end();
  }
}

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }, format: 'jwk' });
  return verify(null, message, key, signature);
}
