import type { ObjectName } from '@virtual-kubelet/client';
import { resources } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import type { World } from './world.js';
import { podsOf, podOf, polite, untilAllReady, untilNodeIsReady, untilReady } from './world.js';

/** The agent of a node, when it is killed, started again, and not alone. */
export function restartCases(world: () => World): void {
  const at = (name: string): ObjectName & { readonly namespace: string } => ({ namespace: world().node, name });

  test('an agent that is killed and started again disturbs no pod, and learns what ended meanwhile', async () => {
    const { driver, agent, startAgent } = world();
    const steady = { prefix: 'steady', count: 40 };
    const short = podOf(world(), 'short', {
      behaviour: { 'run-time': '6s', 'exit-code': '4' },
      spec: { restartPolicy: 'Never' },
    });
    await driver.create(...podsOf(world(), steady), podOf(world(), 'leaves', polite), short);
    const before = await untilAllReady(world(), steady);
    await untilReady(driver, at('leaves'));
    await untilReady(driver, at('short'));
    await agent().stop('SIGKILL');
    const killed = agent().log();
    const deleted = driver.delete(resources.pods, at('leaves'));
    await startAgent();
    await deleted;
    const ended = await waitFor('the pod that ended is reported', async () => {
      const pod = await driver.get(resources.pods, at('short'));
      return pod?.status?.phase === 'Failed' ? pod : undefined;
    });
    expect(ended.status?.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 4 } });
    expect((await untilAllReady(world(), steady)).map(lifeOf)).toEqual(before.map(lifeOf));
    expect(killed + agent().log()).not.toMatch(/Warning|Error:/);
  });

  test('an agent that is killed while it creates 200 pods loses none and creates none twice', async () => {
    const { driver, agent, startAgent, created } = world();
    const burst = { prefix: 'burst', count: 200, behaviour: { 'create-latency': '1s' } };
    await driver.create(...podsOf(world(), burst));
    const some = async (): Promise<true | undefined> => ((await created('burst-')).length > 20 ? true : undefined);
    await waitFor('some are created', some, { interval: 20 });
    await agent().stop('SIGKILL');
    const before = await created('burst-');
    expect(before.length).toBeLessThan(200);
    await startAgent();
    const pods = await untilAllReady(world(), burst);
    const born = await created('burst-');
    expect(born.toSorted()).toEqual(pods.map(({ metadata }) => metadata?.uid ?? '').toSorted());
    expect(born).toEqual(expect.arrayContaining([...before]));
    expect(pods.every(({ status }) => status?.containerStatuses?.[0]?.restartCount === 0)).toBe(true);
  });

  test('a second agent of the same name is refused while the first lives', async () => {
    const { driver, node, startOther } = world();
    const other = startOther('--instance', 'somebody-else');
    const status = await waitFor('the second agent ends', async () => other.process.exitCode ?? undefined);
    expect(status).toBe(1);
    expect(other.log()).toContain('VK_NODE_HELD');
    await untilNodeIsReady(driver, node);
  });

  test('a second agent in its place lets the first stand by, say so, and end with status 1', async () => {
    const { driver, node, agent, startAgent } = world();
    const first = agent();
    await startAgent();
    await waitFor('the first agent stands by', async () => /VK_NODE_TAKEN_OVER/.exec(first.log())?.[0]);
    expect(await first.stop()).toBe(1);
    expect(first.log()).toContain('this one stands by until the other has gone');
    await untilNodeIsReady(driver, node);
    expect(agent().process.exitCode).toBeNull();
  });
}

function lifeOf({ metadata, status }: Pod): unknown {
  return [metadata?.name, metadata?.uid, status?.phase, status?.containerStatuses];
}
