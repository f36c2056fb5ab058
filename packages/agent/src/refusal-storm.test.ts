import { seededRandom, silentLogger } from '@virtual-kubelet/base';
import { allControllers, runControllers } from '@virtual-kubelet/playground';
import { expect, it } from 'vitest';
import { crashGate, createWorld, pods, run, send } from '../test/world.js';

const annotations = {
  'mock.virtual-kubelet.io/create-fails': 'always',
  'mock.virtual-kubelet.io/create-failure': 'Unsupported',
};
const labels = { app: 'refused' };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'refused', namespace: 'default' },
  spec: {
    replicas: 10,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations },
      spec: { nodeName: 'vk', tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] },
    },
  },
};

it('a Deployment of ten replicas that the provider refuses is the same ten pods after a minute, each saying why', async () => {
  const world = await createWorld();
  const { clock, playground } = world;
  const gate = crashGate(undefined);
  const controllers = runControllers(playground.server, {
    controllers: allControllers(),
    clock,
    random: seededRandom(5),
    logger: silentLogger,
  });
  let created = 0;
  playground.server.store.state.subscribe(({ type, storage }) => {
    if (type === 'ADDED' && storage === 'pods') created += 1;
    // A storm would never let the clock go on.
    if (created > 30) gate.kill();
  });
  await run(world, gate);
  await send(world, '/apis/apps/v1/namespaces/default/deployments', deployment);
  await clock.advance(5_000);
  const uids = async (): Promise<ReadonlySet<string>> =>
    new Set((await pods(world)).map(({ metadata }) => metadata?.uid ?? ''));
  const before = await uids();
  expect(before.size).toBe(10);
  await clock.advance(60_000);
  expect(await uids()).toEqual(before);
  expect(created).toBe(10);
  for (const { status } of await pods(world)) {
    expect(status?.phase).toBe('Pending');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ProviderFailed');
  }
  gate.kill();
  await controllers.stop();
});
