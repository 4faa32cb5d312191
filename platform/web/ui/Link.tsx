import { useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent } from 'react';

export type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & {
  /** A path of our own, with its search if it has one: `/register/sec_1?tab=people`. */
  to: string;
  /** Takes the place of the present entry in the history, as sorting and filtering do. */
  replace?: boolean | undefined;
};

/** An ordinary anchor that moves inside the app without a reload; a new tab or a copied address work as everywhere. */
export function Link({ to, replace, onClick, ...rest }: LinkProps) {
  const router = useRouter();
  function go(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const asks = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || (rest.target && rest.target !== '_self');
    if (event.defaultPrevented || asks || rest.download !== undefined || to.startsWith('#')) return;
    event.preventDefault();
    if (replace) router.history.replace(to);
    else router.history.push(to);
  }
  // Pointing at it fetches the code of the page, never its data: a look is no reading.
  function ahead() {
    if (!to.startsWith('#') && rest.download === undefined) void router.preloadRoute({ to: to.split(/[?#]/)[0] ?? '/' }).catch(() => undefined);
  }
  return <a onPointerEnter={ahead} onFocus={ahead} {...rest} href={to} onClick={go} />;
}
