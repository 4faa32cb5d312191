import { useEffect, useId, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Button, ButtonLink } from './Button.tsx';
import { formatNumber } from './format.ts';
import { Icon } from './Icon.tsx';
import { Tabs } from './Tabs.tsx';
import type { Tab } from './Tabs.tsx';
import { useKey } from './use-key.ts';
import './ListPage.css';

export type ToolbarProps = {
  /** What one can search by: "Code name, title, owner". */
  placeholder: string;
  label: string;
  /** From `useListUrl`: the search is in the address. */
  search: string;
  onSearch: (text: string) => void;
  /** Chips and buttons beside the search. */
  children?: ReactNode;
};

/** Search and filters of a list. What is typed reaches the address a moment after the last key. */
export function Toolbar({ placeholder, label, search, onSearch, children }: ToolbarProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search);
  const sent = useRef(search);
  useKey('/', 'Search this list', () => field.current?.focus());
  useEffect(() => {
    // The address changed by itself (Back, a saved view): show what it says.
    if (search !== sent.current) setText((sent.current = search));
  }, [search]);
  useEffect(() => {
    // Without its outer spaces: a space typed between two words must not come back as a change.
    if (text.trim() === sent.current) return;
    const timer = setTimeout(() => onSearch((sent.current = text.trim())), 250);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <form className="filters" role="search" onSubmit={(event) => (event.preventDefault(), onSearch((sent.current = text.trim())))}>
      <label className="vh" htmlFor={id}>
        {label}
      </label>
      <input
        ref={field}
        className="input"
        id={id}
        type="search"
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {children}
    </form>
  );
}

/** A filter that is on or off. */
export function Chip({ on, onToggle, children }: { on: boolean; onToggle: () => void; children: ReactNode }) {
  return (
    <button type="button" className={on ? 'chip on' : 'chip'} aria-pressed={on} onClick={onToggle}>
      {children}
      {on && <Icon name="cross" />}
    </button>
  );
}

/** A filter of several values; empty means all. */
export function FilterSelect({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
}) {
  return (
    <span className={value ? 'chip select on' : 'chip select'}>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{label}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </span>
  );
}

/** Saved views of a list. */
export function Views({ views }: { views: readonly Tab[] }) {
  return <Tabs tabs={views} label="Saved views" />;
}

export type PagerProps = {
  shown: number;
  /** Only when the server counted. */
  total?: number | undefined;
  noun: string;
  /** Address of the first page, when this is a later one. */
  firstTo?: string | undefined;
  /** Address of the next page: `useListUrl().afterTo(next)`. Or `onMore`, to load it below. */
  nextTo?: string | undefined;
  onMore?: (() => void) | undefined;
  busy?: boolean | undefined;
};

/** Pages go by cursor: on to the next, or back to the first. */
export function Pager({ shown, total, noun, firstTo, nextTo, onMore, busy }: PagerProps) {
  return (
    <div className="pager">
      <span>
        {formatNumber(shown)}
        {total !== undefined && ` of ${formatNumber(total)}`} {noun}
        {total === undefined && (firstTo || nextTo) && ' on this page'}
      </span>
      <span className="actions">
        {firstTo && (
          <ButtonLink size="small" icon="left" to={firstTo}>
            First page
          </ButtonLink>
        )}
        {nextTo && (
          <ButtonLink size="small" to={nextTo}>
            Next
            <Icon name="right" />
          </ButtonLink>
        )}
        {onMore && (
          <Button size="small" busy={busy} onClick={onMore}>
            {busy ? 'Loading more' : 'Load more'}
          </Button>
        )}
      </span>
    </div>
  );
}
