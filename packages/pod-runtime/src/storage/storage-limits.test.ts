import type { Container, Volume } from '@virtual-kubelet/kubernetes';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld, ref } from '../pod-world.test-kit.js';

async function world(): Promise<PodWorld> {
  const made = await podWorld();
  onTestFinished(() => made.stop());
  return made;
}

const mebibyte = 1_024 ** 2;
const folder = '/pods/u1/volumes/v';
const volume = (emptyDir: Volume['emptyDir']): readonly Volume[] => [{ name: 'v', emptyDir: emptyDir ?? {} }];
const limited = (name: string, limit: string): Container => ({
  name,
  image: 'img:1',
  resources: { limits: { 'ephemeral-storage': limit } },
});

describe('a pod that takes more of the disk than it may', () => {
  it('is evicted within ten seconds, with the words of a kubelet and a second of grace', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { stubborn: true });
    await w.create(podOf({ volumes: [...volume({ sizeLimit: '1Mi' })] }));
    w.storage.used.set(folder, mebibyte + 1);
    await w.clock.advance(9_900);
    expect(w.state('a')).toBe('running');
    await w.clock.advance(200);
    expect(w.notices.find(({ reason }) => reason === 'Evicted')).toEqual({
      ref,
      type: 'Warning',
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    });
    expect(w.observations.at(-1)?.ended).toBeUndefined();
    await w.clock.advance(1_000);
    expect(w.state('a')).toBe('Error:137');
    expect(w.observations.at(-1)?.ended).toEqual({
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    });
  });

  it('stays evicted in a new process, and nothing of it runs again', async () => {
    const w = await world();
    await w.create(podOf({ volumes: [...volume({ sizeLimit: '1Mi' })] }));
    w.storage.used.set(folder, 2 * mebibyte);
    await w.clock.advance(12_000);
    w.storage.used.clear();
    await w.restart();
    await w.clock.advance(60_000);
    expect(w.observations.at(-1)?.ended?.reason).toBe('Evicted');
    expect(w.backend.history.filter((line) => line.startsWith('start'))).toEqual(['start a#0']);
  });

  it.each([
    [
      'of one container',
      [limited('a', '1Mi'), { name: 'b', image: 'img:1' }],
      'Container a exceeded its local ephemeral storage limit "1Mi". ',
    ],
    [
      'of all of them together',
      [limited('a', '2Mi'), limited('b', '1Mi')],
      'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
    ],
  ])('counts what is written outside of volumes, by the limit %s', async (_, containers, message) => {
    const w = await world();
    await w.create(podOf({ containers, volumes: [...volume({})] }));
    w.backend.written.set('a', 1.5 * mebibyte);
    w.storage.used.set(folder, 1.6 * mebibyte);
    await w.clock.advance(12_000);
    expect(w.observations.at(-1)?.ended).toEqual({ reason: 'Evicted', message });
  });

  it('is left alone within its limits, and when nothing of it is limited it is not even measured', async () => {
    const w = await world();
    await w.create(podOf({ volumes: [...volume({ sizeLimit: '1Mi' })] }));
    w.storage.used.set(folder, mebibyte);
    await w.create(podOf({ volumes: [...volume({})] }, { ...ref, name: 'q', uid: 'u2' }));
    const measured: string[] = [];
    const { usedBytes } = w.storage;
    w.storage.usedBytes = (uid, plan) => (measured.push(uid), usedBytes(uid, plan));
    await w.clock.advance(25_000);
    expect(w.observations.some(({ ended }) => ended)).toBe(false);
    expect(measured).toEqual(['u1', 'u1']);
  });

  it('is looked at again when measuring failed', async () => {
    const w = await world();
    await w.create(podOf({ containers: [limited('a', '1Mi')] }));
    w.backend.written.set('a', 2 * mebibyte);
    w.backend.down = true;
    await w.clock.advance(12_000);
    w.backend.down = false;
    await w.clock.advance(12_000);
    expect(w.observations.at(-1)?.ended?.reason).toBe('Evicted');
  });
});

describe('a folder in memory', () => {
  it.each([
    ['its limit', { sizeLimit: '1Mi' }, undefined, mebibyte],
    ['what the pod may use, if that is less', { sizeLimit: '8Mi' }, '2Mi', 2 * mebibyte],
    ['what the pod may use', {}, '2Mi', 2 * mebibyte],
    ['nobody’s limit', {}, undefined, undefined],
  ])('is as large as %s', async (_, emptyDir, memory, size) => {
    const w = await world();
    const resources = memory === undefined ? {} : { limits: { memory } };
    const containers = [{ name: 'a', image: 'img:1', resources }];
    await w.create(podOf({ containers, volumes: [...volume({ medium: 'Memory', ...emptyDir })] }));
    expect(w.storage.volumes.get(folder)).toMatchObject({ memory: true });
    expect(w.storage.volumes.get(folder)).toHaveProperty(size === undefined ? 'name' : 'size', size ?? 'v');
  });
});
