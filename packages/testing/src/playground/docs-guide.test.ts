/** The examples of docs/playground-guide.md: what is printed there is the file, and the file is a test that runs here. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

// Each brings its own test.
await import('../../../../docs/examples/playground-operator.js');
await import('../../../../docs/examples/playground-scheduler.js');
await import('../../../../docs/examples/playground-provider.js');

const docs = new URL('../../../../docs/', import.meta.url);

it('the guide to the playground prints the examples that run here', async () => {
  const page = await readFile(new URL('playground-guide.md', docs), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(\/\/ ([a-z-]+\.ts): [\s\S]*?)^```$/gm)];
  expect(blocks.map(([, , name]) => name)).toEqual([
    'playground-operator.ts',
    'playground-scheduler.ts',
    'playground-provider.ts',
  ]);
  for (const [, code, name] of blocks) expect(code).toBe(await readFile(new URL(`examples/${name}`, docs), 'utf8'));
});
