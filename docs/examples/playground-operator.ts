// playground-operator.ts: an operator that runs a Job for every ConfigMap labelled `task`, and the test of it.
import type { ApiClient } from '@virtual-kubelet/client';
import { isAlreadyExists, resources } from '@virtual-kubelet/client';
import { startPlayground } from '@virtual-kubelet/testing';
import { expect, it } from 'vitest';

/** The operator: one pass over what is wanted. */
async function reconcile(client: ApiClient): Promise<void> {
  const { items } = await client.list(resources.configMaps, { labelSelector: 'task' });
  for (const { metadata, data } of items) {
    const { name = '', namespace = 'default', uid = '' } = metadata ?? {};
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
    const container = { name: 'task', image: 'busybox', args: [data?.['command'] ?? ''] };
    const job = {
      metadata: { name, namespace, ownerReferences: [owner] },
      spec: { backoffLimit: 1, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    };
    await client.create(resources.jobs, job).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
}

it('an operator runs tasks, tells those that fail from those that do not, and leaves nothing behind', async () => {
  await using cluster = await startPlayground({
    outcome: (pod) => ({ runTime: '10ms', exitCode: pod.spec?.containers[0]?.args?.[0] === 'bad' ? 1 : 0 }),
  });
  const { client } = cluster;
  for (const command of ['good', 'bad']) {
    const metadata = { name: command, namespace: 'default', labels: { task: 'yes' } };
    await client.create(resources.configMaps, { metadata, data: { command } });
  }
  await reconcile(client);
  await reconcile(client);
  const ended = async (name: string, count: 'succeeded' | 'failed') => {
    const { status } = await client.get(resources.jobs, { namespace: 'default', name });
    return status?.[count];
  };
  expect(await cluster.until(() => ended('good', 'succeeded'))).toBe(1);
  expect(await cluster.until(() => ended('bad', 'failed'))).toBe(1);
  await client.delete(resources.configMaps, { namespace: 'default', name: 'good' });
  const left = async () => (await client.list(resources.jobs)).items.map(({ metadata }) => metadata?.name);
  await cluster.until(async () => ((await left()).includes('good') ? undefined : true));
});
