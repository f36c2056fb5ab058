import { describe, expect, it, onTestFinished } from 'vitest';
import { planImage } from '../index.js';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld, ref } from '../pod-world.test-kit.js';

async function world(): Promise<PodWorld> {
  const made = await podWorld();
  onTestFinished(() => made.stop());
  return made;
}

const pulls = ({ backend }: PodWorld): readonly string[] => backend.history.filter((line) => line.startsWith('pull'));

describe('the image of a container', () => {
  it.each([
    ['Always', true, 'pull'],
    ['Always', false, 'pull'],
    ['IfNotPresent', true, 'use'],
    ['IfNotPresent', false, 'pull'],
    ['Never', true, 'use'],
    ['Never', false, 'ErrImageNeverPull'],
  ])('by policy %s, present: %s', (imagePullPolicy, present, expected) => {
    const plan = planImage({ image: 'img:1', imagePullPolicy }, present);
    expect(plan.image === 'fail' ? plan.reason : plan.image).toBe(expected);
  });

  it('is pulled each time without a tag, and refused when its name is none', () => {
    expect(planImage({ image: 'img' }, true)).toEqual({ image: 'pull' });
    expect(planImage({ image: 'img:1' }, true)).toEqual({ image: 'use' });
    expect(planImage({ image: 'Not An Image' }, true)).toMatchObject({ reason: 'InvalidImageName' });
  });

  it('that cannot be pulled is tried again after 10, 20, 40, ... 300 seconds, and says why', async () => {
    const w = await world();
    const times: number[] = [];
    const pull = w.backend.pullImage.bind(w.backend);
    w.backend.pullImage = (...args) => (times.push(Math.round(w.clock.monotonic() / 1_000)), pull(...args));
    await w.create(podOf({ containers: [{ name: 'a', image: 'gone:1' }] }));
    expect(w.state('a')).toBe('ErrImagePull');
    await w.clock.advance(3_000);
    expect(w.state('a')).toBe('ImagePullBackOff');
    expect(w.seen('a')?.state).toMatchObject({
      waiting: { message: expect.stringContaining('Back-off pulling image "gone:1"') },
    });
    await w.clock.advance(940_000);
    expect(times).toEqual([0, 10, 30, 70, 150, 310, 610, 910]);
    w.backend.registry.set('gone:1', {});
    await w.clock.advance(300_000);
    expect(w.state('a')).toBe('running');
  });

  it('is pulled once for all pods that want it', async () => {
    const w = await world();
    w.backend.registry.set('big:1', {});
    const pull = w.backend.pullImage.bind(w.backend);
    w.backend.pullImage = async (...args) => {
      await w.clock.sleep(5_000);
      return pull(...args);
    };
    const containers = [{ name: 'a', image: 'big:1' }];
    await w.create(podOf({ containers }));
    await w.create(podOf({ containers }, { ...ref, name: 'q', uid: 'u2' }));
    await w.clock.advance(6_000);
    expect(pulls(w)).toEqual(['pull big:1']);
    expect(w.backend.history.filter((line) => line.startsWith('start'))).toHaveLength(2);
  });

  it('is told of: how long it took to fetch, or that it was there', async () => {
    const w = await world();
    w.backend.registry.set('big:1', { size: 4_096 });
    const pull = w.backend.pullImage.bind(w.backend);
    w.backend.pullImage = (...args) => w.clock.sleep(2_500).then(() => pull(...args));
    const told = (): readonly string[] =>
      w.notices.filter(({ reason }) => reason === 'Pulled').map(({ message }) => message);
    await w.create(podOf({ containers: [{ name: 'a', image: 'big:1' }] }));
    await w.clock.advance(3_000);
    expect(told()).toEqual([
      'Successfully pulled image "big:1" in 2.5s (2.5s including waiting). Image size: 4096 bytes.',
    ]);
    await w.create(podOf({ containers: [{ name: 'a', image: 'big:1' }] }, { ...ref, name: 'q', uid: 'u2' }));
    expect(told()[1]).toBe('Container image "big:1" already present on machine');
  });

  it('is told of while it is fetched, ever more seldom, with what the engine counts', async () => {
    const w = await world();
    w.backend.pullImage = async (_image, { progress }, signal) => {
      progress?.({ layers: 1 });
      await w.clock.sleep(8_000, signal);
      progress?.({ layers: 3, bytes: { got: 250, all: 1_000 } });
      await w.clock.sleep(40_000, signal);
      w.backend.images.set('big:1', {});
      return { id: 'x' };
    };
    await w.create(podOf({ containers: [{ name: 'a', image: 'big:1' }] }));
    const told = (): readonly string[] =>
      w.notices.filter(({ reason }) => reason === 'Pulling').map(({ message }) => message);
    await w.clock.advance(6_000);
    const first = 'Pulling image "big:1": 1 layer begun after 5s';
    expect(told()).toEqual(['Pulling image "big:1"', first]);
    expect(w.seen('a')?.state).toEqual({ waiting: { reason: 'ContainerCreating', message: first } });
    await w.clock.advance(41_000);
    expect(told().slice(2)).toEqual(
      ['10s', '20s', '40s'].map((t) => `Pulling image "big:1": 25 % of 1000 bytes after ${t}`),
    );
    await w.clock.advance(2_000);
    expect(w.state('a')).toBe('running');
    await w.clock.advance(600_000);
    expect(told()).toHaveLength(5);
  });

  it('that waits for its turn is told of only at its end, with and without the waiting', async () => {
    const w = await world();
    w.backend.pullImage = async (_image, { progress }, signal) => {
      progress?.({ layers: 1 });
      await w.clock.sleep(4_000, signal);
      return { id: 'x' };
    };
    for (const i of [1, 2, 3, 4]) w.backend.images.set(`big:${i}`, {});
    const containers = [1, 2, 3, 4].map((i) => ({ name: `c${i}`, image: `big:${i}`, imagePullPolicy: 'Always' }));
    await w.create(podOf({ containers }));
    await w.clock.advance(6_000);
    expect(w.notices.filter(({ message }) => message.includes('after 5s')).map(({ container }) => container)).toEqual([
      'c4',
    ]);
    await w.clock.advance(3_000);
    const pulled = w.notices.filter(({ reason, container }) => reason === 'Pulled' && container === 'c4');
    expect(pulled.map(({ message }) => message)).toEqual([
      'Successfully pulled image "big:4" in 4s (8s including waiting).',
    ]);
  });

  it('is not taken for absent when the engine cannot tell: that is said, and asked again', async () => {
    const w = await world();
    const find = w.backend.findImage.bind(w.backend);
    w.backend.findImage = () => Promise.reject(new Error('database is locked'));
    await w.create(podOf());
    const message = 'Failed to inspect image "img:1": database is locked';
    expect(w.seen('a')?.state).toEqual({ waiting: { reason: 'ImageInspectError', message } });
    expect(w.notices.map(({ reason, message: said }) => `${reason}: ${said}`)).toEqual([
      `InspectFailed: ${message}`,
      'Failed: Error: ImageInspectError',
    ]);
    w.backend.findImage = find;
    await w.clock.advance(11_000);
    expect(w.state('a')).toBe('running');
    expect(pulls(w)).toEqual([]);
  });

  it('is not waited for by a pod that is deleted', async () => {
    const w = await world();
    w.backend.pullImage = (_image, _options, signal) => w.clock.sleep(3_600_000, signal).then(() => ({ id: 'x' }));
    await w.create(podOf({ containers: [{ name: 'a', image: 'slow:1' }] }));
    await w.remove(30);
    await w.clock.advance(1_000);
    expect(w.observations.at(-1)?.ended).toBeDefined();
  });
});

