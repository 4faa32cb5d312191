import { useEffect, useRef } from 'react';

type Key = { readonly key: string; readonly does: string; readonly run: () => void };

const keys: Key[] = [];
const switchName = 'underseal-keys';

/** Letters as commands hinder those who speak to their computer, so each may switch them off (WCAG 2.1.4). */
export function lettersOn(): boolean {
  return localStorage.getItem(switchName) !== 'off';
}
export function switchLetters(on: boolean) {
  localStorage.setItem(switchName, on ? 'on' : 'off');
}

export function keysHere(): readonly Key[] {
  return keys.filter((key, i) => keys.findLastIndex((other) => other.key === key.key) === i);
}

function isTyping(target: EventTarget | null) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function press(event: KeyboardEvent) {
  const withCtrl = event.ctrlKey || event.metaKey;
  const name = withCtrl ? `Ctrl ${event.key.toUpperCase()}` : event.key;
  if (event.altKey || event.defaultPrevented || event.isComposing) return;
  if (!withCtrl && (isTyping(event.target) || !lettersOn() || document.querySelector('dialog[open]'))) return;
  const found = keys.findLast((key) => key.key === name);
  if (!found) return;
  event.preventDefault();
  found.run();
}

/** A key while the component is on the page: `useKey('/', 'Search this list', focus)`, `useKey('Ctrl K', ...)`. '?' lists them. */
export function useKey(key: string, does: string, run: () => void, on = true) {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!on) return;
    const entry: Key = { key, does, run: () => latest.current() };
    if (keys.length === 0) document.addEventListener('keydown', press);
    keys.push(entry);
    return () => {
      keys.splice(keys.indexOf(entry), 1);
      if (keys.length === 0) document.removeEventListener('keydown', press);
    };
  }, [key, does, on]);
}
