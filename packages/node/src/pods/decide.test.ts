import fc from 'fast-check';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Capabilities, PodObservation } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { afterAbsence, noteAbsent } from './absence.js';
import { evidenceCondition } from './create-evidence.js';
import type { DecisionFacts } from './decide.js';
import { decide } from './decide.js';
import type { KnownPod } from './known-pod.js';
import { unknownPod } from './known-pod.js';
import { withMissing, withObservation } from './observe.js';
import { changesBetween } from './pod-changes.js';
import { defaultPodPolicy } from './pod-policy.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const capabilities: Capabilities = {
  createIdempotency: 'permanent',
  terminalRetention: 'unlimited',
  durability: 'platform',
  reads: 'consistent',
  consumes: { env: true, volumes: true, tokens: false, pullSecrets: false },
};
const facts: DecisionFacts = {
  now: 1_000_000,
  wall: Date.UTC(2026, 0, 1),
  policy: defaultPodPolicy,
  capabilities,
  listed: true,
  cluster: 'c1',
  node: 'vk',
  predecessor: false,
  quarantineUntil: -Infinity,
};

function pod(
  change: { metadata?: Pod['metadata']; spec?: Partial<NonNullable<Pod['spec']>>; status?: Pod['status'] } = {},
): Pod {
  return {
    metadata: { ...ref, generation: 1, ...change.metadata },
    spec: { containers: [{ name: 'c', image: 'nginx' }], restartPolicy: 'Always', ...change.spec },
    status: { phase: 'Pending', ...change.status },
  };
}

function observation(state: 'running' | 'ended'): PodObservation {
  const at = '2026-01-01T00:00:00Z';
  return {
    ref,
    containers: [
      { name: 'c', state: state === 'running' ? { running: { startedAt: at } } : { terminated: { exitCode: 0 } } },
    ],
  };
}

