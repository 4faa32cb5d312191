const house = 'http://underseal.invalid';

/** Where `?to=` points after the sign-in: a path of ours, or Home. Read as a browser would, which takes `/\host` and `/<tab>/host` out of the house. */
export function safeTo(to: string | null | undefined): string {
  if (!to?.startsWith('/')) return '/';
  const read = URL.parse(to, house);
  if (read?.origin !== house) return '/';
  // `/.//host` has become `//host` by being read.
  return `${read.pathname.replace(/^\/+/, '/')}${read.search}${read.hash}`;
}