describe('what keeps a container from being made', () => {
  it('is a promise about root that the image breaks', async () => {
    const w = await world();
    const securityContext = { runAsNonRoot: true };
    await w.create(podOf({ containers: [{ name: 'a', image: 'img:1', securityContext }] }));
    expect(w.seen('a')?.state).toEqual({
      waiting: {
        reason: 'CreateContainerConfigError',
        message: 'container has runAsNonRoot and image will run as root',
      },
    });
    w.backend.images.set('img:1', { user: '1000' });
    await w.clock.advance(11_000);
    expect(w.state('a')).toBe('running');
  });

  it('is an engine that refuses, which is asked again', async () => {
    const w = await world();
    const create = w.backend.createContainer.bind(w.backend);
    w.backend.createContainer = () => Promise.reject(new Error('no space left on device'));
    await w.create(podOf());
    expect(w.seen('a')?.state).toEqual({
      waiting: { reason: 'CreateContainerError', message: 'no space left on device' },
    });
    w.backend.createContainer = create;
    await w.clock.advance(11_000);
    expect(w.state('a')).toBe('running');
  });

  it('is a right nobody gave: such a pod is refused before anything is made', async () => {
    const w = await world();
    const hostPath = podOf({ volumes: [{ name: 'v', hostPath: { path: '/etc' } }] });
    await expect(w.create(hostPath)).rejects.toMatchObject({
      failure: { kind: 'Unsupported', field: 'spec.volumes[0].hostPath' },
    });
    await expect(w.create(podOf({ hostNetwork: true }))).rejects.toMatchObject({
      failure: { kind: 'Unsupported', field: 'spec.hostNetwork' },
    });
    const privileged = podOf({ containers: [{ name: 'a', image: 'img:1', securityContext: { privileged: true } }] });
    await expect(w.create(privileged)).rejects.toMatchObject({ failure: { kind: 'Unsupported' } });
    expect(w.storage.records.size).toBe(0);
    expect(w.backend.history).toEqual([]);
  });
});
