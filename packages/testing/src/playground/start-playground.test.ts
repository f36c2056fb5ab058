import { ManualClock } from '@virtual-kubelet/base';
import { resources } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { afterEach, describe, expect, it } from 'vitest';
import type { StartPlaygroundOptions, TestPlayground } from '../index.js';
import { startPlayground } from '../index.js';

let playgrounds: TestPlayground[] = [];

afterEach(async () => {
  for (const playground of playgrounds) await playground[Symbol.asyncDispose]();
  playgrounds = [];
});

async function start(options: StartPlaygroundOptions = {}): Promise<TestPlayground> {
  const playground = await startPlayground(options);
  playgrounds.push(playground);
  return playground;
}

const pod = (name: string): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', image: 'x' }] },
});

const inPhase = (playground: TestPlayground, name: string, phase: string) => async () => {
  const found = await playground.client.get(resources.pods, { namespace: 'default', name });
  return found.status?.phase === phase ? found : undefined;
};

describe('startPlayground', () => {
  it('runs a pod on one of its nodes', async () => {
    const playground = await start({ nodes: ['a', 'b'] });
    await playground.client.create(resources.pods, pod('web'));
    const running = await playground.until(inPhase(playground, 'web', 'Running'));
    expect(['a', 'b']).toContain(running.spec?.nodeName);
  });

  it('lets a test decide what becomes of each pod', async () => {
    let tries = 0;
    const clock = new ManualClock();
    const starting = start({ clock, outcome: () => ({ runTime: '1s', exitCode: tries++ === 0 ? 1 : 0 }) });
    await clock.advance(5_000);
    const playground = await starting;
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } };
    await playground.client.create(resources.jobs, {
      metadata: { name: 'work', namespace: 'default' },
      spec: { template },
    });
    await clock.advance(60_000);
    const { status } = await playground.client.get(resources.jobs, { namespace: 'default', name: 'work' });
    expect(status).toMatchObject({ succeeded: 1, failed: 1 });
    expect(tries).toBe(2);
    const stopped = playground.stop();
    await clock.advance(10_000);
    await stopped;
  });

  it('adds and removes nodes', async () => {
    const playground = await start({ nodes: 0 });
    await playground.client.create(resources.pods, pod('web'));
    const why = await playground.until(async () => {
      const found = await playground.client.get(resources.pods, { namespace: 'default', name: 'web' });
      return found.status?.conditions?.find((one) => one.type === 'PodScheduled')?.message;
    });
    expect(why).toBe('no nodes available to schedule pods');
    await playground.addNode('late');
    await playground.until(inPhase(playground, 'web', 'Running'));
    await playground.removeNode('late');
  });

  it('gives other programs a kubeconfig where it listens', async () => {
    const playground = await start({ listen: true, nodes: 0 });
    expect(JSON.parse(playground.kubeconfig())).toMatchObject({ kind: 'Config' });
    const deaf = await start({ nodes: 0 });
    expect(() => deaf.kubeconfig()).toThrow('listen: true');
  });

  it('ends with the block that started it', async () => {
    let server: TestPlayground['controlPlane']['playground']['server'];
    {
      await using playground = await startPlayground();
      ({ server } = playground.controlPlane.playground);
      expect(server.isClosed).toBe(false);
    }
    expect(server.isClosed).toBe(true);
  });

  it('says that what a test waits for did not happen', async () => {
    const playground = await start({ nodes: 0 });
    await expect(playground.until(() => undefined, 10)).rejects.toThrow('did not happen');
  });
});
