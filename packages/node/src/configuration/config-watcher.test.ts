import { ManualClock, recordingLogger, seededRandom, Sensitive } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContentVolume } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import type { ConfigWatcher } from './config-watcher.js';
import { configWatcher } from './config-watcher.js';

function pod(uid: string, labels: Record<string, string> = {}): Pod {
  return {
    metadata: { name: uid, namespace: 'shop', uid, labels },
    spec: { containers: [], volumes: [{ name: 'v', configMap: { name: 'c' } }] },
  };
}

function volume(revision: string, renewAt?: number): ContentVolume {
  const files = [{ path: 'f', content: new Sensitive(''), mode: 0o644 }];
  return {
    kind: 'contents',
    name: 'v',
    files,
    sensitive: false,
    revision,
    ...(renewAt === undefined ? {} : { renewAt }),
  };
}

/** A watcher over volumes the test sets; `looks` and `changed` hold UIDs in order. */
function world(): {
  clock: ManualClock;
  watcher: ConfigWatcher;
  now: Map<string, readonly ContentVolume[] | Error>;
  looks: string[];
  changed: string[];
  lines: LogLine[];
} {
  const clock = new ManualClock();
  const now = new Map<string, readonly ContentVolume[] | Error>();
  const looks: string[] = [];
  const changed: string[] = [];
  const lines: LogLine[] = [];
  const watcher = configWatcher({
    clock,
    random: seededRandom(7),
    logger: recordingLogger(lines),
    ttl: 60_000,
    look: async (one) => {
      const uid = one.metadata?.uid ?? '';
      looks.push(uid);
      const answer = now.get(uid) ?? [volume('1')];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    changed: (uid) => changed.push(uid),
  });
  return { clock, watcher, now, looks, changed, lines };
}

describe('config watcher', () => {
  test('looks about once in its time and tells of a change until it was taken note of', async () => {
    const { clock, watcher, now, looks, changed } = world();
    watcher.watch(pod('a'), [volume('1')]);
    await clock.advance(72_000);
    expect(looks).toEqual(['a']);
    expect(changed).toEqual([]);
    now.set('a', [volume('2')]);
    await clock.advance(72_000);
    expect(changed).toEqual(['a']);
    await clock.advance(72_000);
    expect(changed.length).toBeGreaterThan(1);
    watcher.watch(pod('a'), [volume('2')]);
    const told = changed.length;
    await clock.advance(600_000);
    expect(changed).toHaveLength(told);
    expect(looks.length).toBeGreaterThan(8);
    expect(looks.length).toBeLessThan(20);
    await watcher.close();
    expect(clock.pending).toBe(0);
  });

  test('looks when a token is due', async () => {
    const { clock, watcher, now, looks, changed } = world();
    const renewAt = clock.wall() + 10_000;
    watcher.watch(pod('a'), [volume('1', renewAt)]);
    now.set('a', [volume('2', renewAt + 3_600_000)]);
    await clock.advance(9_999);
    expect(looks).toEqual([]);
    await clock.advance(1);
    expect(changed).toEqual(['a']);
    await watcher.close();
  });

  test('a token that is overdue is not asked for in a storm', async () => {
    const { clock, watcher, now, looks } = world();
    now.set('a', [volume('1', 0)]);
    watcher.watch(pod('a'), [volume('1', 0)]);
    await clock.advance(10_000);
    expect(looks.length).toBeLessThanOrEqual(10);
    await watcher.close();
  });

  test('a pod of which nothing is known counts as changed at the first look', async () => {
    const { clock, watcher, changed } = world();
    watcher.watch(pod('a'), undefined);
    await clock.advance(60_000);
    expect(changed).toContain('a');
    watcher.watch(pod('a'), [volume('1')]);
    const told = changed.length;
    await clock.advance(600_000);
    expect(changed).toHaveLength(told);
    await watcher.close();
  });

  test('pods without content volumes are not watched', async () => {
    const { clock, watcher } = world();
    watcher.watch({ metadata: { uid: 'x' }, spec: { containers: [], volumes: [{ name: 'e', emptyDir: {} }] } }, []);
    expect(watcher.size).toBe(0);
    expect(clock.pending).toBe(0);
    await watcher.close();
  });

  test('a volume that cannot be made at the moment is no change', async () => {
    const { clock, watcher, now, changed } = world();
    watcher.watch(pod('a'), [volume('1')]);
    now.set('a', []);
    await clock.advance(72_000);
    expect(changed).toEqual([]);
    await watcher.close();
  });

  test('new labels are looked at at once', async () => {
    const { clock, watcher, looks } = world();
    watcher.watch(pod('a'), [volume('1')]);
    watcher.watch(pod('a'), [volume('1')]);
    await clock.settle();
    expect(looks).toEqual([]);
    watcher.watch(pod('a', { __proto__x: '1' }), [volume('1')]);
    await clock.settle();
    expect(looks).toEqual(['a']);
    await watcher.close();
  });

  test('a pod that is gone is left alone, even when it goes during a look', async () => {
    const { clock, watcher, now, looks, changed } = world();
    now.set('a', [volume('2')]);
    watcher.watch(pod('a'), [volume('1')]);
    watcher.watch(pod('b'), [volume('1')]);
    watcher.forget('b');
    watcher.watch(pod('a', { new: '1' }), [volume('1')]);
    watcher.forget('a');
    await clock.settle();
    expect(clock.pending).toBe(0);
    await clock.advance(600_000);
    expect(changed).toEqual([]);
    expect(looks.filter((uid) => uid === 'b')).toEqual([]);
    expect(watcher.size).toBe(0);
    expect(clock.pending).toBe(0);
    await watcher.close();
  });

  test('a failed look is tried again, slower and slower, and said once', async () => {
    const { clock, watcher, now, looks, lines } = world();
    now.set('a', new Error('no connection'));
    watcher.watch(pod('a'), [volume('1')]);
    await clock.advance(600_000);
    expect(looks.length).toBeGreaterThan(8);
    expect(looks.length).toBeLessThan(25);
    expect(lines).toHaveLength(1);
    await watcher.close();
  });

  test('a thousand pods are spread over the time', async () => {
    const { clock, watcher, looks } = world();
    for (let i = 0; i < 1_000; i++) watcher.watch(pod(`p${i}`), undefined);
    let most = 0;
    for (let second = 0; second < 60; second++) {
      const before = looks.length;
      await clock.advance(1_000);
      most = Math.max(most, looks.length - before);
    }
    expect(new Set(looks).size).toBe(1_000);
    expect(looks.length).toBeLessThan(1_100);
    expect(most).toBeLessThan(60);
    await watcher.close();
  });
});
