import { expect, it, onTestFinished } from 'vitest';
import { podWorld } from '../pod-world.test-kit.js';

it('a node is as its machine is, and declares what schedulers ask for', async () => {
  const w = await podWorld({ maxPods: 7 });
  onTestFinished(() => w.stop());
  expect(await w.runtime.provider.configureNode?.(w.context)).toEqual({
    capacity: { cpu: '4', memory: `${8 * 1_024 ** 2}Ki`, pods: '7' },
    declaredFeatures: ['RestartAllContainersOnContainerExits'],
    nodeInfo: {
      operatingSystem: 'linux',
      architecture: 'amd64',
      kernelVersion: '6.1',
      osImage: 'memory',
      containerRuntimeVersion: 'memory://1',
    },
  });
});