const ran: Pod['status'] = {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'c',
      image: 'nginx',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ],
};
const deleting = { ...ref, deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
const known = (change: Partial<KnownPod> = {}): KnownPod => ({ ...unknownPod(ref), ...change });
const absent = known({ workload: 'absent' });
const running = known({ workload: 'present', everPresent: true, observation: observation('running'), handed: pod() });
const ended = known({ workload: 'present', everPresent: true, observation: observation('ended'), handed: pod() });
const { handed: _, ...adopted } = running;
const asked = { grace: 30, since: facts.now, askedAt: facts.now };

describe('a pod that should run', () => {
  const rows: readonly [string, Pod, KnownPod, Partial<DecisionFacts>, object][] = [
    ['is admitted before anything else', pod(), absent, {}, { do: 'admit' }],
    ['is created once admitted', pod(), { ...absent, admitted: true }, {}, { do: 'create', attempt: 1 }],
    [
      'waits while nobody knows whether it has a workload and the provider was not listed',
      pod(),
      known(),
      { listed: false },
      { do: 'nothing' },
    ],
    ['is looked for when it may have a workload', pod(), known(), {}, { do: 'look' }],
    [
      'waits for the workload of an earlier pod of its name',
      pod(),
      { ...absent, admitted: true },
      { predecessor: true },
      { do: 'nothing' },
    ],
    [
      'is left alone while it is refused',
      pod(),
      { ...absent, hold: { reason: 'X', message: 'x', untilChanged: true } },
      {},
      { do: 'nothing' },
    ],
    [
      'is tried again while it is only held',
      pod(),
      { ...absent, admitted: true, hold: { reason: 'X', message: 'x', untilChanged: false } },
      {},
      { do: 'create', attempt: 1 },
    ],
    ['is left alone while it runs unchanged', pod(), { ...running, handed: pod() }, {}, { do: 'nothing' }],
    ['is left alone when it ended by itself', pod(), ended, {}, { do: 'nothing' }],
    [
      'is given up when it ran, is gone, and never restarts',
      pod({ spec: { restartPolicy: 'Never' }, status: ran }),
      absent,
      {},
      { do: 'verdict', verdict: { phase: 'Failed', reason: 'NotFound' } },
    ],
    [
      'announces another run before it starts it',
      pod({ status: ran }),
      { ...absent, admitted: true },
      {},
      { do: 'evidence', attempt: 2 },
    ],
    [
      'starts the run that was announced',
      pod({ status: ran }),
      { ...absent, admitted: true, announced: 2 },
      {},
      { do: 'create', attempt: 2 },
    ],
    [
      'is handed over again to a provider that restarts containers itself, though it runs',
      pod({ status: ran }),
      adopted,
      { capabilities: { ...capabilities, restarts: 'provider' } },
      { do: 'hand' },
    ],
    [
      'is handed over again even when all of it ended, since it may have to run again',
      pod({ status: ran }),
      { ...adopted, observation: observation('ended') },
      { capabilities: { ...capabilities, restarts: 'provider' } },
      { do: 'hand' },
    ],
    [
      'is handed over once',
      pod(),
      { ...running, handed: pod() },
      { capabilities: { ...capabilities, restarts: 'provider' } },
      { do: 'nothing' },
    ],
    ['is not handed over again to a platform that restarts', pod({ status: ran }), adopted, {}, { do: 'nothing' }],
    [
      'gets the time of its deadline to live',
      pod({ spec: { activeDeadlineSeconds: 60 } }),
      { ...running, activeSince: facts.now - 10_000, handed: pod({ spec: { activeDeadlineSeconds: 60 } }) },
      {},
      { do: 'wait', ms: 50_000 },
    ],
    [
      'fails at its deadline',
      pod({ spec: { activeDeadlineSeconds: 60 } }),
      { ...running, activeSince: facts.now - 60_000 },
      {},
      { do: 'verdict', verdict: { phase: 'Failed', reason: 'DeadlineExceeded' } },
    ],
  ];
  it.each(rows)('%s', (_, object, entry, more, action) => {
    expect(decide(object, entry, { ...facts, ...more })).toMatchObject(action);
  });

  it('is updated with what changed', () => {
    const object = pod({ spec: { containers: [{ name: 'c', image: 'nginx:2' }] } });
    expect(decide(object, running, facts)).toEqual({ do: 'update', changes: [{ change: 'image', container: 'c' }] });
  });

  it('announces its first run where the platform could do it twice or forget it', () => {
    for (const weaker of [
      { createIdempotency: 'none' },
      { createIdempotency: { windowSeconds: 60 } },
      { terminalRetention: 3_600 },
    ] as const) {
      expect(
        decide(pod(), { ...absent, admitted: true }, { ...facts, capabilities: { ...capabilities, ...weaker } }),
      ).toEqual({ do: 'evidence', attempt: 1 });
    }
  });
});

describe('a pod that is being deleted', () => {
  const rows: readonly [string, Pod, KnownPod, Partial<DecisionFacts>, object][] = [
    [
      'is stopped with its grace period',
      pod({ metadata: deleting, status: ran }),
      running,
      {},
      { do: 'stop', reason: 'deleted', grace: 30 },
    ],
    [
      'is not asked for twice at once',
      pod({ metadata: deleting, status: ran }),
      { ...running, deletion: asked },
      {},
      { do: 'wait', ms: 40_000 },
    ],
    [
      'is asked for again with a shorter grace period',
      pod({ metadata: { ...deleting, deletionGracePeriodSeconds: 5 }, status: ran }),
      { ...running, deletion: asked },
      {},
      { do: 'stop', reason: 'deleted', grace: 5 },
    ],
    [
      'is asked for again when the provider does not answer after its grace period',
      pod({ metadata: deleting, status: ran }),
      { ...running, deletion: { ...asked, since: 0, askedAt: 0 } },
      {},
      { do: 'stop', reason: 'deleted', grace: 30 },
    ],
    [
      'gets what is left of its grace period after a restart',
      pod({ metadata: deleting, status: ran }),
      { ...running, foundDeleting: true },
      { wall: Date.UTC(2026, 0, 1, 0, 0, 20) },
      { do: 'stop', reason: 'deleted', grace: 10 },
    ],
    ['goes at once when it never ran', pod({ metadata: deleting }), absent, {}, { do: 'remove' }],
    [
      'tells how it ended before it goes',
      pod({ metadata: deleting, status: ran }),
      { ...ended, deletion: asked },
      {},
      { do: 'report' },
    ],
    [
      'goes once that was written',
      pod({ metadata: deleting, status: ran }),
      { ...ended, deletion: asked, terminalWritten: true },
      {},
      { do: 'remove' },
    ],
    [
      'is removed once: finalizers of others are not argued with',
      pod({ metadata: deleting, status: ran }),
      { ...ended, deletion: asked, terminalWritten: true, removed: true },
      {},
      { do: 'nothing' },
    ],
    [
      'has its workload cleaned up when it ended by itself',
      pod({ metadata: deleting, status: ran }),
      ended,
      {},
      { do: 'stop', reason: 'deleted', grace: 0 },
    ],
    [
      'goes without a last word in a simulation',
      pod({ metadata: deleting, status: ran }),
      { ...ended, deletion: asked },
      { policy: { ...defaultPodPolicy, terminalStatus: 'skip' } },
      { do: 'remove' },
    ],
    [
      'is never given up by default',
      pod({ metadata: deleting, status: ran }),
      { ...running, deletion: { ...asked, since: -1e9, askedAt: facts.now } },
      {},
      { do: 'wait', ms: 10_000 },
    ],
    [
      'goes without a last word when its workload was seen but none of its containers ran',
      pod({ metadata: deleting }),
      {
        ...absent,
        everPresent: true,
        observation: { ref, containers: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] },
      },
      {},
      { do: 'remove' },
    ],
    [
      'tells its end when only the provider had said that it ran',
      pod({ metadata: deleting }),
      { ...absent, observation: observation('running') },
      {},
      { do: 'report' },
    ],
    [
      'is given up after the time an operator chose',
      pod({ metadata: deleting, status: ran }),
      { ...running, deletion: { ...asked, since: 0 } },
      { policy: { ...defaultPodPolicy, unreachableDelete: { forceAfter: 60_000 } } },
      { do: 'remove' },
    ],
    [
      'is not judged before anybody looked',
      pod({ metadata: deleting, status: ran }),
      known(),
      { listed: false },
      { do: 'nothing' },
    ],
  ];
  it.each(rows)('%s', (_, object, entry, more, action) => {
    expect(decide(object, entry, { ...facts, ...more })).toEqual(action);
  });
});

