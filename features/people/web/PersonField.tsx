import { useEffect, useState } from 'react';
import { describeError, useRead } from '#platform/web/operations.ts';
import { Select, type FieldProps, type Option } from '#platform/web/ui/index.ts';
import { people, type Role } from '../contract.ts';

interface Named {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}
export type PersonFieldProps = FieldProps & {
  readonly value: string;
  readonly onChange: (personId: string, name: string) => void;
  /** Only who holds one of these can be chosen. */
  readonly roles?: readonly Role[] | undefined;
  /** Who cannot be chosen here. */
  readonly except?: string | undefined;
  /** Who stands there before anybody was chosen. */
  readonly start?: Named | undefined;
};

const SHOWN = 50;
/** As long as a search may be. */
const LONGEST = 100;
const PAUSE_MS = 250;

/** One of those who work here: the server looks for them a moment after the last key, however many they are. */
export function PersonField({ value, onChange, roles, except, start, ...field }: PersonFieldProps) {
  const [text, setText] = useState('');
  const [picked, setPicked] = useState<Named>();
  const chosen = [picked, start].find((person) => person?.id === value);
  const label = chosen && labelOf(chosen);
  // The field shows who was chosen: that is no search.
  const isSearch = text !== '' && text !== label;
  const wanted = isSearch ? text.trim().slice(0, LONGEST) : '';
  const asked = usePaused(wanted);
  const list = useRead(people.list, {
    state: 'here',
    limit: SHOWN,
    ...(roles ? { roles: [...roles] } : {}),
    ...(asked === '' ? {} : { search: asked }),
  });
  const isPending = asked !== wanted || list.isPending;
  const found: readonly Named[] = (isPending ? [] : (list.data?.items ?? [])).filter((person) => person.id !== except);
  const shown = chosen && !isSearch && !found.some((person) => person.id === chosen.id) ? [chosen, ...found] : found;
  const hasMore = !isPending && Boolean(list.data?.next);
  const none = list.error ? describeError(list.error).message : isPending ? 'Searching' : isSearch ? NOBODY : 'Nobody here can be chosen';
  return (
    <Select
      {...field}
      error={field.error ?? (list.error && describeError(list.error).message)}
      searchable
      value={value}
      onChange={(id) => {
        const person = shown.find((one) => one.id === id);
        setPicked(person);
        onChange(id, person?.name ?? '');
      }}
      onSearch={setText}
      options={[...shown.map(toOption), ...(hasMore ? [MORE] : [])]}
      nothingFound={none}
      says={
        !isSearch
          ? ''
          : found.length === 0
            ? none
            : hasMore
              ? `The first ${found.length}. ${MORE.label}`
              : found.length === 1
                ? 'One person'
                : `${found.length} people`
      }
    />
  );
}

const NOBODY = 'Nobody by that name. Type how the name or the mail address begins';
const MORE: Option = { value: 'more', label: 'There are others: type more of the name', disabled: true };

function labelOf({ name, email }: Named): string {
  return `${name} (${email})`;
}
function toOption(person: Named): Option {
  return { value: person.id, label: labelOf(person) };
}
/** What was typed, once no key has followed for a moment. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
