import type { ComponentType } from 'react';

/** The rail goes by verb, in this order. */
export const verbs = ['home', 'register', 'guard', 'watch', 'respond', 'prove', 'programme', 'law', 'settings'] as const;
export type Verb = (typeof verbs)[number];

/** What one page of a feature tells the app. Features export `pages: PageEntry[]` from `web/index.tsx`. */
export type PageEntry = {
  /** `/register/$secretId`; read the parameters with `useParam`. */
  path: string;
  /** `() => import('./SecretPage.tsx').then((m) => m.SecretPage)`: each page is a file of its own to load. */
  component: () => Promise<ComponentType>;
  /** Its place in the rail. Without `label` it is the verb's own page; with one it stands below the verb. */
  nav?: { verb: Verb; label?: string | undefined; order?: number | undefined } | undefined;
  /** Who lacks it sees neither the place nor the page. Of several, any one is enough. */
  needs?: string | readonly string[] | undefined;
  /** `app`: with the rail. `signed-out`: sign-in and set-up, open to strangers. `none`: no chrome, as the viewer. */
  frame?: 'app' | 'signed-out' | 'none' | undefined;
  /** How `Ctrl K` calls it, if it has no place in the rail but can be gone to. */
  find?: string | undefined;
};

export function maySee(needs: PageEntry['needs'], permissions: ReadonlySet<string>): boolean {
  if (needs === undefined) return true;
  return typeof needs === 'string' ? permissions.has(needs) : needs.some((one) => permissions.has(one));
}
