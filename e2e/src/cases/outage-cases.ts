import { resources } from '@virtual-kubelet/client';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import type { World } from './world.js';
import { annotationsOf, podsOf, onNode, podOf, polite, untilAllReady, untilNodeIsReady, untilReady } from './world.js';

/** What a node goes through when its Node, its API server or a namespace goes away. */
export function outageCases(world: () => World, { mayEnd }: { readonly mayEnd: boolean }): void {
  const place = (name: string): { namespace: string; name: string } => ({ namespace: world().node, name });

  test('a Node that is deleted is made again, and its pods go on', async () => {
    const { driver, node: name } = world();
    const many = { prefix: 'goes-on', count: 50 };
    await driver.create(...podsOf(world(), many));
    const before = await untilAllReady(world(), many);
    const uid = async (): Promise<string | undefined> => (await driver.get(resources.nodes, { name }))?.metadata?.uid;
    const first = await uid();
    await driver.delete(resources.nodes, { name });
    await waitFor('the Node is back', async () => ([first, undefined].includes(await uid()) ? undefined : true));
    await untilNodeIsReady(driver, name);
    const after = await untilAllReady(world(), many);
    expect(after.map(({ metadata }) => metadata?.uid)).toEqual(before.map(({ metadata }) => metadata?.uid));
    expect(after.map(({ status }) => status?.containerStatuses)).toEqual(
      before.map(({ status }) => status?.containerStatuses),
    );
  });

  // A cluster that was given belongs to somebody else.
  test.runIf(mayEnd)(
    'a node goes on when the API server was killed and is back: what came and went meanwhile is followed',
    async () => {
      const { driver, cluster, node, agent } = world();
      await driver.create(podOf(world(), 'outlives'), podOf(world(), 'was-deleted', polite));
      const before = await untilReady(driver, place('outlives'));
      await untilReady(driver, place('was-deleted'));
      await cluster.killApiServer();
      // Frozen, the agent cannot have connected again before the pods were created and deleted.
      agent().process.kill('SIGSTOP');
      let deleted: Promise<void>;
      try {
        await cluster.startApiServer();
        await waitFor('a pod is created', async () => {
          await driver.create(podOf(world(), 'came-late'));
          return true;
        });
        deleted = driver.delete(resources.pods, place('was-deleted'));
        await waitFor('the other is being deleted', async () => {
          const pod = await driver.get(resources.pods, place('was-deleted'));
          return pod?.metadata?.deletionTimestamp;
        });
        expect((await driver.get(resources.pods, place('came-late')))?.status?.phase).toBe('Pending');
      } finally {
        agent().process.kill('SIGCONT');
      }
      await deleted;
      await untilReady(driver, place('came-late'));
      await untilNodeIsReady(driver, node);
      const after = await untilReady(driver, place('outlives'));
      expect(after.metadata?.uid).toBe(before.metadata?.uid);
      expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
    },
  );

  test('a namespace that is deleted goes away with all its pods', async () => {
    const { driver, cluster, node, created, living } = world();
    const namespace = `${node}-gone`;
    const many = { prefix: 'going', count: 20, namespace, ...polite };
    await cluster.createNamespace(namespace);
    await driver.create(...podsOf(world(), many));
    await untilAllReady(world(), many);
    expect(await created('going-')).toHaveLength(20);
    await driver.delete(resources.namespaces, { name: namespace });
    expect(await driver.list(resources.pods, namespace)).toEqual([]);
    expect(await living('going-')).toEqual([]);
  });

  test('a refused ReplicaSet makes no storm: as many pods as replicas, with the reason on each', async () => {
    const { driver, node } = world();
    const labels = { app: 'refused' };
    const annotations = annotationsOf({ 'create-fails': 'always', 'create-failure': 'Unsupported' });
    const spec = { ...onNode(node), containers: [{ name: 'c', image: 'nginx' }] };
    const template = { metadata: { labels, annotations }, spec };
    await driver.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: place('refused'),
      spec: { replicas: 10, selector: { matchLabels: labels }, template },
    } as object);
    const pods = async (): Promise<readonly (string | undefined)[]> =>
      (await driver.list(resources.pods, node))
        .filter(({ metadata }) => metadata?.labels?.['app'] === 'refused')
        .map(({ status }) => status?.reason);
    await waitFor('all are held with a reason', async () =>
      (await pods()).filter((reason) => reason === 'ProviderFailed').length === 10 ? true : undefined,
    );
    const events = await driver.list(resources.events, node);
    const made = events.filter(
      ({ reason, involvedObject }) => reason === 'SuccessfulCreate' && involvedObject.name === 'refused',
    );
    expect(made).toHaveLength(10);
    expect(await pods()).toHaveLength(10);
    await driver.delete(resources.replicaSets, place('refused'));
  });
}