describe('a pod that is over or gone', () => {
  const foreign = { cluster: 'c1', node: 'vk' };
  const rows: readonly [string, Pod | undefined, KnownPod, Partial<DecisionFacts>, object][] = [
    [
      'is stopped when it was judged and still runs',
      pod({ status: ran }),
      { ...running, verdict: { phase: 'Failed', reason: 'DeadlineExceeded', message: '' } },
      {},
      { do: 'stop', reason: 'deadline', grace: 30 },
    ],
    [
      'is stopped when somebody else made it Failed',
      pod({ status: { ...ran, phase: 'Failed' } }),
      running,
      {},
      { do: 'stop', reason: 'evicted', grace: 30 },
    ],
    ['is left as it is when it ended', pod({ status: { ...ran, phase: 'Succeeded' } }), ended, {}, { do: 'nothing' }],
    ['is never created again', pod({ status: { phase: 'Failed' } }), absent, {}, { do: 'nothing' }],
    ['is looked for at the API before its workload is touched', undefined, running, {}, { do: 'confirm' }],
    [
      'is stopped once it is known to be gone',
      undefined,
      { ...running, vanished: true, lastGrace: 7 },
      {},
      { do: 'stop', reason: 'deleted', grace: 7 },
    ],
    [
      'keeps its workload during the quarantine when it went without a word',
      undefined,
      { ...running, vanished: true },
      { quarantineUntil: facts.now + 500 },
      { do: 'wait', ms: 500 },
    ],
    [
      'is stopped during the quarantine when it was deleted by name',
      undefined,
      { ...running, vanished: true, lastGrace: 7 },
      { quarantineUntil: facts.now + 500 },
      { do: 'stop', reason: 'deleted', grace: 7 },
    ],
    ['is forgotten when it has no workload', undefined, absent, {}, { do: 'forget' }],
    [
      'is forgotten when its workload ended as asked',
      undefined,
      { ...ended, deletion: asked, vanished: true },
      {},
      { do: 'forget' },
    ],
    [
      'is dangling when only the provider knows it',
      undefined,
      { ...running, foreign, vanished: true },
      {},
      { do: 'stop', reason: 'dangling', grace: 30 },
    ],
    [
      'is left alone when it is of another cluster',
      undefined,
      { ...running, foreign: { ...foreign, cluster: 'c2' } },
      {},
      { do: 'nothing' },
    ],
    [
      'is left alone when it is of another node',
      undefined,
      { ...running, foreign: { ...foreign, node: 'other' } },
      {},
      { do: 'nothing' },
    ],
    ['is left alone when it has no tags', undefined, { ...running, foreign: {} }, {}, { do: 'nothing' }],
    [
      'is left alone when this cluster has no known identity',
      undefined,
      { ...running, foreign: {} },
      { cluster: undefined },
      { do: 'nothing' },
    ],
  ];
  it.each(rows)('%s', (_, object, entry, more, action) => {
    expect(decide(object, entry, { ...facts, ...more })).toEqual(action);
  });
});

