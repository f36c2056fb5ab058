import type { Clock } from '@virtual-kubelet/base';
import { ManualClock, recordingLogger, Sensitive, seededRandom } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, PodRequest } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { requestOf, podOf, describeProvider } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { agentWorld, podsPath } from '../test/agent-world.js';
import { RunOnceCloud, runOnceProvider } from '../test/run-once-cloud.js';
import type { Run } from './index.js';
import { runKeeper } from './index.js';

const pod = podOf({ spec: { restartPolicy: 'Always' } });
const request = requestOf(pod);
const uid = request.ref.uid;

function world() {
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const runs: Run[] = [];
  const started: PodRequest[] = [];
  const state: { fail?: Error } = {};
  const keeper = runKeeper({
    clock,
    random: seededRandom(1),
    logger: recordingLogger(lines),
    runs: () => runs,
    async start(wanted) {
      if (state.fail) throw state.fail;
      started.push(wanted);
    },
  });
  const end = (attempt: number): void => {
    const containers = [{ name: 'main', state: { terminated: { exitCode: 1 } } }];
    runs.push({ attempt, containers, startedAt: clock.wall(), endedAt: clock.wall() });
    keeper.changed(uid);
  };
  return { clock, lines, started, state, keeper, end };
}

const attempts = (started: readonly PodRequest[]): number[] => started.map(({ attempt }) => attempt);

describe('the keeper of a pod that runs only once', () => {
  it('starts the next run after the back-off, and once more when it is not seen', async () => {
    const { clock, started, keeper, end } = world();
    keeper.keep(request);
    end(1);
    await clock.advance(9_999);
    expect(attempts(started)).toEqual([]);
    await clock.advance(1);
    expect(attempts(started)).toEqual([2]);
    keeper.changed(uid);
    await clock.advance(59_000);
    expect(attempts(started)).toEqual([2]);
    await clock.advance(1_000);
    expect(attempts(started)).toEqual([2, 2]);
    end(2);
    await clock.advance(20_000);
    expect(attempts(started)).toEqual([2, 2, 3]);
    await keeper.close();
    expect(clock.pending).toBe(0);
  });

  it('leaves pods alone that nobody handed over, or that are to end', async () => {
    const { clock, started, keeper, end } = world();
    end(1);
    await clock.advance(60_000);
    keeper.forget(uid);
    end(2);
    keeper.keep(request);
    await clock.advance(10_000);
    keeper.forget(uid);
    await clock.advance(60_000);
    expect(started).toEqual([]);
    expect(keeper.spec(uid)).toBeUndefined();
    keeper.keep(request);
    end(3);
    await clock.settle();
    keeper.forget(uid);
    expect(clock.pending).toBe(0);
    await keeper.close();
  });

  it('tries again when a run cannot be started, at the time the platform names', async () => {
    const { clock, lines, started, state, keeper, end } = world();
    state.fail = failures.throttled('slow down', 30_000);
    keeper.keep(request);
    end(1);
    await clock.advance(10_000);
    expect(lines.map(({ fields }) => fields['error'])).toEqual(['slow down']);
    delete state.fail;
    await clock.advance(29_000);
    expect(started).toEqual([]);
    await clock.advance(2_000);
    expect(attempts(started)).toEqual([2]);
    await keeper.close();
  });

  it('gives further runs the newest contents', async () => {
    const { clock, started, keeper, end } = world();
    const volume = (text: string): ContentVolume => ({
      kind: 'contents',
      name: 'token',
      files: [{ path: 'token', content: new Sensitive(text), mode: 0o600 }],
      sensitive: true,
      revision: text,
    });
    keeper.keep({ ...request, inputs: { ...request.inputs, volumes: [volume('old'), { kind: 'other', name: 'x' }] } });
    keeper.refresh(request.ref, [volume('new')]);
    end(1);
    await clock.advance(10_000);
    expect(started[0]?.inputs.volumes).toEqual([volume('new'), { kind: 'other', name: 'x' }]);
    await keeper.close();
  });
});

const clouds = new WeakMap<Clock, RunOnceCloud>();
/** The cloud outlives the sessions of one check, and time is the check's. */
function cloudOf(clock: Clock): RunOnceCloud {
  const cloud = clouds.get(clock) ?? new RunOnceCloud(clock);
  clouds.set(clock, cloud);
  return cloud;
}

