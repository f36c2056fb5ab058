import { describe, expect, test } from 'vitest';
import { connectionsOfNode, openFilesLimit } from './open-files.js';

describe('connections of a node', () => {
  test.each([
    [20_000, 1, 9_968],
    [1_000_000, 1, 10_000],
    [1_024, 1, 480],
    [1_024, 10, 48],
    [256, 1, 96],
    [64, 1, 8],
    [10, 3, 8],
  ])('of %i open files, for %i nodes', (files, nodes, connections) => {
    expect(connectionsOfNode(files, nodes)).toBe(connections);
  });

  test.runIf(process.platform === 'linux')('the limit is the one that the system reports', async () => {
    const report = process.report?.getReport() as
      | { readonly userLimits?: Record<string, { readonly soft: unknown }> }
      | undefined;
    const files = report?.userLimits?.['open_files']?.soft;
    expect(await openFilesLimit()).toBe(files === 'unlimited' ? undefined : files);
  });
});
