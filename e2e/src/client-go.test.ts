// What controllers written with client-go rely on. One program, one expectation, two servers.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { sharedControlPlane } from './harness/index.js';
import { binaryPaths } from './harness/toolchain.js';
import type { Cluster } from './playground-cluster.js';
import { startPlaygroundCluster } from './playground-cluster.js';

const { 'client-go': program } = binaryPaths(['client-go']);

/** What the program prints; the checks are in `e2e/toolchain/client-go`. */
interface Verdict {
  readonly checks: readonly { readonly name: string; readonly error?: string }[];
}

const servers: readonly { readonly name: string; readonly open: () => Promise<Cluster> }[] = [
  { name: 'the playground', open: startPlaygroundCluster },
  { name: 'a real API server', open: async () => sharedControlPlane() },
];

describe.each(servers)('client-go on $name', ({ open }) => {
  test('works as controllers need it', async () => {
    const cluster = await open();
    const namespace = `client-go-${randomUUID().slice(0, 8)}`;
    try {
      await cluster.createNamespace(namespace);
      const args = ['--kubeconfig', cluster.kubeconfig(), '--namespace', namespace];
      const { stdout } = await promisify(execFile)(program, args);
      const { checks } = JSON.parse(stdout) as Verdict;
      expect(checks.map(({ name, error = 'as it should be' }) => [name, error])).toEqual(
        [
          'discovery and the mapping of kinds',
          'shared informers',
          'a shared informer tells every change',
          'a dynamic informer',
          'an informer of metadata',
          'watches go on after dropped connections',
          'lists in pages',
          'leader election',
          'server-side apply',
          'patches in three types',
          'conflicts and other refusals',
          'protocol buffers, or what there is instead',
          'scale and status',
          'events',
        ].map((name) => [name, 'as it should be']),
      );
    } finally {
      await cluster.request(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
      await cluster.close();
    }
  });
});
