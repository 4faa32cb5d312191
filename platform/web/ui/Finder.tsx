import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useModal } from './use-modal.ts';
import './Finder.css';

export type FinderEntry = { id: string; label: string; to: string; hint?: string | undefined; group: string };

export type FinderProps = {
  open: boolean;
  onClose: () => void;
  onGo: (to: string) => void;
  /** Places that are always known. */
  entries: readonly FinderEntry[];
  /** Asks the server; must stop when `signal` does. */
  search?: ((text: string, signal: AbortSignal) => Promise<readonly FinderEntry[]>) | undefined;
};

function useFound(text: string, search: FinderProps['search']) {
  const [found, setFound] = useState<{ for: string; entries: readonly FinderEntry[]; failed?: boolean }>({ for: '', entries: [] });
  useEffect(() => {
    if (!search || text.length < 2) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      search(text, stop.signal).then(
        (entries) => !stop.signal.aborted && setFound({ for: text, entries }),
        () => !stop.signal.aborted && setFound({ for: text, entries: [], failed: true }),
      );
    }, 150);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, search]);
  return text.length < 2 ? { for: text, entries: [] } : found;
}

/** Finds and goes anywhere: places at once, things as the server answers. */
export function Finder({ open, ...rest }: FinderProps) {
  return open ? <Opened {...rest} /> : null;
}

function Opened({ onClose, ...rest }: Omit<FinderProps, 'open'>) {
  const ref = useModal();
  return (
    <dialog
      ref={ref}
      className="dialog finder"
      aria-label="Find or go to"
      onCancel={(event) => (event.preventDefault(), onClose())}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <Palette {...rest} onClose={onClose} />
    </dialog>
  );
}

function Palette({ entries, search, onGo, onClose }: Omit<FinderProps, 'open'>) {
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const asked = text.trim();
  const found = useFound(asked, search);
  const words = asked.toLowerCase().split(/\s+/);
  const shown = [...entries.filter((entry) => words.every((word) => `${entry.label} ${entry.hint ?? ''}`.toLowerCase().includes(word))), ...found.entries];
  const groups = [...new Set(shown.map((entry) => entry.group))];
  const ordered = groups.flatMap((group) => shown.filter((entry) => entry.group === group));
  const current = ordered[Math.min(at, ordered.length - 1)];
  const waiting = search && asked.length >= 2 && found.for !== asked;

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, ordered.length]);

  function go(entry: FinderEntry | undefined) {
    if (!entry) return;
    onClose();
    onGo(entry.to);
  }
  function press(event: KeyboardEvent) {
    const last = ordered.length - 1;
    if (event.key === 'ArrowDown') setAt(at >= last ? 0 : at + 1);
    else if (event.key === 'ArrowUp') setAt(at <= 0 ? last : at - 1);
    else if (event.key === 'Enter') go(current);
    else return;
    event.preventDefault();
  }
  return (
    <>
      <input
        className="finder-field"
        role="combobox"
        aria-label="Find or go to"
        aria-expanded="true"
        aria-controls={`${id}l`}
        aria-autocomplete="list"
        aria-activedescendant={current ? `${id}${current.id}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={search ? 'A page or a secret' : 'A page'}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div className="finder-list" role="listbox" id={`${id}l`} aria-label="Found" ref={list}>
        {groups.map((group) => (
          <div key={group} role="group" aria-label={group}>
            <p className="label" aria-hidden="true">
              {group}
            </p>
            {ordered
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <div
                  key={entry.id}
                  id={`${id}${entry.id}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={entry === current}
                  onPointerMove={() => setAt(ordered.indexOf(entry))}
                  onClick={() => go(entry)}
                >
                  <span>{entry.label}</span>
                  {entry.hint && <span className="small">{entry.hint}</span>}
                </div>
              ))}
          </div>
        ))}
      </div>
      <p className="finder-foot small" role="status">
        {waiting ? 'Searching' : ordered.length === 0 ? `Nothing found for “${asked}”` : ''}
        {'failed' in found && found.failed && 'The search failed; pages are listed still.'}
        {!waiting && ordered.length > 0 && (
          <>
            <kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> go, <kbd>Esc</kbd> close
          </>
        )}
      </p>
    </>
  );
}
