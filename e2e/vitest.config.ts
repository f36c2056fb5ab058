import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import workspace from '../vitest.config.js';

// Suites against real Kubernetes. They share one control plane, and some of them kill its API server: one file at a time.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  ...(workspace.resolve === undefined ? {} : { resolve: workspace.resolve }),
  test: {
    include: ['src/**/*.test.ts'],
    exclude: ['src/node-only/**'],
    globalSetup: ['src/harness/global-setup.ts'],
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
