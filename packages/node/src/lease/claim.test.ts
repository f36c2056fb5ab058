import type { Lease } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { Claimant, LeaseWatch } from './claim.js';
import { durationOf, incarnationAnnotation, instanceAnnotation, judgeLease, watchLease } from './claim.js';

const me: Claimant = { instance: 'a', incarnation: 'a-1', isSuperseded: false };

function lease(instance: string | undefined, incarnation: string | undefined, renewTime = 't0'): Lease {
  const annotations = {
    ...(instance === undefined ? {} : { [instanceAnnotation]: instance }),
    ...(incarnation === undefined ? {} : { [incarnationAnnotation]: incarnation }),
  };
  return { metadata: { annotations }, spec: { holderIdentity: 'vk', leaseDurationSeconds: 40, renewTime } };
}

/** The verdict after reading these leases at these times. */
function verdict(claimant: Claimant, ...reads: readonly (readonly [Lease, number])[]): string {
  let watch: LeaseWatch | undefined;
  for (const [read, now] of reads) watch = watchLease(watch, read, now);
  const [last, now] = reads.at(-1) ?? [undefined, 0];
  const found = judgeLease(last, claimant, { watch, now });
  return 'because' in found ? `${found.kind}: ${found.because}` : found.kind;
}

describe('a lease', () => {
  it('that is not there is created', () => {
    expect(verdict(me)).toBe('vacant');
  });

  it.each<[string, Lease, Claimant, string]>([
    ['of this process', lease('a', 'a-1'), me, 'ours'],
    ['of this process, superseded and back', lease('a', 'a-1'), { ...me, isSuperseded: true }, 'ours'],
    ['of an earlier process in the same place', lease('a', 'a-0'), me, 'free: same instance'],
    ['of a younger process in the same place', lease('a', 'a-2'), { ...me, isSuperseded: true }, 'watched'],
    ['that was let go', lease('', undefined), me, 'free: released'],
    ['of somebody else', lease('b', 'b-1'), me, 'watched'],
    ['of a kubelet', lease(undefined, undefined), me, 'watched'],
  ])('%s', (_, read, claimant, expected) => {
    expect(verdict(claimant, [read, 0])).toBe(expected);
  });

  it('of somebody else is held when it is seen to change', () => {
    expect(verdict(me, [lease('b', 'b-1', 't0'), 0], [lease('b', 'b-1', 't1'), 10_000])).toBe('held');
    expect(verdict(me, [lease(undefined, undefined, 't0'), 0], [lease(undefined, undefined, 't1'), 10_000])).toBe(
      'held',
    );
  });

  it('of somebody else is free after a whole duration without change, and not before', () => {
    const read = lease('b', 'b-1');
    expect(verdict(me, [read, 0], [read, 39_999])).toBe('watched');
    expect(verdict(me, [read, 0], [read, 40_000])).toBe('free: not renewed');
    const later = lease('b', 'b-1', 't1');
    expect(verdict(me, [read, 0], [later, 39_999], [later, 79_998])).toBe('held');
    expect(verdict(me, [read, 0], [later, 39_999], [later, 79_999])).toBe('free: not renewed');
  });

  it('that looks decades old is watched all the same, for clocks are not compared', () => {
    expect(verdict(me, [lease('b', 'b-1', '1999-01-01T00:00:00.000000Z'), 0])).toBe('watched');
  });

  it('that was deleted and made again counts as changed', () => {
    const read = lease('b', 'b-1');
    const again: Lease = { ...read, metadata: { ...read.metadata, uid: 'other' } };
    expect(verdict(me, [read, 0], [again, 39_999])).toBe('held');
  });

  it.each([
    [undefined, 40_000],
    [40, 40_000],
    [0, 1_000],
    [-5, 1_000],
    [1_000_000, 600_000],
  ])('with a duration of %s seconds is waited for %i ms', (leaseDurationSeconds, expected) => {
    expect(durationOf({ spec: leaseDurationSeconds === undefined ? {} : { leaseDurationSeconds } })).toBe(expected);
  });
});
