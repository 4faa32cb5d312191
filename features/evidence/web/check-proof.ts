import { sha256 } from '@noble/hashes/sha2.js';
import { ed25519Verifier, leafHash, LedgerError, openCheckpoint, verifyInclusion } from '@underseal/ledger';

export interface Claim {
  readonly index: number;
  readonly leaf: string;
  readonly proof: readonly string[];
  readonly note: string;
  /** The ledger's public key, as this page was given it. */
  readonly verifier: string;
}
export type Checked = { readonly holds: true; readonly size: number } | { readonly holds: false; readonly why: string };

/** Checks in this browser what the server claims: the checkpoint's signature, and that the entry leads to its root. */
export async function checkProof({ index, leaf, proof, note, verifier }: Claim): Promise<Checked> {
  // Only where the page came by a safe way does the browser lend its cryptography.
  if (!isSecureContext) return { holds: false, why: 'This browser can check signatures only on https or on this machine itself.' };
  try {
    const { size, root } = await openCheckpoint(note, { log: ed25519Verifier(sha256, verifier, verifySignature) });
    const { ok } = verifyInclusion(sha256, { index, size, root, leafHash: leafHash(sha256, new TextEncoder().encode(leaf)), proof: proof.map(fromHex) });
    return ok ? { holds: true, size } : { holds: false, why: 'The entry does not lead to the root of the checkpoint.' };
  } catch (error) {
    if (error instanceof LedgerError) return { holds: false, why: `${error.message}.` };
    return { holds: false, why: 'This browser cannot check Ed25519 signatures. Use the command line on the downloaded proof.' };
  }
}

async function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
}
function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
