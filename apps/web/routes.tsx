import { createAppRouter } from '#platform/web/shell/index.ts';
import type { PageEntry, RouterOptions } from '#platform/web/shell/index.ts';

// Each feature that has pages lists them in `web/index.tsx`; the code of a page itself is loaded only when it is gone to.
const features = import.meta.glob<{ pages?: readonly PageEntry[] }>('../../features/*/web/index.tsx', { eager: true });

// Pages that put several features together live in the app, a folder each.
const composed = import.meta.glob<{ pages?: readonly PageEntry[] }>('./*/index.tsx', { eager: true });

export const pages: readonly PageEntry[] = [...Object.values(features), ...Object.values(composed)].flatMap((folder) => folder.pages ?? []);

export function createRoutes(options: Omit<RouterOptions, 'pages'> = {}) {
  // Vite puts `false` in place of the condition in a build for use, and the gallery with it out of the bundle.
  const own: PageEntry[] =
    import.meta.env.DEV || import.meta.env.MODE === 'gallery'
      ? [
          { path: '/gallery', component: () => import('./gallery.tsx').then((m) => m.GalleryPage), frame: 'none' },
          { path: '/gallery/$part', component: () => import('./gallery.tsx').then((m) => m.GalleryPage), frame: 'none' },
        ]
      : [];
  return createAppRouter({ ...options, pages: [...pages, ...own] });
}