describeProvider(runOnceProvider(cloudOf), {
  describe,
  it,
  shortPod: {
    pod: () => podOf({ annotations: { 'run-time': '2000', 'exit-code': '3' }, spec: { restartPolicy: 'Never' } }),
    exitCode: 3,
  },
});

function bound(restartPolicy: string, annotations: Record<string, string>): Pod {
  const whole = podOf({ annotations, spec: { restartPolicy, nodeName: 'vk' } });
  const { uid: _, ...metadata } = whole.metadata ?? {};
  return { ...whole, metadata };
}

describe('a pod on a cloud that runs a task once', () => {
  async function started(restartPolicy: string, annotations: Record<string, string>) {
    const definition = runOnceProvider(cloudOf);
    const run = agentWorld(definition);
    const agent = await run.start();
    await run.send('POST', podsPath, bound(restartPolicy, annotations));
    await run.clock.advance(10_000);
    const cloud = cloudOf(run.clock);
    return { ...run, agent, attempts: () => cloud.births.map((token) => Number(token.split('/')[1])) };
  }
  const container = (found: Pod | undefined) => found?.status?.containerStatuses?.[0];

  it('runs again after every end, counted, with the back-off shown between', async () => {
    const { clock, pod: get, attempts: born, agent, stop } = await started('Always', { 'run-time': '30000' });
    expect((await get())?.status?.phase).toBe('Running');
    await clock.advance(26_000);
    expect(container(await get())?.state?.waiting?.reason).toBe('CrashLoopBackOff');
    expect((await get())?.status?.phase).toBe('Running');
    await clock.advance(15_000);
    expect(container(await get())).toMatchObject({ restartCount: 1, state: { running: {} } });
    expect(container(await get())?.lastState?.terminated?.exitCode).toBe(0);
    await clock.advance(600_000);
    const numbers = born();
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1));
    expect(numbers.length).toBeGreaterThan(4);
    await stop(agent);
  });

  it('goes on after a restart of the agent with the next number, though no memory is left', async () => {
    const run = await started('OnFailure', { 'run-time': '60000', 'exit-code': '1' });
    await run.stop(run.agent);
    await run.clock.advance(120_000);
    expect(run.attempts()).toEqual([1]);
    const next = await run.start();
    await run.clock.advance(20_000);
    expect(run.attempts()).toEqual([1, 2]);
    expect(container(await run.pod())?.restartCount).toBe(1);
    await run.stop(next);
  });

  it('is over when its policy says so, and Failed when it is forgotten before anybody looked', async () => {
    const done = await started('OnFailure', { 'run-time': '5000' });
    expect((await done.pod())?.status?.phase).toBe('Succeeded');
    await done.clock.advance(7_200_000);
    expect((await done.pod())?.status?.phase).toBe('Succeeded');
    expect(done.attempts()).toEqual([1]);
    await done.stop(done.agent);

    const lost = await started('Always', { 'run-time': '60000' });
    await lost.stop(lost.agent);
    await lost.clock.advance(7_200_000);
    const next = await lost.start();
    await lost.clock.advance(300_000);
    expect((await lost.pod())?.status).toMatchObject({ phase: 'Failed', reason: 'NotFound' });
    expect(lost.attempts()).toEqual([1]);
    await lost.stop(next);
  });

  it('tells each happening once, also after a restart of the agent', async () => {
    const run = await started('OnFailure', { 'run-time': '60000', 'exit-code': '1' });
    const told = async (): Promise<number> => (await run.events()).filter((reason) => reason === 'TaskStarted').length;
    await run.clock.advance(30_000);
    expect(await told()).toBe(1);
    await run.stop(run.agent);
    const next = await run.start();
    await run.clock.advance(60_000);
    expect(run.attempts()).toEqual([1, 2]);
    expect(await told()).toBe(2);
    await run.stop(next);
  });

  it('is gone soon after it was deleted, with its last state told', async () => {
    const run = await started('Always', {});
    await run.send('DELETE', `${podsPath}/web`);
    await run.clock.advance(5_000);
    expect(await run.pods()).toEqual([]);
    await run.stop(run.agent);
  });
});
