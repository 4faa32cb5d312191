import { maySee, verbs } from './page-entry.ts';
import type { PageEntry, Verb } from './page-entry.ts';

export type NavItem = { label: string; to: string };
export type NavGroup = { verb: Verb; label: string; to?: string | undefined; items: readonly NavItem[] };

const words: Record<Verb, string> = {
  home: 'Home',
  register: 'Register',
  guard: 'Guard',
  watch: 'Watch',
  respond: 'Respond',
  prove: 'Prove',
  programme: 'Programme',
  law: 'Law',
  settings: 'Settings',
};

/** The rail of one person: the places of the pages that exist and that they may see, by verb. */
export function navOf(pages: readonly PageEntry[], permissions: ReadonlySet<string>): NavGroup[] {
  const seen = pages.filter((page) => page.nav && maySee(page.needs, permissions));
  return verbs.flatMap((verb) => {
    const here = seen.filter((page) => page.nav?.verb === verb);
    const own = here.find((page) => !page.nav?.label);
    const items = here
      .filter((page) => page.nav?.label)
      .sort((a, b) => (a.nav?.order ?? 50) - (b.nav?.order ?? 50))
      .map((page) => ({ label: page.nav?.label ?? '', to: page.path }));
    return own || items.length > 0 ? [{ verb, label: words[verb], to: own?.path, items }] : [];
  });
}

/** The place of the rail in which an address lies: the longest path that begins it. */
export function currentOf(groups: readonly NavGroup[], pathname: string): string | undefined {
  const all = groups.flatMap((group) => [...(group.to ? [group.to] : []), ...group.items.map((item) => item.to)]);
  const fitting = all.filter((to) => pathname === to || (to !== '/' && pathname.startsWith(`${to}/`)));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
