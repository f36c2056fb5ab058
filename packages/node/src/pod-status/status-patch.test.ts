import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { Pod, PodCondition, PodStatus } from '@virtual-kubelet/kubernetes';
import { applyStrategicMerge } from '@virtual-kubelet/kubernetes/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOwnCondition } from './conditions.js';
import { reduceStatus } from './reduce-status.js';
import { statusPatch } from './status-patch.js';

const metadata = { namespace: 'ns', name: 'p', uid: 'u1', resourceVersion: '5' };

function podOf(status?: PodStatus, more: Partial<Pod> = {}): Pod {
  return { metadata, spec: { containers: [{ name: 'a' }] }, ...more, ...(status ? { status } : {}) };
}

function patchOf(before: PodStatus | undefined, wanted: PodStatus): unknown {
  const patch = statusPatch(podOf(before), wanted);
  return patch && (patch as { status: unknown }).status;
}

function applied(pod: Pod, wanted: PodStatus): Pod {
  const patch = statusPatch(pod, wanted);
  return patch ? applyStrategicMerge(pod, patch, 'Pod') : pod;
}

const ready = (more: Partial<PodCondition> = {}): PodCondition => ({
  type: 'Ready',
  status: 'True',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
});

describe('the patch of a status', () => {
  test('names the pod by its UID and nothing else', () => {
    expect(statusPatch(podOf(), { phase: 'Running' })).toEqual({
      metadata: { uid: 'u1' },
      status: { phase: 'Running' },
    });
  });

  test('is none when the status says the same', () => {
    const status: PodStatus = { phase: 'Pending', podIPs: [], conditions: [ready()], containerStatuses: [] };
    expect(patchOf(status, { phase: 'Pending', conditions: [ready()] })).toBeUndefined();
    const fromServer = { ...ready(), lastProbeTime: null } as unknown as PodCondition;
    expect(
      patchOf({ ...status, conditions: [fromServer] }, { phase: 'Pending', conditions: [ready()] }),
    ).toBeUndefined();
    expect(patchOf(undefined, {})).toBeUndefined();
  });

  test('holds only what differs', () => {
    const before: PodStatus = { phase: 'Pending', hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.1' }] };
    expect(patchOf(before, { ...before, phase: 'Running' })).toEqual({ phase: 'Running' });
  });

  test('clears what is not said any more', () => {
    const before: PodStatus = { reason: 'R', message: 'm', podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }] };
    expect(patchOf(before, {})).toEqual({ reason: null, message: null, podIP: null, podIPs: null });
  });

  test('never clears what is fixed', () => {
    const before: PodStatus = { startTime: '2026-01-01T00:00:00Z', qosClass: 'Burstable', observedGeneration: 3 };
    expect(patchOf(before, {})).toBeUndefined();
    expect(patchOf({}, before)).toEqual(before);
  });

  test('never touches fields of others', () => {
    const before: PodStatus = { nominatedNodeName: 'n', resize: 'Proposed', resourceClaimStatuses: [{ name: 'c' }] };
    expect(patchOf(before, {})).toBeUndefined();
  });

  test('replaces address lists as a whole', () => {
    const before: PodStatus = { podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }], hostIPs: [{ ip: '10.0.0.1' }] };
    const wanted: PodStatus = { podIP: '10.1.0.2', podIPs: [{ ip: '10.1.0.2' }], hostIPs: [{ ip: '10.0.0.2' }] };
    expect(patchOf(before, wanted)).toEqual({
      podIP: '10.1.0.2',
      podIPs: [{ $patch: 'replace' }, { ip: '10.1.0.2' }],
      hostIPs: [{ $patch: 'replace' }, { ip: '10.0.0.2' }],
    });
    expect(applied(podOf(before), wanted).status?.podIPs).toEqual([{ ip: '10.1.0.2' }]);
  });

  test('replaces container statuses as a whole', () => {
    const status = { name: 'a', image: '', imageID: '', ready: false, restartCount: 0 };
    const wanted = { containerStatuses: [{ ...status, ready: true }] };
    expect(patchOf({ containerStatuses: [status] }, wanted)).toEqual(wanted);
    expect(patchOf({ containerStatuses: [status] }, {})).toEqual({ containerStatuses: null });
    expect(patchOf({ initContainerStatuses: [status], ephemeralContainerStatuses: [status] }, {})).toEqual({
      initContainerStatuses: null,
      ephemeralContainerStatuses: null,
    });
  });

  test('is none for a last state that says nothing, which API servers always show', () => {
    const status = { name: 'a', image: '', imageID: '', ready: false, restartCount: 0 };
    const last = { terminated: { exitCode: 1 } };
    for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
      expect(patchOf({ [list]: [{ ...status, lastState: {} }] }, { [list]: [status] })).toBeUndefined();
      expect(patchOf({ [list]: [status] }, { [list]: [{ ...status, lastState: {} }] })).toBeUndefined();
      const wanted = { [list]: [{ ...status, lastState: last }] };
      expect(patchOf({ [list]: [{ ...status, lastState: {} }] }, wanted)).toEqual(wanted);
      expect(patchOf(wanted, { [list]: [status] })).toEqual({ [list]: [status] });
    }
    expect(patchOf({ containerStatuses: null } as unknown as PodStatus, {})).toBeUndefined();
  });

  test('sends the conditions that changed, and nulls for what they no longer say', () => {
    const before = {
      conditions: [ready({ status: 'False', reason: 'R', message: 'm' }), { type: 'Initialized', status: 'True' }],
    };
    const wanted = { conditions: [ready(), { type: 'Initialized', status: 'True' }] };
    expect(patchOf(before, wanted)).toEqual({ conditions: [{ ...ready(), reason: null, message: null }] });
    const fromServer = { ...ready({ status: 'False' }), lastProbeTime: null } as unknown as PodCondition;
    expect(patchOf({ conditions: [fromServer] }, { conditions: [ready()] })).toStrictEqual({ conditions: [ready()] });
  });

  test('drops own conditions only', () => {
    const types = [
      'PodResizePending',
      'virtual-kubelet.io/DeletionPending',
      'DisruptionTarget',
      'foreign',
      'x.io/gate',
    ];
    const before = { conditions: types.map((type) => ({ type, status: 'True' })) };
    expect(patchOf(before, {})).toEqual({
      conditions: [
        { $patch: 'delete', type: 'PodResizePending' },
        { $patch: 'delete', type: 'virtual-kubelet.io/DeletionPending' },
      ],
    });
  });
});

