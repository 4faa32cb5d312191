import { ed25519Verifier, formatVkey, inclusionProof, leafHash, LedgerError, openCheckpoint, TILE_WIDTH, verifyInclusion } from '@underseal/ledger';
import type { Db } from '../db.ts';
import type { KeyRing } from '../keys.ts';
import { sha256, verifyEd25519 } from './hash.ts';

interface Row {
  readonly index: number;
  readonly leaf: Buffer;
}
/** Tells what stands in the signed tree from what somebody only wrote into its table. */
export interface SignedEntries {
  /** Whether each of these has its place in the tree of the newest checkpoint that our key signed. */
  hold(rows: readonly Row[]): Promise<boolean>;
}
const HASH_BYTES = 32;

export function createSignedEntries({ db, keys, origin }: { db: Db; keys: KeyRing; origin: string }): SignedEntries {
  const log = ed25519Verifier(sha256, formatVkey(sha256, origin, keys.checkpointSigner(origin).publicKey), verifyEd25519);
  let newest: { note: string; size: number; root: Uint8Array } | undefined;
  const findSigned = async () => {
    const row = await db.selectFrom('ledger_checkpoint').select('note').orderBy('size', 'desc').limit(1).executeTakeFirst();
    if (row && row.note !== newest?.note) {
      const { size, root } = await openCheckpoint(row.note, { log });
      newest = { note: row.note, size, root };
    }
    return row && newest;
  };
  const readTiles = () => {
    const read = new Map<string, Promise<Buffer>>();
    const find = async (level: number, index: number) =>
      (await db.selectFrom('ledger_tile').select('hashes').where('level', '=', level).where('index', '=', index).executeTakeFirst())?.hashes ?? Buffer.alloc(0);
    return (level: number, index: number) => {
      const key = `${level} ${index}`;
      if (!read.has(key)) read.set(key, find(level, index));
      return read.get(key)!;
    };
  };
  return {
    async hold(rows) {
      try {
        const signed = await findSigned();
        if (!signed || rows.some(({ index }) => index >= signed.size)) return false;
        const { size, root } = signed;
        const tile = readTiles();
        for (const [place, inTile] of Map.groupBy(rows, ({ index }) => Math.floor(index / TILE_WIDTH))) {
          // The path of one entry binds every hash of its tile: the others are compared with theirs.
          const [{ index, leaf }] = inTile as [Row];
          const proof = await inclusionProof(sha256, { index, size, tile });
          if (!verifyInclusion(sha256, { index, size, root, leafHash: leafHash(sha256, leaf), proof }).ok) return false;
          const hashes = await tile(0, place);
          const isThere = (row: Row) => {
            const at = (row.index % TILE_WIDTH) * HASH_BYTES;
            return hashes.subarray(at, at + HASH_BYTES).equals(leafHash(sha256, row.leaf));
          };
          if (!inTile.every(isThere)) return false;
        }
        return true;
      } catch (error) {
        if (error instanceof LedgerError) return false;
        throw error;
      }
    },
  };
}
