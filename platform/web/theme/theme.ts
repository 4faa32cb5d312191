import { createTheme } from '@mantine/core';
import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core';

/** Warm ink, from paper to black. `gray` lends it to fields that reach for grey. */
const ink: MantineColorsTuple = ['#fcfbf8', '#f5f3ed', '#efece5', '#dfdbd2', '#b8b3a8', '#8a857b', '#696560', '#4b4843', '#302e2a', '#1b1a18'];
/** The same ramp as the dark scheme reads it: 0 is text, 7 the page, 9 the deepest ground. */
const dark: MantineColorsTuple = ['#ece8df', '#c0bbb0', '#9a958a', '#7f796e', '#37342e', '#2a2824', '#1e1d1a', '#171614', '#141311', '#12110f'];
/** Registrar's ink, the accent: shade 7 on paper, 3 in the dark. */
const seal: MantineColorsTuple = ['#e9eff4', '#dbe8f3', '#b9d6ee', '#9bc3e4', '#6e9fc6', '#447ba6', '#2b5e88', '#1c4569', '#12324f', '#0d1a26'];

export const theme = createTheme({
  white: '#ffffff',
  black: '#1b1a18',
  colors: { gray: ink, dark, seal },
  primaryColor: 'seal',
  primaryShade: { light: 7, dark: 3 },
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1rem', xl: '1.1875rem' },
  lineHeights: { xs: '1.3333', sm: '1.5385', md: '1.4667', lg: '1.5', xl: '1.4737' },
  radius: { xs: '2px', sm: '3px', md: '4px', lg: '4px', xl: '4px' },
  defaultRadius: 'sm',
  breakpoints: { xs: '28em', sm: '45em', md: '62em', lg: '80em', xl: '90em' },
  shadows: { xs: 'none', sm: 'none', md: 'none', lg: 'none', xl: 'none' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Mantine's roles point at our tokens, which know both schemes by themselves. */
const roles = {
  '--mantine-color-body': 'var(--paper)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-2)',
  '--mantine-color-placeholder': 'var(--ink-3)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--breach)',
  '--mantine-color-default': 'var(--raised)',
  '--mantine-color-default-border': 'var(--rule-strong)',
  '--mantine-color-default-hover': 'var(--sunken)',
  '--mantine-color-default-color': 'var(--ink)',
};

export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: roles, dark: roles });
