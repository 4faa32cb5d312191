import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Finder } from '../ui/Finder.tsx';
import type { FinderEntry, FinderProps } from '../ui/Finder.tsx';
import { KeysHelp } from '../ui/KeysHelp.tsx';
import { SkipLink } from '../ui/SkipLink.tsx';
import { useKey } from '../ui/use-key.ts';
import { navOf } from './nav.ts';
import { maySee } from './page-entry.ts';
import type { PageEntry } from './page-entry.ts';
import { Rail } from './Rail.tsx';
import type { RailProps } from './Rail.tsx';
import type { Session } from './session.ts';

export type AppShellProps = Pick<RailProps, 'counts' | 'onSignOut'> & {
  session: Session;
  pages: readonly PageEntry[];
  search?: FinderProps['search'];
  children: ReactNode;
};

function placesOf(pages: readonly PageEntry[], session: Session): FinderEntry[] {
  const inRail = navOf(pages, session.permissions).flatMap((group) => [
    ...(group.to ? [{ id: group.to, label: group.label, to: group.to, group: 'Go to' }] : []),
    ...group.items.map((item) => ({ id: item.to, label: item.label, to: item.to, hint: group.label, group: 'Go to' })),
  ]);
  const others = pages
    .filter((page) => page.find && maySee(page.needs, session.permissions))
    .map((page) => ({ id: `find ${page.path}`, label: page.find ?? '', to: page.path, group: 'Go to' }));
  return [...inRail, ...others];
}

/** The frame of every page behind the sign-in: rail, content, finder, keys. */
export function AppShell({ session, pages, counts, search, onSignOut, children }: AppShellProps) {
  const router = useRouter();
  const [open, setOpen] = useState<'finder' | 'keys'>();
  useKey('Ctrl K', 'Find or go to', () => setOpen('finder'));
  useKey('?', 'Show the keys', () => setOpen('keys'));
  const close = () => setOpen(undefined);
  return (
    <div className="app">
      <SkipLink />
      <Rail
        session={session}
        groups={navOf(pages, session.permissions)}
        counts={counts}
        onFind={() => setOpen('finder')}
        onKeys={() => setOpen('keys')}
        onSignOut={onSignOut}
      />
      <main className="page" id="main" tabIndex={-1}>
        {children}
      </main>
      <Finder open={open === 'finder'} onClose={close} onGo={(to) => router.history.push(to)} entries={placesOf(pages, session)} search={search} />
      <KeysHelp open={open === 'keys'} onClose={close} />
    </div>
  );
}
