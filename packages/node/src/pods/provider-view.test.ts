import { ManualClock } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodHappening, PodObservation, Provider } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { KnownPod } from './known-pod.js';
import { podTable } from './pod-table.js';
import { providerView } from './provider-view.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const pod: Pod = { metadata: ref, spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'first' }] } };

const unused = (): Promise<never> => Promise.reject(new Error('not expected'));
const provider: Provider = {
  createPod: unused,
  updatePod: unused,
  deletePod: unused,
  getPod: unused,
  getPodStatus: unused,
  getPods: unused,
};

function world(known: Partial<KnownPod> = {}) {
  const clock = new ManualClock();
  const table = podTable();
  table.put({ ...table.ensure(ref), workload: 'present', actedAt: 0, ...known });
  const told: string[] = [];
  const changed: string[] = [];
  const view = providerView({
    node: 'vk',
    provider,
    calls: unused,
    clock,
    table,
    pod: (uid) => (uid === ref.uid ? pod : undefined),
    changed: (uid) => void changed.push(uid),
    tell: (_pod, event) => void told.push(`${event.reason} ${event.fieldPath ?? 'pod'}`),
    seen: () => undefined,
  });
  return { clock, table, told, changed, view };
}

const happening = (reason: string, container?: string): PodHappening => ({
  type: 'Normal',
  reason,
  message: 'm',
  time: '2026-01-01T00:00:00Z',
  ...(container === undefined ? {} : { container }),
});

const report = (...happened: PodHappening[]): PodObservation => ({ ref, containers: [], happened });

describe('what happened to a pod', () => {
  it('is told once, however often it is reported', () => {
    const { view, told } = world({ handed: pod });
    view.notified(report(happening('Pulling', 'first')));
    view.notified(report(happening('Pulling', 'first'), happening('Pulled', 'c')));
    view.notified(report(happening('Pulled', 'c'), happening('Preempted')));
    expect(told).toEqual(['Pulling spec.initContainers{first}', 'Pulled spec.containers{c}', 'Preempted pod']);
  });

  it('before this process began is not told again', () => {
    const { view, told } = world();
    view.notified(report(happening('Pulling')));
    view.notified(report(happening('Pulling'), happening('Pulled')));
    expect(told).toEqual(['Pulled pod']);
  });
});

describe('a workload reported as missing', () => {
  it('makes the node look, and believes nothing', () => {
    const { view, table, changed } = world();
    view.missing(ref);
    expect(table.get('u1')?.workload).toBe('unknown');
    expect(changed).toEqual(['u1']);
  });

  it('changes nothing for a pod nothing is known of, or that is known to be absent', () => {
    const { view, table, changed } = world({ workload: 'absent' });
    view.missing(ref);
    view.missing({ ...ref, uid: 'other' });
    expect(table.get('u1')?.workload).toBe('absent');
    expect(changed).toEqual([]);
  });
});
