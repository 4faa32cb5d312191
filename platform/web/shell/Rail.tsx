import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Link } from '../ui/Link.tsx';
import { ThemeToggle } from '../ui/ThemeToggle.tsx';
import { Wordmark } from '../ui/Wordmark.tsx';
import { currentOf } from './nav.ts';
import type { NavGroup } from './nav.ts';
import type { Session } from './session.ts';
import './Rail.css';

export type RailProps = {
  session: Session;
  groups: readonly NavGroup[];
  /** Real figures beside a place: how many need somebody. By path. */
  counts?: Readonly<Record<string, number>> | undefined;
  onFind: () => void;
  onKeys: () => void;
  onSignOut?: (() => void) | undefined;
};

function Place({ label, to, current, count }: { label: string; to: string; current: boolean; count: number | undefined }) {
  return (
    <Link to={to} aria-current={current ? 'page' : undefined}>
      <span>{label}</span>
      {count !== undefined && count > 0 && <span className="n">{count}</span>}
    </Link>
  );
}

function Foot({ session, onKeys, onSignOut }: Pick<RailProps, 'session' | 'onKeys' | 'onSignOut'>) {
  return (
    <div className="foot">
      <p>
        <b>{session.name}</b>
        {session.role}
      </p>
      <p className="row">
        <ThemeToggle />
        <button type="button" className="keysbtn" onClick={onKeys} aria-label="Keys">
          ?
        </button>
      </p>
      {onSignOut && (
        <p>
          <button type="button" className="linkish" onClick={onSignOut}>
            Sign out
          </button>
        </p>
      )}
    </div>
  );
}

/** The places, by verb. Below 992 px a bar with a menu. */
export function Rail({ session, groups, counts = {}, onFind, onKeys, onSignOut }: RailProps) {
  const pathname = useLocation({ select: (location) => location.pathname });
  const menu = useRef<HTMLDivElement>(null);
  const current = currentOf(groups, pathname);
  useEffect(() => {
    if (menu.current?.matches(':popover-open')) menu.current.hidePopover();
  }, [pathname]);
  return (
    <header className="rail">
      <div className="in">
        <Wordmark />
        <p className="org">{session.organisation}</p>
        <button className="find" type="button" onClick={onFind}>
          <span>Find or go to</span>
          <kbd>Ctrl K</kbd>
        </button>
        <button className="menu-btn" type="button" popoverTarget="nav">
          Menu
        </button>
        <div className="drawer" id="nav" popover="auto" ref={menu}>
          <div className="drawer-top">
            <button
              className="find"
              type="button"
              onClick={() => {
                // First, so that the focus comes back to the button of the menu.
                menu.current?.hidePopover();
                onFind();
              }}
            >
              <span>Find or go to</span>
            </button>
            <button className="menu-btn" type="button" popoverTarget="nav" popoverTargetAction="hide">
              Close
            </button>
          </div>
          <nav className="nav" aria-label="Main">
            <ul>
              {groups.map((group) => (
                <li key={group.verb}>
                  {group.to ? (
                    <Place label={group.label} to={group.to} current={current === group.to} count={counts[group.to]} />
                  ) : (
                    <p className="label">{group.label}</p>
                  )}
                  {group.items.length > 0 && (
                    <ul className="sub">
                      {group.items.map((item) => (
                        <li key={item.to}>
                          <Place label={item.label} to={item.to} current={current === item.to} count={counts[item.to]} />
                        </li>
                      ))}
                    </ul>
                  )}
                </li>
              ))}
            </ul>
          </nav>
          <Foot session={session} onKeys={onKeys} onSignOut={onSignOut} />
        </div>
      </div>
    </header>
  );
}
