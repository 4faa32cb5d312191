import { useMantineColorScheme } from '@mantine/core';
import { announce } from './announce.ts';
import './Button.css';

const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const words = { auto: 'Light or dark: as the system', light: 'Light', dark: 'Dark' };

/** Light, dark, or as the system has it; each press goes one on. */
export function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  function turn() {
    setColorScheme(next[colorScheme]);
    announce(words[next[colorScheme]]);
  }
  return (
    <button type="button" className="linkish" onClick={turn} title={`Now: ${words[colorScheme]}. Press for: ${words[next[colorScheme]]}`}>
      {colorScheme === 'auto' ? 'Light or dark' : words[colorScheme]}
    </button>
  );
}
