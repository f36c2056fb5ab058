import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import workspace from '../vitest.config.js';

// The comparison of the playground's store with a real API server is run on demand (`make differences`): the store is not
// finished, and every difference it has yet to lose fails there.
const onDemand = process.env['VK_DIFFERENCES'] === '1' ? [] : ['src/store-differences.test.ts'];

// Suites against real Kubernetes. They share one control plane, and some of them kill its API server: one file at a time.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  ...(workspace.resolve === undefined ? {} : { resolve: workspace.resolve }),
  test: {
    include: ['src/**/*.test.ts'],
    exclude: onDemand,
    globalSetup: ['src/harness/global-setup.ts'],
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
