import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodObservation } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { reduceStatus } from '../pod-status/reduce-status.js';
import type { KnownPod } from './known-pod.js';
import { unknownPod } from './known-pod.js';
import { statusInput } from './status-source.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const at = '2026-01-01T00:00:00Z';
const running: PodObservation = {
  ref,
  containers: [{ name: 'c', state: { running: { startedAt: at } } }],
  podIPs: ['10.0.0.1'],
};
const facts = { now: 0, wall: Date.parse('2026-01-01T00:01:00Z'), hostIPs: ['10.0.0.9'] };

function pod(change: { metadata?: Pod['metadata']; status?: Pod['status'] } = {}): Pod {
  return {
    metadata: { ...ref, generation: 3, ...change.metadata },
    spec: { containers: [{ name: 'c', image: 'nginx' }], restartPolicy: 'Always' },
    status: { phase: 'Pending', ...change.status },
  };
}

function status(object: Pod, change: Partial<KnownPod>): Pod['status'] {
  const input = statusInput(object, { ...unknownPod(ref), ...change }, facts);
  return input && reduceStatus(input);
}

const deleting = { deletionTimestamp: at, deletionGracePeriodSeconds: 30 };
const ran: Pod['status'] = {
  phase: 'Running',
  observedGeneration: 2,
  containerStatuses: [
    { name: 'c', image: 'nginx', imageID: '', ready: true, restartCount: 2, state: { running: { startedAt: at } } },
  ],
};
const lost = { restartCount: 0, state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } };

describe('the status of a pod', () => {
  it('is not written while there is nothing to say', () => {
    expect(status(pod(), {})).toBeUndefined();
    expect(
      status(pod(), { verdict: { phase: 'Failed', reason: 'X', message: '' }, workload: 'present' }),
    ).toBeUndefined();
  });

  it('is final when a deleted pod is gone without a last word, though the API never heard that it ran', () => {
    const end = status(pod({ metadata: deleting }), { workload: 'absent', observation: running });
    expect(end).toMatchObject({ phase: 'Failed', containerStatuses: [lost] });
  });

  it('is final when a deleted pod that only the API knows is gone', () => {
    const end = status(pod({ metadata: deleting, status: ran }), { workload: 'absent' });
    expect(end).toMatchObject({ phase: 'Failed', containerStatuses: [{ ...lost, restartCount: 2 }] });
  });

  it('is that of the judgement once nothing runs, with the end of what ran', () => {
    const verdict = { phase: 'Failed', reason: 'NotFound', message: 'gone' } as const;
    const end = status(pod({ status: ran }), { workload: 'absent', verdict });
    expect(end).toMatchObject({
      phase: 'Failed',
      reason: 'NotFound',
      containerStatuses: [{ ...lost, restartCount: 2 }],
    });
    expect(status(pod({ status: ran }), { workload: 'present', observation: running, verdict })?.phase).toBe('Running');
  });

  it('is not final while the provider could still start something of a deleted pod', () => {
    const between: PodObservation = {
      ref,
      containers: [
        {
          name: 'c',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          last: { exitCode: 1, startedAt: at, finishedAt: at },
        },
      ],
    };
    expect(status(pod({ metadata: deleting, status: ran }), { workload: 'present', observation: between })?.phase).toBe(
      'Running',
    );
    expect(status(pod({ metadata: deleting, status: ran }), { workload: 'absent', observation: between })?.phase).toBe(
      'Failed',
    );
  });

  it('shows the generation the provider was asked for, not one nobody has considered', () => {
    const generation = (change: Partial<KnownPod>, object: Pod = pod({ status: ran })): number | undefined =>
      status(object, { workload: 'present', observation: running, ...change })?.observedGeneration;
    expect(generation({})).toBe(2);
    expect(generation({ handed: pod(), considered: 3 })).toBe(3);
    expect(generation({ considered: 2 })).toBe(2);
    expect(generation({}, pod({ metadata: deleting, status: ran }))).toBe(3);
  });
});
