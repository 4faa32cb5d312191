import { sha256 } from '@noble/hashes/sha2.js';
import { ed25519Verifier, leafHash, LedgerError, openCheckpoint, verifyConsistency, verifyInclusion } from '@underseal/ledger';

export interface Claim {
  readonly index: number;
  readonly leaf: string;
  readonly proof: readonly string[];
  readonly note: string;
  /** The ledger's public key, as this page was given it. */
  readonly verifier: string;
}
type Not = { readonly holds: false; readonly why: string };
export type Checked = { readonly holds: true; readonly size: number } | Not;
/** A checkpoint whose signature was checked here. */
export interface Opened {
  readonly holds: true;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Checks in this browser what the server claims: the checkpoint's signature, and that the entry leads to its root. */
export async function checkProof({ index, leaf, proof, note, verifier }: Claim): Promise<Checked> {
  const opened = await openSigned(note, verifier);
  if (!opened.holds) return opened;
  const { size, root } = opened;
  const { ok } = verifyInclusion(sha256, { index, size, root, leafHash: leafHash(sha256, new TextEncoder().encode(leaf)), proof: proof.map(fromHex) });
  return ok ? { holds: true, size } : { holds: false, why: 'The entry does not lead to the root of the checkpoint.' };
}

/** Checks in this browser that the ledger of `note` begins with the one of a checkpoint that was opened here. */
export async function checkGrowth(kept: Opened, { proof, note, verifier }: Pick<Claim, 'proof' | 'note' | 'verifier'>): Promise<Checked> {
  const newest = await openSigned(note, verifier);
  if (!newest.holds) return newest;
  const { size, root } = newest;
  const { ok } = verifyConsistency(sha256, { oldSize: kept.size, oldRoot: kept.root, size, root, proof: proof.map(fromHex) });
  return ok ? { holds: true, size } : { holds: false, why: 'What the ledger begins with now is not what it was when you kept the checkpoint.' };
}

/** A checkpoint, as far as the ledger's key signed it. Never throws. */
export async function openSigned(note: string, verifier: string): Promise<Opened | Not> {
  // Only where the page came by a safe way does the browser lend its cryptography.
  if (!isSecureContext) return { holds: false, why: 'This browser can check signatures only on https or on this machine itself.' };
  try {
    const { size, root } = await openCheckpoint(note, { log: ed25519Verifier(sha256, verifier, verifySignature) });
    return { holds: true, size, root };
  } catch (error) {
    if (error instanceof LedgerError) return { holds: false, why: SIGNATURES[error.code] ?? 'It is no checkpoint, or not a whole one.' };
    return { holds: false, why: 'This browser cannot check Ed25519 signatures. Use the command line on the downloaded file.' };
  }
}
const SIGNATURES: Readonly<Record<string, string>> = {
  signature_invalid: 'The signature of the checkpoint does not hold: text or signature was changed.',
  signature_missing: 'The checkpoint is not signed by the key of this ledger: it is of another one, or was changed.',
  origin_differs: 'The checkpoint is of another ledger.',
  key_malformed: 'The key of the ledger is damaged.',
};

async function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
}
function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
