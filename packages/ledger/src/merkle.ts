import { sameBytes } from './bytes.ts';
import { LedgerError } from './errors.ts';

/** SHA-256. It is passed in, since the fastest one differs from runtime to runtime. It must not keep the bytes it is given: they are written over. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Why a proof does not hold. `range`: index and sizes cannot belong together. `proof_length`: too few or too many hashes. */
export type ProofFault = 'range' | 'hash_length' | 'proof_length' | 'old_root_differs' | 'root_differs';
export type ProofVerdict = { readonly ok: true } | { readonly ok: false; readonly why: ProofFault };

export const HASH_BYTES = 32;

const LEAF = 0x00;
const NODE = 0x01;
const EMPTY = new Uint8Array();
const OK: ProofVerdict = { ok: true };

// One buffer for all nodes: a node is hashed before the next one is written, and half the cost of a node was making room for it.
const nodeBytes = new Uint8Array(1 + 2 * HASH_BYTES);
nodeBytes[0] = NODE;

/** Hash of one entry, RFC 6962 2.1. The prefix keeps a leaf from passing for a node. */
export function leafHash(sha256: Hash, entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entry.length);
  bytes[0] = LEAF;
  bytes.set(entry, 1);
  return sha256(bytes);
}

/** Hash of the node over two subtrees. Throws `hash_invalid` unless both are 32 bytes long. */
export function nodeHash(sha256: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new LedgerError('hash_invalid', 'Cannot join these hashes: a hash has 32 bytes');
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 1 + HASH_BYTES);
  return sha256(nodeBytes);
}

/** Root over `leafHashes` in their order. The root of no leaves is the hash of nothing. */
export function rootHash(sha256: Hash, leafHashes: readonly Uint8Array[]): Uint8Array {
  if (leafHashes.length === 0) return sha256(EMPTY);
  let row = leafHashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) above.push(nodeHash(sha256, row[i]!, row[i + 1]!));
    // A last one without a partner rises as it is: that is where RFC 6962 puts it.
    if (row.length % 2 === 1) above.push(row.at(-1)!);
    row = above;
  }
  return row[0]!;
}

/** Entries from `start` up to, not including, `end`. */
export type Range = { readonly start: number; readonly end: number };

/** One sibling on the way from the root down to the range. `both`: it belongs to the old tree as well. */
export type Step = { readonly range: Range; readonly left: boolean; readonly both: boolean };

/** What a proof about a range consists of: the way down, and at its foot a hash that the verifier may know already. */
export type Way = { readonly foot: Range; readonly known: boolean; readonly steps: readonly Step[] };

/** Number of binary digits of `n`, up to 2^53. */
export function bitLength(n: number): number {
  return n < 2 ** 32 ? 32 - Math.clz32(n) : 64 - Math.clz32(Math.floor(n / 2 ** 32));
}

