import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// Tests run on sources: `@virtual-kubelet/x` and `@virtual-kubelet/x/internal` resolve to the two doors of packages/x or providers/x.
const providers = ['mock', 'container'];
const providerPattern = providers.join('|');

export default defineConfig({
  resolve: {
    alias: [
      {
        find: new RegExp(`^@virtual-kubelet/(${providerPattern})$`),
        replacement: `${root}providers/$1/src/index.ts`,
      },
      {
        find: /^@virtual-kubelet\/([a-z-]+)\/([a-z-]+)$/,
        replacement: `${root}packages/$1/src/$2.ts`,
      },
      { find: /^@virtual-kubelet\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
    ],
  },
  test: {
    include: [
      '{packages,providers}/*/src/**/*.test.ts',
      '{tools,bench}/src/**/*.test.ts',
      // Of the end-to-end tests those that need neither Go nor kubectl.
      'e2e/src/node-only/*.test.ts',
    ],
    pool: 'threads',
    isolate: false,
    testTimeout: 20_000,
  },
});
