// playground-provider.ts: a provider under a whole Kubernetes, beside the contract suite that checks it alone.
import { resources } from '@virtual-kubelet/client';
import { startPlayground } from '@virtual-kubelet/testing';
import { expect, it } from 'vitest';
import provider from './simple-provider.js';

it('a provider runs the pods of a Deployment, and lets go of them', async () => {
  await using cluster = await startPlayground({ provider, nodes: ['cloud'] });
  const { client } = cluster;
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
  const place = { namespace: 'default', name: 'web' };
  await client.create(resources.deployments, {
    metadata: place,
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  });
  const ready = async (count: number) => {
    const { status } = await client.get(resources.deployments, place);
    return (status?.readyReplicas ?? 0) === count ? status : undefined;
  };
  expect(await cluster.until(() => ready(3))).toMatchObject({ availableReplicas: 3 });
  const patch = { type: 'merge', body: { spec: { replicas: 1 } } } as const;
  await client.patch(resources.deployments, place, { patch });
  await cluster.until(async () => ((await client.list(resources.pods)).items.length === 1 ? true : undefined));
});
