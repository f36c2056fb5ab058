// playground-scheduler.ts: a scheduler that fills one node after the other, and the test of it.
import type { ApiClient } from '@virtual-kubelet/client';
import { resources } from '@virtual-kubelet/client';
import { startPlayground } from '@virtual-kubelet/testing';
import { expect, it } from 'vitest';

const name = 'packer';

/** The scheduler: binds every pod that asks for it to the first node that has fewer than `most` pods. */
async function schedule(client: ApiClient, most: number): Promise<void> {
  const { items: pods } = await client.list(resources.pods);
  const { items: nodes } = await client.list(resources.nodes);
  const load = new Map(nodes.map(({ metadata }) => [metadata?.name ?? '', 0]));
  for (const { spec } of pods)
    if (spec?.nodeName !== undefined) load.set(spec.nodeName, (load.get(spec.nodeName) ?? 0) + 1);
  for (const { metadata, spec } of pods) {
    if (spec?.schedulerName !== name || spec.nodeName !== undefined) continue;
    const [node] = [...load].find(([, count]) => count < most) ?? [];
    if (node === undefined) return;
    load.set(node, (load.get(node) ?? 0) + 1);
    const place = { namespace: metadata?.namespace ?? 'default', name: metadata?.name ?? '' };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: place, target: { kind: 'Node', name: node } };
    await client.createSubresource(resources.pods, place, { subresource: 'binding', body });
  }
}

it('a scheduler fills one node after the other', async () => {
  await using cluster = await startPlayground({ nodes: 3 });
  const { client } = cluster;
  for (let index = 0; index < 5; index++)
    await client.create(resources.pods, {
      metadata: { name: `pod-${index}`, namespace: 'default' },
      spec: { schedulerName: name, containers: [{ name: 'main', image: 'nginx' }] },
    });
  await schedule(client, 2);
  const running = await cluster.until(async () => {
    const { items } = await client.list(resources.pods);
    return items.every(({ status }) => status?.phase === 'Running') ? items : undefined;
  });
  const places = running.map(({ spec }) => spec?.nodeName);
  expect(places).toEqual(['node-0', 'node-0', 'node-1', 'node-1', 'node-2']);
});
