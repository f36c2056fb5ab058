import { loadYaml } from '@kubernetes/client-node';
import type { ApiObject } from '@virtual-kubelet/client';
import { resources } from '@virtual-kubelet/client';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import { nginxPod } from '../nginx-pod.js';
import type { World } from './world.js';
import { annotationsOf, onNode, untilReady } from './world.js';

/** Pods, alone and under controllers. */
export function podCases(world: () => World): void {
  test('the pod of the README is scheduled, Running with the address 5.6.7.8, and gone at once on delete', async () => {
    const { driver } = world();
    const place = { namespace: 'default', name: 'nginx' };
    const pod = loadYaml<ApiObject>(nginxPod);
    await driver.create({ ...pod, metadata: { ...pod.metadata, ...place } });
    const { status } = await untilReady(driver, place);
    expect(status).toMatchObject({ phase: 'Running', podIP: '5.6.7.8' });
    const before = performance.now();
    await driver.delete(resources.pods, place);
    // The default grace period is 30 s: a pod that ends at once must not wait for it.
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  test('a Deployment comes up, is scaled and goes', async () => {
    const { driver, node } = world();
    const place = { namespace: node, name: 'web' };
    const labels = { app: 'web' };
    const spec = { ...onNode(node), containers: [{ name: 'c', image: 'nginx' }] };
    await driver.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: place,
      spec: { replicas: 5, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    } as object);
    const untilReplicas = (count: number): Promise<unknown> =>
      waitFor(`${count} replicas`, async () => {
        const { status } = (await driver.get(resources.deployments, place)) ?? {};
        return (status?.replicas === count && status.availableReplicas === count) || undefined;
      });
    await untilReplicas(5);
    await driver.scale(place, 1);
    await untilReplicas(1);
    await driver.delete(resources.deployments, place);
    await waitFor('its pods are gone', async () => {
      const pods = await driver.list(resources.pods, node);
      return pods.every(({ metadata }) => metadata?.labels?.['app'] !== 'web') || undefined;
    });
  });

  test('a Job whose pod ends with exit code 0 completes, and the pod stays with its exit code', async () => {
    const { driver, node } = world();
    const place = { namespace: node, name: 'once' };
    const spec = { ...onNode(node), restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] };
    const template = { metadata: { annotations: annotationsOf({ 'run-time': '500ms' }) }, spec };
    await driver.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: place, spec: { template } } as object);
    await waitFor('the Job is complete', async () => {
      const { status } = (await driver.get(resources.jobs, place)) ?? {};
      return status?.conditions?.some(({ type }) => type === 'Complete') || undefined;
    });
    const pods = await driver.list(resources.pods, node);
    const [pod] = pods.filter(({ metadata }) => metadata?.labels?.['job-name'] === 'once');
    expect(pod?.status).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0 } } }],
    });
  });
}