describe('applied to any pod', () => {
  const types = [
    'Ready',
    'Initialized',
    'PodResizePending',
    'DisruptionTarget',
    'virtual-kubelet.io/x',
    'foreign',
    'x.io/gate',
  ];
  const word = fc.constantFrom('a', 'b');
  const conditions = fc.uniqueArray(
    fc.record(
      {
        type: fc.constantFrom(...types),
        status: fc.constantFrom('True', 'False'),
        reason: word,
        message: word,
        observedGeneration: fc.nat(3),
      },
      { requiredKeys: ['type', 'status'], noNullPrototype: true },
    ),
    { selector: (c) => c.type },
  );
  const container = fc.record(
    {
      name: word,
      image: word,
      imageID: word,
      ready: fc.boolean(),
      restartCount: fc.nat(2),
      state: fc.constantFrom({ running: {} }, { waiting: {} }),
    },
    { noNullPrototype: true },
  );
  const ips = fc.uniqueArray(
    fc.record({ ip: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1') }, { noNullPrototype: true }),
    {
      selector: (a) => a.ip,
      maxLength: 2,
    },
  );
  const own = {
    phase: fc.constantFrom('Pending', 'Running'),
    reason: word,
    message: word,
    podIP: word,
    podIPs: ips,
    hostIP: word,
    hostIPs: ips,
    startTime: word,
    qosClass: word,
    observedGeneration: fc.nat(3),
    containerStatuses: fc.array(container, { maxLength: 2 }),
    initContainerStatuses: fc.array(container, { maxLength: 2 }),
    ephemeralContainerStatuses: fc.array(container, { maxLength: 2 }),
    conditions,
  };
  const status = fc.record(own, { requiredKeys: [], noNullPrototype: true });
  const ownOnly = status.map(({ conditions: all, ...rest }) => ({
    ...rest,
    ...(all ? { conditions: all.filter((c) => isOwnCondition(c.type) || c.type === 'DisruptionTarget') } : {}),
  }));
  const labels = fc.dictionary(fc.constantFrom('app', '__proto__', 'constructor'), word);
  const foreign = fc.record({ nominatedNodeName: word, resize: word }, { requiredKeys: [], noNullPrototype: true });
  const pods = fc
    .tuple(status, foreign, labels)
    .map(([before, others, marks]) => podOf({ ...before, ...others }, { metadata: { ...metadata, labels: marks } }));

  const each = (check: (pod: Pod, after: Pod, wanted: PodStatus) => void): void =>
    fc.assert(
      fc.property(pods, ownOnly, (pod, wanted) => check(pod, applied(pod, wanted), wanted)),
      { numRuns: 200 },
    );

  test('it has the wanted value in every own field', () => {
    each((_, { status: after }, wanted) => {
      for (const field of ['phase', 'reason', 'message', 'podIP', 'hostIP', 'podIPs', 'hostIPs'] as const)
        expect(semanticEqual(after?.[field], wanted[field])).toBe(true);
      for (const field of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const)
        expect(semanticEqual(after?.[field], wanted[field])).toBe(true);
      for (const field of ['startTime', 'qosClass', 'observedGeneration'] as const)
        expect(wanted[field] ?? after?.[field]).toBe(after?.[field]);
    });
  });

  test('it has exactly the wanted own conditions', () => {
    const sorted = (all: readonly PodCondition[] | undefined) =>
      (all ?? []).filter((c) => isOwnCondition(c.type)).toSorted((a, b) => a.type.localeCompare(b.type));
    each((_, { status: after }, wanted) => {
      expect(sorted(after?.conditions)).toEqual(sorted(wanted.conditions));
      for (const condition of wanted.conditions ?? [])
        expect(after?.conditions?.find((c) => c.type === condition.type)).toEqual(condition);
    });
  });

  test('it leaves everything of others as it was', () => {
    each((pod, after, wanted) => {
      const shared = new Set(wanted.conditions?.map((c) => c.type));
      const foreignOf = (p: Pod) =>
        (p.status?.conditions ?? []).filter((c) => !isOwnCondition(c.type) && !shared.has(c.type));
      expect(JSON.stringify(foreignOf(after))).toBe(JSON.stringify(foreignOf(pod)));
      expect(JSON.stringify(after.metadata)).toBe(JSON.stringify(pod.metadata));
      expect(JSON.stringify(after.spec)).toBe(JSON.stringify(pod.spec));
      expect(after.status?.nominatedNodeName).toBe(pod.status?.nominatedNodeName);
      expect(after.status?.resize).toBe(pod.status?.resize);
    });
  });

  test('there is nothing left to write', () => {
    each((_, after, wanted) => {
      expect(statusPatch(after, wanted)).toBeUndefined();
    });
  });
});

test('a status that was reduced and written is not written again', () => {
  const input = { hostIPs: ['10.0.0.1'], now: Date.UTC(2026, 0, 1) };
  const observation = {
    ref: { namespace: 'ns', name: 'p', uid: 'u1' },
    containers: [{ name: 'a', state: { running: { startedAt: '2026-01-01T00:00:00.5Z' } } }],
    podIPs: ['10.1.0.1'],
  };
  const pod = podOf();
  const after = applied(pod, reduceStatus({ ...input, pod, observation }));
  const later = reduceStatus({ ...input, now: input.now + 90_000, pod: after, observation });
  expect(statusPatch(after, later)).toBeUndefined();
});
