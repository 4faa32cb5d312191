type Said = { readonly polite: string; readonly assertive: string };

let said: Said = { polite: '', assertive: '' };
let turn = false;
const listeners = new Set<() => void>();

/** Says something to those who listen instead of look: that a page has opened, that an act is done. */
export function announce(message: string, urgency: keyof Said = 'polite') {
  turn = !turn;
  // A region is read out when its text changes: the same sentence twice needs a difference that nobody hears.
  said = { ...said, [urgency]: turn ? message : `${message}\u00a0` };
  for (const listener of listeners) listener();
}

export function listenToAnnouncements(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
export function lastAnnouncements(): Said {
  return said;
}
