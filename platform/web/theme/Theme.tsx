import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import './index.css';
import { styleNonce } from './nonce.ts';
import { cssVariablesResolver, theme } from './theme.ts';

const schemes = localStorageColorSchemeManager({ key: 'underseal-scheme' });

/** Fonts, tokens and the fields' theme. Wrap everything in it once. */
export function Theme({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
      withStaticClasses={false}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
