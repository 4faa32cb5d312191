/** Ids of secrets that an entry's open fields name. */
export function secretsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string' && value.startsWith('sec_')) found.add(value);
  else if (value && typeof value === 'object') for (const inner of Object.values(value)) secretsIn(inner, found);
  return found;
}

const ID = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/;
/** Every id that a value holds. */
export function idsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string' && ID.test(value)) found.add(value);
  else if (value && typeof value === 'object') for (const inner of Object.values(value)) idsIn(inner, found);
  return found;
}

/**
 * What of an entry somebody may see who knows of some secrets: list items about others are left out as if they had not been recorded, and an
 * entry that is about another secret as a whole is not shown at all (undefined).
 */
export function visibleData(data: Readonly<Record<string, unknown>>, knows: (secretId: string) => boolean): Record<string, unknown> | undefined {
  const shown = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value.filter((item) => [...secretsIn(item)].every(knows)) : value]),
  );
  return [...secretsIn(shown)].every(knows) ? shown : undefined;
}
