import { useEffect } from 'react';

const HEADING = 'h1, h2, h3';
const FIELD = 'textarea:not([disabled]), input:not([disabled], [hidden], [type="hidden"])';

/**
 * What has the focus may go: a row is ended, a page that was loading is there, a button has done its work. The browser then begins at the top of the page
 * again, and who has no mouse is lost. So the focus stays as close as it can. Stands once in the app.
 */
export function KeptFocus() {
  useEffect(() => {
    /** What had the focus last, and all that it lay in, from inside out. */
    let chain: readonly Element[] = [];
    const enter = ({ target }: FocusEvent) => {
      chain = target instanceof Element ? ancestorsOf(target) : [];
    };
    const leave = () =>
      queueMicrotask(() => {
        // Still there, and left on purpose: a click beside everything.
        if (chain[0]?.isConnected && document.activeElement === document.body) chain = [];
      });
    const watch = new MutationObserver(() => {
      if (chain.length === 0 || chain[0]!.isConnected || document.activeElement !== document.body) return;
      const left = chain.filter((one) => one.isConnected && one !== document.body);
      chain = [];
      focusOn(findNear(left));
    });
    document.addEventListener('focusin', enter);
    document.addEventListener('focusout', leave);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', enter);
      document.removeEventListener('focusout', leave);
      watch.disconnect();
    };
  }, []);
  return null;
}

function ancestorsOf(element: Element): readonly Element[] {
  const chain: Element[] = [];
  for (let at: Element | null = element; at && at !== document.documentElement; at = at.parentElement) chain.push(at);
  return chain;
}

/** The field that it lay beside, else the heading that it stood under. */
function findNear(places: readonly Element[]): HTMLElement | null {
  for (const place of places) {
    const found = place.querySelector<HTMLElement>(`${HEADING}, ${FIELD}`);
    if (found) return found;
  }
  return document.querySelector<HTMLElement>('main h1, main');
}

function focusOn(target: HTMLElement | null) {
  if (!target) return;
  if (target.matches(HEADING)) target.tabIndex = -1;
  // The top of the page is where the router has put it already, or where nobody looks just now.
  target.focus({ preventScroll: target.matches('h1, main') });
}
