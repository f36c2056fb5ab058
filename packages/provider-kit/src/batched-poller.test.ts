import { ManualClock, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { ListedPod, PodListing } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { batchedPoller, lookDelay } from './index.js';

function pod(uid: string, more: Partial<ListedPod> = {}): ListedPod {
  return { ref: { namespace: 'default', name: uid, uid }, node: 'vk', containers: [], ...more };
}

function world() {
  const clock = new ManualClock();
  const looks: number[] = [];
  const told: string[] = [];
  const state: { listing: PodListing; error?: Error } = { listing: { pods: [], complete: 'all' } };
  const poller = batchedPoller({
    clock,
    random: seededRandom(1),
    logger: recordingLogger([]),
    async list() {
      looks.push(clock.monotonic());
      if (state.error) throw state.error;
      return state.listing;
    },
  });
  const end = new AbortController();
  const listen = (node = 'vk'): void =>
    poller.notify(
      node,
      {
        observed: ({ ref }) => void told.push(`${node} ${ref.uid}`),
        missing: ({ uid }) => void told.push(`${node} missing ${uid}`),
        synced: () => void told.push(`${node} synced`),
        interrupted: (reason) => void told.push(`${node} interrupted: ${reason}`),
      },
      end.signal,
    );
  return { clock, looks, told, state, poller, listen, end };
}

describe('a poller of many pods', () => {
  it('tells what is different from look to look, and nothing twice', async () => {
    const { clock, told, state, poller, listen } = world();
    state.listing = { pods: [pod('a'), pod('b')], complete: 'all' };
    listen();
    await clock.advance(100_000);
    expect(told).toEqual(['vk a', 'vk b', 'vk synced']);
    state.listing = { pods: [pod('a', { revision: 2 })], complete: 'all' };
    await clock.advance(100_000);
    expect(told.slice(3)).toEqual(['vk a', 'vk missing b']);
    expect(poller.get('a')?.revision).toBe(2);
    expect(poller.get('b')).toBeUndefined();
    await poller.close();
  });

  it('believes in absence only where the listing is complete', async () => {
    const { clock, told, state, poller, listen } = world();
    state.listing = { pods: [pod('a', { scope: 'east' }), pod('b', { scope: 'west' }), pod('c')], complete: 'all' };
    listen();
    await clock.advance(1_000);
    state.listing = { pods: [], complete: ['west'] };
    await clock.advance(100_000);
    expect(told.filter((line) => line.includes('missing'))).toEqual(['vk missing b']);
    await poller.close();
  });

  it('looks every two seconds after something was done and every thirty in calm times', async () => {
    const { clock, looks, poller, listen } = world();
    listen();
    await clock.advance(600_000);
    const calm = looks.slice(-3).map((at, i, all) => at - (all[i - 1] ?? at));
    for (const pause of calm.slice(1)) expect(pause).toBeGreaterThan(26_000);
    const before = looks.length;
    poller.soon();
    await clock.advance(5_000);
    expect(looks.length - before).toBeGreaterThanOrEqual(3);
    expect([0, 10_000, 1_000_000].map((since) => lookDelay(since, 2_000, 30_000))).toEqual([2_000, 5_000, 30_000]);
    await poller.close();
  });

  it('makes one call for all nodes, and tells each of its own pods', async () => {
    const { clock, looks, told, state, poller, listen } = world();
    state.listing = { pods: [pod('a'), pod('b', { node: 'vk2' }), pod('c', { node: 'stranger' })], complete: 'all' };
    listen('vk');
    listen('vk2');
    await clock.advance(1_000);
    expect(looks.length).toBe(1);
    expect(told).toEqual(['vk a', 'vk2 b', 'vk synced', 'vk2 synced']);
    expect((await poller.list('vk2', new AbortController().signal)).pods.map((p) => p.ref.uid)).toEqual(['b']);
    await poller.close();
  });

  it('says when it is cut off, asks ever more seldom, and says when all is told again', async () => {
    const { clock, looks, told, state, poller, listen } = world();
    listen();
    await clock.advance(1_000);
    state.error = new Error('no route');
    await clock.advance(600_000);
    expect(told).toEqual(['vk synced', 'vk interrupted: no route']);
    expect(looks.length).toBeLessThan(15);
    delete state.error;
    state.listing = { pods: [pod('a')], complete: 'all' };
    await clock.advance(150_000);
    expect(told.slice(2)).toEqual(['vk a', 'vk synced']);
    await poller.close();
  });

  it('says nothing of one look that failed', async () => {
    const { clock, told, state, poller, listen } = world();
    listen();
    await clock.advance(1_000);
    state.error = new Error('a moment');
    await clock.advance(2_500);
    delete state.error;
    await clock.advance(100_000);
    expect(told).toEqual(['vk synced']);
    await poller.close();
  });

  it('tells a new listener what is known already', async () => {
    const { clock, told, state, poller, listen } = world();
    state.listing = { pods: [pod('a'), pod('b', { node: 'vk2' })], complete: 'all' };
    listen('vk');
    await clock.advance(1_000);
    listen('vk2');
    await clock.advance(10_000);
    expect(told).toEqual(['vk a', 'vk synced', 'vk2 b', 'vk2 synced']);
    await poller.close();
  });

  it('answers a listing with a look that began after the question, shared by all who asked', async () => {
    const clock = new ManualClock();
    let looks = 0;
    const poller = batchedPoller({
      clock,
      random: seededRandom(1),
      logger: recordingLogger([]),
      async list(signal) {
        const revision = (looks += 1);
        await clock.sleep(1_000, signal);
        return { pods: [pod('a', { revision })], complete: 'all' };
      },
    });
    const { signal } = new AbortController();
    const first = poller.list('vk', signal);
    await clock.advance(500);
    const [second, third] = [poller.list('vk', signal), poller.list('vk', signal)];
    await clock.advance(2_000);
    const revisions = (await Promise.all([first, second, third])).map((listing) => listing.pods[0]?.revision);
    expect(revisions).toEqual([1, 2, 2]);
    const later = [poller.list('vk', signal), poller.list('vk', signal)];
    await clock.advance(3_000);
    expect((await Promise.all(later)).map((listing) => listing.pods[0]?.revision)).toEqual([3, 4]);
    expect(looks).toBe(4);
    await poller.close();
  });

  it('gives a look up that takes too long', async () => {
    const clock = new ManualClock();
    const poller = batchedPoller({
      clock,
      random: seededRandom(1),
      logger: recordingLogger([]),
      list: () => new Promise<never>(() => undefined),
      timeout: 5_000,
    });
    const listing = poller.list('vk', new AbortController().signal).catch(String);
    await clock.advance(5_000);
    expect(await listing).toContain('gave up after 5000 ms');
    await poller.close();
  });

  it('stops when nobody listens, and leaves no timer', async () => {
    const { clock, looks, end, listen, poller } = world();
    listen();
    await clock.advance(10_000);
    end.abort();
    await clock.settle();
    const before = looks.length;
    await clock.advance(100_000);
    expect(looks.length).toBe(before);
    expect(clock.pending).toBe(0);
    await poller.close();
  });

  it('closes while it looks', async () => {
    const { clock, poller, listen } = world();
    listen();
    await poller.close();
    expect(clock.pending).toBe(0);
    listen();
    await expect(poller.list('vk', new AbortController().signal)).rejects.toThrow('closed');
  });
});
