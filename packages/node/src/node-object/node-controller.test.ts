import { ManualClock, recordingLogger, seededIds, seededRandom } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { createApiClient, leases, nodes } from '@virtual-kubelet/client';
import type { ApiClient } from '@virtual-kubelet/client';
import { createPlayground } from '@virtual-kubelet/playground';
import { describe, expect, it } from 'vitest';
import { createTestProvider } from '../../test/node-world.js';
import type { NodeController } from './node-controller-options.js';
import { createNodeController } from './node-controller.js';

interface Cluster {
  readonly clock: ManualClock;
  readonly client: ApiClient;
  readonly warnings: () => readonly LogLine[];
  /** Requests made so far. */
  readonly requests: () => number;
  controller(name: string, labels?: Readonly<Record<string, string>>): NodeController;
}

function createCluster(): Cluster {
  const clock = new ManualClock();
  const random = seededRandom(3);
  const ids = seededIds(random);
  const lines: LogLine[] = [];
  let requests = 0;
  const intercept = (): { do: 'pass' } => {
    requests += 1;
    return { do: 'pass' };
  };
  const transport = createPlayground({ clock, random, ids }).transport({ intercept });
  const client = createApiClient({ transport, clock, random });
  return {
    clock,
    client,
    warnings: () => lines.filter(({ level }) => level !== 'info'),
    requests: () => requests,
    controller: (name, labels = {}) =>
      createNodeController({
        node: { name, providerName: 'mock', labels },
        facts: { kubeletVersion: 'v1.37.2-vk-0.1.0', internalIP: '10.0.0.1' },
        provider: createTestProvider(),
        client,
        clock,
        random,
        ids,
        logger: recordingLogger(lines),
        instance: 'a',
        onExit: 'cordon',
      }),
  };
}

describe('a node controller with an API server that checks what it gets', () => {
  it('registers, stops, starts again with other labels, and makes a deleted Node again, all without a complaint', async () => {
    const { clock, client, controller, warnings } = createCluster();
    const first = controller('vk');
    await first.start(new AbortController().signal);
    await clock.advance(60_000);
    await first.stop();
    expect((await client.get(nodes, { name: 'vk' })).spec?.unschedulable).toBe(true);

    const second = controller('vk', { colour: 'red' });
    const { signal } = new AbortController();
    await second.start(signal);
    const adopted = await client.get(nodes, { name: 'vk' });
    expect(adopted.metadata?.labels).toMatchObject({ colour: 'red', type: 'virtual-kubelet' });
    expect(adopted.spec).not.toHaveProperty('unschedulable');

    await client.delete(nodes, { name: 'vk' });
    await second.verify(signal);
    await clock.advance(1_000);
    const again = await client.get(nodes, { name: 'vk' });
    expect(again.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    const lease = await client.get(leases, { namespace: 'kube-node-lease', name: 'vk' });
    expect(lease.metadata?.ownerReferences).toMatchObject([{ uid: again.metadata?.uid }]);
    expect(again.metadata?.uid).not.toBe(adopted.metadata?.uid);
    expect([second.health().troubles, warnings()]).toEqual([[], []]);
    await second.stop();
  });
});

/** Milliseconds. It ends only what hangs: thousands of turns of the event loop wait for their share of a busy machine. */
const patience = 120_000;

describe('many nodes in one process', () => {
  it(
    'cost three timers and about seven requests a minute each, and nothing when they have stopped',
    { timeout: patience },
    async () => {
      const { clock, controller, requests } = createCluster();
      // What one costs does not depend on how many there are: enough of them that their times are spread.
      const all = Array.from({ length: 50 }, (_, i) => controller(`vk-${i}`));
      await Promise.all(all.map((each) => each.start(new AbortController().signal)));
      await clock.advance(60_000);
      expect(clock.pending).toBe(3 * all.length);
      const before = requests();
      await clock.advance(60_000);
      const perNode = (requests() - before) / all.length;
      expect(perNode).toBeGreaterThan(6);
      expect(perNode).toBeLessThan(8);
      await Promise.all(all.map((each) => each.stop()));
      expect(clock.pending).toBe(0);
    },
  );
});
