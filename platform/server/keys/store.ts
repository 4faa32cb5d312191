/** Where wrapped keys are kept. The database's version stands with the database; this folder has the port, a fake, and the suite both must pass. */
export type KeyRow = {
  readonly id: string;
  readonly purpose: string;
  /** Whose key it is; null for the one key of a purpose. */
  readonly subject: string | null;
  /** Null once destroyed. */
  readonly wrapped: Buffer | null;
  readonly createdAt: Date;
  readonly destroyedAt: Date | null;
};

export type KeyStore = {
  load(purpose: string, subject?: string): Promise<KeyRow | undefined>;
  /** Adds the row unless its purpose and subject have one, destroyed or not. Answers the row that is there then. */
  insert(row: KeyRow): Promise<KeyRow>;
  /** Overwrites the wrapped key with null and keeps the row for ever as a tombstone. Without a row it changes nothing. */
  destroy(purpose: string, subject: string, at: Date): Promise<void>;
};

/** The fake: keys in memory, for tests. */
export function memoryKeyStore(): KeyStore & { readonly rows: readonly KeyRow[] } {
  const rows = new Map<string, KeyRow>();
  const placeOf = (purpose: string, subject: string | null = null) => JSON.stringify([purpose, subject]);
  return {
    get rows() {
      return [...rows.values()];
    },
    load: async (purpose, subject) => rows.get(placeOf(purpose, subject)),
    async insert(row) {
      const place = placeOf(row.purpose, row.subject);
      const kept = rows.get(place) ?? row;
      rows.set(place, kept);
      return kept;
    },
    async destroy(purpose, subject, at) {
      const row = rows.get(placeOf(purpose, subject));
      if (row && !row.destroyedAt) rows.set(placeOf(purpose, subject), { ...row, wrapped: null, destroyedAt: at });
    },
  };
}