describe('absence', () => {
  const eventual = 'eventual' as const;
  it('counts at once where reads are consistent', () => {
    expect(noteAbsent(known(), 'consistent', 10).workload).toBe('absent');
  });

  it('takes two looks apart in time where they are not', () => {
    const once = noteAbsent(known({ workload: 'present' }), eventual, 0);
    expect(once.workload).toBe('unknown');
    expect(noteAbsent(once, eventual, 10_000).workload).toBe('unknown');
    expect(noteAbsent(once, eventual, 30_000).workload).toBe('absent');
  });

  it('does not count when the look began before the last call about the workload', () => {
    const entry = known({ workload: 'present', actedAt: 100 });
    expect(noteAbsent(entry, 'consistent', 99)).toBe(entry);
  });

  it('does not count shortly after our own creation where reads lag', () => {
    const entry = known({ workload: 'present', actedAt: 0, handed: pod() });
    expect(noteAbsent(entry, eventual, 60_000)).toBe(entry);
  });

  it('from a listing makes the node look, unless the pod never ran', () => {
    expect(withMissing(running, pod({ status: ran })).workload).toBe('unknown');
    expect(withMissing(known(), pod({ status: ran })).workload).toBe('unknown');
    expect(withMissing(known(), pod()).workload).toBe('absent');
  });

  it('after an announced creation is the end where the platform forgets, and a repeat where that is harmless', () => {
    const at = '2026-01-01T00:00:00Z';
    const announced = pod({ status: { phase: 'Pending', conditions: [evidenceCondition(1, at)] } });
    const after = (weaker: Partial<Capabilities>, seconds: number) =>
      afterAbsence(announced, absent, {
        capabilities: { ...capabilities, ...weaker },
        wall: Date.parse(at) + seconds * 1_000,
      });
    expect(after({ createIdempotency: 'none', terminalRetention: 60 }, 10)).toMatchObject({
      verdict: { reason: 'NotFound' },
    });
    expect(after({ createIdempotency: { windowSeconds: 30 }, terminalRetention: 60 }, 10)).toEqual({ create: 1 });
    expect(after({ createIdempotency: { windowSeconds: 30 }, terminalRetention: 60 }, 31)).toMatchObject({
      verdict: { reason: 'NotFound' },
    });
    expect(after({ createIdempotency: 'none' }, 10)).toEqual({ create: 1 });
    expect(after({ createIdempotency: 'none', reads: 'eventual' }, 10)).toMatchObject({
      verdict: { reason: 'NotFound' },
    });
  });
});

describe('a report', () => {
  it('older than the last call about the workload changes nothing', () => {
    const entry = known({ actedAt: 100 });
    expect(withObservation(entry, observation('running'), { began: 99 })).toBe(entry);
    expect(withObservation(entry, observation('running'), { began: 100 }).workload).toBe('present');
  });

  it('of an earlier run or with a lower revision changes nothing', () => {
    const entry = known({ attempt: 2, observation: { ...observation('running'), attempt: 2, revision: 5 } });
    expect(withObservation(entry, { ...observation('ended'), attempt: 1 }, { began: 0 })).toBe(entry);
    expect(withObservation(entry, { ...observation('ended'), attempt: 2, revision: 4 }, { began: 0 })).toBe(entry);
  });

  it('of a new run is news whatever its revision: every run counts its own', () => {
    const entry = known({ observation: { ...observation('ended'), attempt: 1, revision: 5 } });
    const next = { ...observation('running'), attempt: 2, revision: 1 };
    expect(withObservation(entry, next, { began: 0 }).observation).toBe(next);
  });
});

