import { describe, expect, it, onTestFinished } from 'vitest';
import type { ImageGcPolicy } from '../index.js';
import { usualImageGc } from '../index.js';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld, ref } from '../pod-world.test-kit.js';

const minute = 60_000;

async function world(policy: Partial<ImageGcPolicy> = {}): Promise<PodWorld> {
  const made = await podWorld({ imageGc: { ...usualImageGc, ...policy } });
  onTestFinished(() => made.stop());
  for (const name of ['x:1', 'y:1', 'z:1']) made.backend.registry.set(name, {});
  made.backend.imageBytes = 10;
  return made;
}

/** Runs a pod of the image and takes it away with all that is left of it. */
async function runOnce(w: PodWorld, image: string, uid: string): Promise<void> {
  const of = { ...ref, name: uid, uid };
  await w.create(podOf({ containers: [{ name: 'a', image }] }, of));
  await w.remove(0, of);
  await w.clock.advance(2 * minute);
}

const removed = ({ backend }: PodWorld): readonly string[] =>
  backend.history.filter((line) => line.startsWith('remove image')).map((line) => line.slice(13));

describe('images on a disk that fills', () => {
  it.each([
    [84, []],
    [85, ['x:1']],
    [95, ['x:1', 'y:1']],
    [100, ['x:1', 'y:1']],
  ])('%i percent full: the longest unused go until it is filled to the low threshold', async (percent, expected) => {
    const w = await world();
    for (const [i, image] of ['x:1', 'y:1', 'z:1'].entries()) await runOnce(w, image, `u${i}`);
    w.backend.disk = { capacity: 100, available: 100 - percent };
    await w.clock.advance(5 * minute);
    expect(removed(w)).toEqual(expected);
  });

  it('stay while a pod is made from them, while they are young, and when this node did not pull them', async () => {
    const w = await world({ minimumAge: 20 * minute });
    await w.create(podOf({ containers: [{ name: 'a', image: 'x:1' }] }));
    w.backend.disk = { capacity: 100, available: 0 };
    await w.clock.advance(30 * minute);
    await runOnce(w, 'y:1', 'u2');
    await runOnce(w, 'img:1', 'u3');
    await w.clock.advance(10 * minute);
    expect(removed(w)).toEqual([]);
    await w.clock.advance(20 * minute);
    expect(removed(w)).toEqual(['y:1']);
  });

  it('that were there before stay even when a pod pulled them anew', async () => {
    const w = await world();
    w.backend.registry.set('img:1', {});
    const of = { ...ref, uid: 'u5' };
    await w.create(podOf({ containers: [{ name: 'a', image: 'img:1', imagePullPolicy: 'Always' }] }, of));
    await w.remove(0, of);
    w.backend.disk = { capacity: 100, available: 0 };
    await w.clock.advance(20 * minute);
    expect(w.backend.history).toContain('pull img:1');
    expect(removed(w)).toEqual([]);
  });

  it('are known to be the node’s own by a new process, too', async () => {
    const w = await world();
    await runOnce(w, 'x:1', 'u1');
    await w.restart();
    w.backend.disk = { capacity: 100, available: 0 };
    await w.clock.advance(6 * minute);
    expect(removed(w)).toEqual(['x:1']);
    expect(await w.storage.loadImages()).toEqual([]);
  });
});

describe('images nobody uses', () => {
  it('go after their greatest age, if there is one', async () => {
    const w = await world({ maximumAge: 30 * minute });
    await runOnce(w, 'x:1', 'u1');
    await w.clock.advance(25 * minute);
    expect(removed(w)).toEqual([]);
    await w.clock.advance(15 * minute);
    expect(removed(w)).toEqual(['x:1']);
  });
});
