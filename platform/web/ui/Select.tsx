import { Select as Searchable } from '@mantine/core';
import { Field } from './Field.tsx';
import { fieldLook } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import { Icon } from './Icon.tsx';

export type Option = { value: string; label: string; disabled?: boolean | undefined };
export type SelectProps = FieldProps & {
  value: string;
  onChange: (value: string) => void;
  options: readonly Option[];
  /** Shown while nothing is chosen. */
  placeholder?: string | undefined;
  /** For long lists (people, secrets): type to narrow. */
  searchable?: boolean | undefined;
  /** Asks the server as one types; give `options` from its answer. */
  onSearch?: ((text: string) => void) | undefined;
  nothingFound?: string | undefined;
  /** Of a search, for those who listen: that it goes on, and how many were found. */
  says?: string | undefined;
};

/** One of a few is the browser's own list, which every phone and reader knows; one of many is searched. */
export function Select({ value, onChange, options, placeholder, searchable, onSearch, nothingFound = 'Nothing found', says, ...props }: SelectProps) {
  if (searchable) {
    const look = fieldLook(props);
    // A list holds options only, for those who listen: that there is none is one that cannot be chosen.
    const shown = onSearch && options.length === 0 ? [{ value: 'none', label: nothingFound, disabled: true }] : options;
    return (
      <>
        <Searchable
          {...look}
          classNames={{ ...look.classNames, dropdown: 'menu', option: 'menu-option', empty: 'menu-empty' }}
          value={value || null}
          onChange={(chosen) => onChange(chosen ?? '')}
          data={shown.map(({ value: id, label, disabled }) => ({ value: id, label, disabled: disabled ?? false }))}
          placeholder={placeholder}
          searchable
          {...(onSearch ? { onSearchChange: onSearch, filter: ({ options: found }) => found } : {})}
          clearable={props.optional ?? false}
          nothingFoundMessage={nothingFound}
          rightSection={<Icon name="down" />}
          rightSectionPointerEvents={props.optional ? 'all' : 'none'}
          // A dialog is in the browser's top layer: a list hung on the body would lie below it, out of reach.
          comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
          clearButtonProps={{ 'aria-label': 'Clear' }}
        />
        {/* Its own, since all that lies outside a dialog is silent while one is open. */}
        {says !== undefined && (
          <span className="vh" role="status">
            {says}
          </span>
        )}
      </>
    );
  }
  const { label, hint, error, name, optional, disabled, width, hideLabel } = props;
  return (
    <Field label={label} hint={hint} error={error} optional={optional} width={width} hideLabel={hideLabel}>
      {(control) => (
        <span className="selectwrap">
          <select {...control} className="input" name={name} disabled={disabled} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
            {(placeholder !== undefined || !value) && <option value="">{placeholder ?? 'Choose'}</option>}
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
      )}
    </Field>
  );
}