describe('changes of a pod', () => {
  it('are those the API server lets happen, and none for the same object', () => {
    const before = pod();
    expect(changesBetween(before, before)).toEqual([]);
    const after = pod({
      metadata: { labels: { a: 'b' } },
      spec: { activeDeadlineSeconds: 5, tolerations: [{ operator: 'Exists' }] },
    });
    expect(changesBetween(before, after).map((c) => c.change)).toEqual(['metadata', 'tolerations', 'activeDeadline']);
  });

  it('of an adopted pod are those its generation says nobody considered', () => {
    expect(
      changesBetween(undefined, pod({ metadata: { generation: 2 }, status: { ...ran, observedGeneration: 2 } })),
    ).toEqual([]);
    expect(
      changesBetween(undefined, pod({ metadata: { generation: 3 }, status: { ...ran, observedGeneration: 2 } })),
    ).not.toEqual([]);
  });
});

describe('whatever is known of a pod', () => {
  const entry: fc.Arbitrary<KnownPod> = fc
    .record({
      workload: fc.constantFrom('unknown', 'absent', 'present'),
      everPresent: fc.boolean(),
      admitted: fc.boolean(),
      vanished: fc.boolean(),
      foundDeleting: fc.boolean(),
      terminalWritten: fc.boolean(),
      removed: fc.boolean(),
      accepted: fc.boolean(),
      attempt: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom('none', 'running', 'ended'),
      isAsked: fc.boolean(),
      tags: fc.constantFrom('ours', 'foreign', 'none'),
    })
    .map(({ state, isAsked, tags, ...rest }) => ({
      ...unknownPod(ref),
      ...rest,
      ...(state === 'none' ? {} : { observation: observation(state) }),
      ...(isAsked ? { deletion: asked } : {}),
      ...(tags === 'none'
        ? {}
        : { foreign: tags === 'ours' ? { cluster: 'c1', node: 'vk' } : { cluster: 'c2', node: 'vk' } }),
    }));
  const object = fc.constantFrom(
    pod(),
    pod({ status: ran }),
    pod({ metadata: deleting }),
    pod({ metadata: deleting, status: ran }),
    pod({ status: { ...ran, phase: 'Succeeded' } }),
  );

  it('a workload is only stopped for a reason: deletion, judgement, or a pod known to be gone', () => {
    fc.assert(
      fc.property(fc.option(object, { nil: undefined }), entry, (api, now) => {
        const action = decide(api, now, facts);
        if (action.do !== 'stop') return;
        const isGone = api === undefined && now.vanished && (now.foreign === undefined || now.foreign.cluster === 'c1');
        expect(
          isGone ||
            api?.metadata?.deletionTimestamp !== undefined ||
            api?.status?.phase === 'Succeeded' ||
            now.verdict !== undefined,
        ).toBe(true);
      }),
    );
  });

  it('a workload is only created where none is and none ended', () => {
    fc.assert(
      fc.property(object, entry, (api, now) => {
        const action = decide(api, now, facts);
        if (action.do !== 'create') return;
        expect([now.workload, api.metadata?.deletionTimestamp, api.status?.phase === 'Succeeded']).toEqual([
          'absent',
          undefined,
          false,
        ]);
      }),
    );
  });

  it('the API object is only removed while it is being deleted and nothing may run', () => {
    fc.assert(
      fc.property(object, entry, (api, now) => {
        if (decide(api, now, facts).do !== 'remove') return;
        expect(api.metadata?.deletionTimestamp).toBeDefined();
        expect(now.workload === 'absent' || now.observation?.containers.every((c) => 'terminated' in c.state)).toBe(
          true,
        );
      }),
    );
  });
});
