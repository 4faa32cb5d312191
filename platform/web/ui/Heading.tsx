import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { announce } from './announce.ts';

let lastPath: string | undefined;

/** The h1 of a page. After a move to another path it takes the focus, names the document and is read out. */
export function Heading({ children, title }: { children: ReactNode; title?: string | undefined }) {
  const ref = useRef<HTMLHeadingElement>(null);
  // The address that is shown, not the one on its way: while a page loads, the old heading must not take its focus.
  const path = useRouterState({ select: (state) => (state.resolvedLocation ?? state.location).pathname });
  const name = title ?? (typeof children === 'string' ? children.replace(/\.$/, '') : undefined);

  useEffect(() => {
    const text = name ?? ref.current?.textContent ?? '';
    document.title = text ? `${text} · Underseal` : 'Underseal';
  }, [name, path]);

  useEffect(() => {
    const moved = lastPath !== undefined && lastPath !== path;
    lastPath = path;
    if (!moved) return;
    // `preventScroll`: the router has put the page where it belongs already.
    ref.current?.focus({ preventScroll: true });
    announce(name ?? ref.current?.textContent ?? '');
    // The name may change while the page stays (a count grows): only a move is announced.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [path]);

  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}