/** A subtree stands where a tree of its size would be cut: at a multiple of the least power of two that holds it. */
export function isSubtree({ start, end }: Range): boolean {
  return isCount(start) && isCount(end) && start < end && start % 2 ** bitLength(end - start - 1) === 0;
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/**
 * The way from `whole` down to `part`. Making a proof and verifying it both follow this one description: inclusion is the way to one leaf, and
 * consistency the way to the old tree. Both ranges must be subtrees, the one within the other.
 */
export function wayDown(part: Range, whole: Range): Way {
  const steps: Step[] = [];
  let { start, end } = whole;
  let from = part.start;
  let known = true;
  while (from !== start || part.end !== end) {
    const middle = start + 2 ** (bitLength(end - start - 1) - 1);
    if (part.end <= middle) {
      steps.push({ range: { start: middle, end }, left: false, both: false });
      end = middle;
    } else {
      const both = from < middle;
      steps.push({ range: { start, end: middle }, left: true, both });
      if (both) {
        from = middle;
        known = false;
      }
      start = middle;
    }
  }
  return { foot: { start, end }, known, steps };
}

export type InclusionClaim = {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** Whether `proof` shows that the leaf stands at `index` of the tree of `size` entries with `root`. Never throws. */
export function verifyInclusion(sha256: Hash, { size, ...claim }: InclusionClaim): ProofVerdict {
  return verifySubtreeInclusion(sha256, { ...claim, start: 0, end: size });
}

export type SubtreeInclusionClaim = Omit<InclusionClaim, 'size'> & Range;

/** As `verifyInclusion`, for the subtree of the entries from `start` up to `end`, whose hash is `root`; `index` counts from the whole tree's start. */
export function verifySubtreeInclusion(sha256: Hash, claim: SubtreeInclusionClaim): ProofVerdict {
  const { index, start, end, proof, root } = claim;
  if (!isSubtree({ start, end }) || !isCount(index) || index < start || index >= end) return no('range');
  if (claim.leafHash.length !== HASH_BYTES) return no('hash_length');
  const climbed = climb(sha256, wayDown({ start: index, end: index + 1 }, { start, end }), claim.leafHash, proof);
  if ('why' in climbed) return no(climbed.why);
  return sameBytes(climbed.root, root) ? OK : no('root_differs');
}

export type ConsistencyClaim = {
  readonly oldSize: number;
  readonly size: number;
  readonly oldRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Whether `proof` shows that the tree of `oldSize` entries is the beginning of the tree of `size`. Never throws. An empty old tree is refused (`range`):
 * everything begins with nothing, so such a proof would say nothing.
 */
export function verifyConsistency(sha256: Hash, { oldSize, oldRoot, ...claim }: ConsistencyClaim): ProofVerdict {
  if (oldSize === 0) return no('range');
  return verifySubtreeConsistency(sha256, { ...claim, start: 0, end: oldSize, subtreeRoot: oldRoot });
}

export type SubtreeConsistencyClaim = Range & {
  readonly size: number;
  readonly subtreeRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Whether `proof` shows that `subtreeRoot` is the hash of the entries from `start` up to `end` in the tree of `size` entries with `root`. Never throws.
 * The empty subtree (start = end) is in every tree: it holds with the hash of nothing and an empty proof, and says nothing about `root`.
 */
export function verifySubtreeConsistency(sha256: Hash, claim: SubtreeConsistencyClaim): ProofVerdict {
  const { start, end, size, subtreeRoot, root, proof } = claim;
  if (!isCount(start) || !isCount(end) || !isCount(size) || end > size) return no('range');
  if (start === end) {
    if (proof.length > 0) return no('proof_length');
    return sameBytes(subtreeRoot, sha256(EMPTY)) ? OK : no('old_root_differs');
  }
  if (!isSubtree({ start, end })) return no('range');
  const way = wayDown({ start, end }, { start: 0, end: size });
  const climbed = climb(sha256, way, subtreeRoot, proof);
  if ('why' in climbed) return no(climbed.why);
  if (!sameBytes(climbed.part, subtreeRoot)) return no('old_root_differs');
  return sameBytes(climbed.root, root) ? OK : no('root_differs');
}

type Climbed = { readonly part: Uint8Array; readonly root: Uint8Array } | { readonly why: ProofFault };

/** Climbs from the foot: `part` gathers what lies in the smaller tree only, `root` all. The length is checked first, so a long proof costs nothing. */
function climb(sha256: Hash, { known, steps }: Way, claimed: Uint8Array, proof: readonly Uint8Array[]): Climbed {
  const siblings = known ? proof : proof.slice(1);
  if (proof.length !== steps.length + (known ? 0 : 1)) return { why: 'proof_length' };
  const foot = known ? claimed : proof[0]!;
  if (steps.length > 0 && foot.length !== HASH_BYTES) return { why: 'hash_length' };
  if (siblings.some((sibling) => sibling.length !== HASH_BYTES)) return { why: 'hash_length' };
  let part = foot;
  let root = foot;
  siblings.forEach((sibling, i) => {
    const { left, both } = steps[steps.length - 1 - i]!;
    root = left ? nodeHash(sha256, sibling, root) : nodeHash(sha256, root, sibling);
    if (both) part = nodeHash(sha256, sibling, part);
  });
  return { part, root };
}

function no(why: ProofFault): ProofVerdict {
  return { ok: false, why };
}
