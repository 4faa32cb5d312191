import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  LedgerError,
  leafHash,
  nodeHash,
  rootHash,
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
  type ProofVerdict,
} from './index.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

type Vector = { name: string; wantErr: boolean; proof: string[] } & Record<'leafIdx' | 'treeSize' | 'size1' | 'size2' | 'start' | 'end' | 'size', number> &
  Record<'root' | 'leafHash' | 'root1' | 'root2', string>;

function judge(kind: string, vector: Vector): ProofVerdict {
  const proof = vector.proof.map(bytes);
  const { start, end, size } = vector;
  switch (kind) {
    case 'inclusion':
      return verifyInclusion(sha256, { index: vector.leafIdx, size: vector.treeSize, leafHash: bytes(vector.leafHash), root: bytes(vector.root), proof });
    case 'subtreeinclusion':
      return verifySubtreeInclusion(sha256, { index: vector.leafIdx, start, end, leafHash: bytes(vector.leafHash), root: bytes(vector.root), proof });
    case 'consistency':
      return verifyConsistency(sha256, { oldSize: vector.size1, size: vector.size2, oldRoot: bytes(vector.root1), root: bytes(vector.root2), proof });
    default:
      return verifySubtreeConsistency(sha256, { start, end, size, subtreeRoot: bytes(vector.root1), root: bytes(vector.root2), proof });
  }
}

for (const [kind, count] of [
  ['inclusion', 98],
  ['consistency', 98],
  ['subtreeinclusion', 204],
  ['subtreeconsistency', 118],
] as const) {
  const vectors = JSON.parse(readFileSync(new URL(`../testdata/merkle/${kind}.json`, import.meta.url), 'utf8')) as Vector[];
  test(`${kind}: all ${count} public vectors`, () => {
    assert.equal(vectors.length, count);
    for (const vector of vectors) assert.equal(judge(kind, vector).ok, !vector.wantErr, vector.name);
  });
}

test('RFC 6962 hashes: nothing, a leaf without bytes, and a node', () => {
  const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex');
  assert.equal(hex(rootHash(sha256, [])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(hex(leafHash(sha256, new Uint8Array())), '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  assert.equal(hex(leafHash(sha256, Uint8Array.of(0))), '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7');
  const two = rootHash(sha256, [leafHash(sha256, new Uint8Array()), leafHash(sha256, Uint8Array.of(0))]);
  assert.equal(hex(two), 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
  assert.throws(() => nodeHash(sha256, two, two.subarray(1)), LedgerError);
});

test('verdicts say why', () => {
  const leaves = ['a', 'b', 'c'].map((text) => leafHash(sha256, Buffer.from(text)));
  const [a, b, c] = leaves as [Uint8Array, Uint8Array, Uint8Array];
  const claim = { index: 2, size: 3, leafHash: c, root: rootHash(sha256, leaves), proof: [nodeHash(sha256, a, b)] };
  const why = (verdict: ProofVerdict) => (verdict.ok ? 'ok' : verdict.why);
  assert.equal(why(verifyInclusion(sha256, claim)), 'ok');
  assert.equal(why(verifyInclusion(sha256, { ...claim, index: 3 })), 'range');
  assert.equal(why(verifyInclusion(sha256, { ...claim, index: -1 })), 'range');
  assert.equal(why(verifyInclusion(sha256, { ...claim, index: 0.5 })), 'range');
  assert.equal(why(verifyInclusion(sha256, { ...claim, size: Number.NaN })), 'range');
  assert.equal(why(verifyInclusion(sha256, { ...claim, size: 2 ** 53 })), 'range');
  assert.equal(why(verifyInclusion(sha256, { ...claim, size: 2 ** 53 - 1 })), 'proof_length');
  assert.equal(why(verifyInclusion(sha256, { ...claim, proof: [] })), 'proof_length');
  assert.equal(why(verifyInclusion(sha256, { ...claim, proof: [a.subarray(1)] })), 'hash_length');
  assert.equal(why(verifyInclusion(sha256, { ...claim, leafHash: a })), 'root_differs');
  const grown = { oldSize: 2, size: 3, oldRoot: nodeHash(sha256, a, b), root: claim.root, proof: [c] };
  assert.equal(why(verifyConsistency(sha256, grown)), 'ok');
  assert.equal(why(verifyConsistency(sha256, { ...grown, oldSize: 0 })), 'range');
  assert.equal(why(verifyConsistency(sha256, { ...grown, oldRoot: new Uint8Array() })), 'hash_length');
  assert.equal(why(verifyConsistency(sha256, { ...grown, proof: [b] })), 'root_differs');
});
