/** The providers of docs/providers.md: what is printed there is the file, and the file keeps the contract. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import processes from '../../../docs/examples/process-provider.js';
import simple from '../../../docs/examples/simple-provider.js';
import { describeProvider, podOf } from './index.js';

const docs = new URL('../../../docs/', import.meta.url);

const program = (...command: string[]) =>
  podOf({ spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none', command }] } });

describeProvider(simple, { describe, it });
describeProvider(processes, {
  describe,
  it,
  clock: () => systemClock,
  pod: () => program('sleep', '1000'),
  shortPod: { pod: () => program('/bin/sh', '-c', 'exit 3'), exitCode: 3 },
  refusedPod: () => podOf({ spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } }),
  many: 5,
});

describe('the page for provider authors', () => {
  it('prints the examples that are tested here', async () => {
    const page = await readFile(new URL('providers.md', docs), 'utf8');
    const blocks = [...page.matchAll(/^```ts\n(\/\/ ([a-z-]+\.ts): [\s\S]*?)^```$/gm)];
    expect(blocks.map(([, , name]) => name)).toEqual(['simple-provider.ts', 'process-provider.ts']);
    for (const [, code, name] of blocks) {
      expect(code).toBe(await readFile(new URL(`examples/${name}`, docs), 'utf8'));
    }
  });
});
