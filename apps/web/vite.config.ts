import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

/** What is no page, by the first part of its path. */
export const SERVED = ['/api', '/bytes', '/openapi', '/healthz', '/readyz', '/metrics'];
const { UNDERSEAL_PORT: port = '4380' } = loadEnv('development', import.meta.dirname, 'UNDERSEAL_PORT');
const server = `http://127.0.0.1:${port}`;

// '#platform/...' , '#features/...' and '@underseal/...' are found by Node's own rules (package.json), so they need no alias.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Absolute: pages live at any depth, and one index.html serves them all.
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // `light-dark()` and nested popovers; every browser since the middle of 2024.
    target: ['chrome125', 'edge125', 'firefox126', 'safari17.5'],
    // No data: URLs, since the CSP allows none; no polyfill, which would be an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One stylesheet, in the head from the first byte: rules never change their order with the page one came from.
    cssCodeSplit: false,
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    port: 4381,
    strictPort: true,
    proxy: Object.fromEntries(SERVED.map((path) => [path, { target: server, changeOrigin: false }])),
  },
});
