import type { Taint } from '@virtual-kubelet/kubernetes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passingTaints, providerTaintKey, shortageTaintKey, taintsWith, unreachableTaintKey } from './node-taints.js';

const provider: Taint = { key: providerTaintKey, value: 'mock', effect: 'NoSchedule' };
const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };
const none: ReadonlySet<string> = new Set();

describe('taints', () => {
  it('are added behind those of others', () => {
    expect(taintsWith([notReady], [provider], none)).toEqual([notReady, provider]);
  });

  it('are left alone when they are right, whoever noted when they were added', () => {
    expect(
      taintsWith([{ ...provider, timeAdded: '2026-01-01T00:00:00Z' }, notReady], [provider], none),
    ).toBeUndefined();
  });

  it('of ours that are wanted no more go, also those an earlier process left', () => {
    expect(taintsWith([{ key: unreachableTaintKey, effect: 'NoSchedule' }, notReady, provider], [], none)).toEqual([
      notReady,
    ]);
  });

  it('whose value changed are replaced', () => {
    const changed = { ...provider, value: 'other' };
    expect(taintsWith([provider, notReady], [changed], none)).toEqual([notReady, changed]);
  });

  it('with keys of our configuration are ours', () => {
    expect(taintsWith([{ key: 'x', effect: 'NoSchedule' }], [], new Set(['x']))).toEqual([]);
    expect(taintsWith([{ key: 'x', effect: 'NoSchedule' }], [], none)).toBeUndefined();
  });

  it('say what is short as a value the API accepts', () => {
    const [, taint] = passingTaints({ isProviderReachable: false, shortage: 'example.com/big gpu!' });
    expect(taint).toEqual({ key: shortageTaintKey, value: 'example.com-big-gpu', effect: 'NoSchedule' });
  });

  const taint: fc.Arbitrary<Taint> = fc.record({
    key: fc.constantFrom(providerTaintKey, unreachableTaintKey, 'ours', 'foreign', 'node.kubernetes.io/unreachable'),
    value: fc.constantFrom('', 'a'),
    effect: fc.constantFrom('NoSchedule', 'NoExecute'),
  });
  const taints = fc.uniqueArray(taint, { selector: ({ key, effect }) => key + effect });

  it('are right after one correction, and those of others are untouched', () => {
    const own = new Set(['ours']);
    const isForeign = ({ key }: Taint): boolean => key === 'foreign' || key.startsWith('node.');
    fc.assert(
      fc.property(taints, taints, (seen, all) => {
        const wanted = all.filter((each) => !isForeign(each));
        const result = taintsWith(seen, wanted, own) ?? seen;
        expect(taintsWith(result, wanted, own)).toBeUndefined();
        expect(result.filter(isForeign)).toEqual(seen.filter(isForeign));
        expect(result.filter((each) => !isForeign(each)).length).toBe(wanted.length);
      }),
    );
  });
});
