import { MultiSelect as Many } from '@mantine/core';
import { Icon } from './Icon.tsx';
import { fieldLook } from './field-look.tsx';
import type { FieldProps } from './field-look.tsx';
import type { Option } from './Select.tsx';
import './Field.css';

export type MultiSelectProps = FieldProps & {
  value: readonly string[];
  onChange: (value: string[]) => void;
  options: readonly Option[];
  placeholder?: string | undefined;
  onSearch?: ((text: string) => void) | undefined;
  nothingFound?: string | undefined;
};

export function MultiSelect({ value, onChange, options, placeholder, onSearch, nothingFound = 'Nothing found', ...props }: MultiSelectProps) {
  const look = fieldLook(props);
  return (
    <Many
      {...look}
      classNames={{ ...look.classNames, root: `${look.classNames.root} pills`, dropdown: 'menu', option: 'menu-option', empty: 'menu-empty', pill: 'pill' }}
      value={[...value]}
      onChange={onChange}
      data={options.map(({ value: id, label, disabled }) => ({ value: id, label, disabled: disabled ?? false }))}
      placeholder={value.length ? undefined : placeholder}
      searchable
      {...(onSearch ? { onSearchChange: onSearch, filter: ({ options: found }) => found } : {})}
      nothingFoundMessage={nothingFound}
      hidePickedOptions
      rightSection={<Icon name="down" />}
      rightSectionPointerEvents="none"
      comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
    />
  );
}
