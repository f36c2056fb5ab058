import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Container, ContainerStatus, PodSpec, PodStatus } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerStatuses, ContainerStatusesInput } from './container-statuses.js';
import { acceptObservation, containerStatuses, finalStatuses } from './container-statuses.js';

const now = '2026-01-01T00:10:00Z';
const t1 = '2026-01-01T00:01:00Z';
const t2 = '2026-01-01T00:02:00Z';
const t3 = '2026-01-01T00:03:00Z';
const ref = { namespace: 'ns', name: 'p', uid: 'u1' };

const spec = (more: Partial<PodSpec> = {}): PodSpec => ({
  restartPolicy: 'Always',
  containers: [{ name: 'a', image: 'img' }],
  ...more,
});
const never = spec({ restartPolicy: 'Never' });

function see(...containers: readonly ContainerObservation[]): PodObservation {
  return { ref, containers };
}

function reduce(of: Partial<ContainerStatusesInput>): ContainerStatuses {
  return containerStatuses({
    spec: spec(),
    previous: {},
    observation: undefined,
    hold: undefined,
    outcomes: undefined,
    undecided: false,
    stopped: false,
    terminal: false,
    also: undefined,
    now,
    ...of,
  });
}

/** The first regular container's status, when it is observed so after it was reported so. */
function after(
  previous: ContainerStatus | undefined,
  seen: ContainerObservation | undefined,
  more: object = {},
): ContainerStatus {
  const observation = seen ? see(seen) : see();
  const before: PodStatus = previous ? { containerStatuses: [previous] } : {};
  const [status] = reduce({ previous: before, observation, ...more }).containerStatuses;
  if (!status) throw new Error('no status');
  return status;
}

function reported(state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus {
  const base = { name: 'a', image: 'img', imageID: '', ready: false, started: false, restartCount: 0 };
  return { ...base, ...(state ? { state } : {}), ...more };
}

const wasRunning = reported({ running: { startedAt: t1 } }, { ready: true, started: true });
const wasWaiting = reported({ waiting: { reason: 'ContainerCreating' } });
const end = (exitCode: number) => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  startedAt: t1,
  finishedAt: t2,
});
const wasTerminated = (exitCode: number): ContainerStatus => reported({ terminated: end(exitCode) });
const wasBackingOff = (exitCode: number): ContainerStatus =>
  reported({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: end(exitCode) } });

const runs: ContainerObservation = { name: 'a', state: { running: { startedAt: t3 } } };
const waits: ContainerObservation = {
  name: 'a',
  state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
};
const ends = (exitCode: number, more: object = {}): ContainerObservation => ({
  name: 'a',
  state: { terminated: { exitCode, startedAt: t1, finishedAt: t2, ...more } },
});

describe('containers nobody has seen', () => {
  test('wait to be created, every one of the spec', () => {
    const statuses = reduce({ spec: spec({ containers: [{ name: 'a', image: 'x' }, { name: 'b' }] }) });
    expect(statuses).toEqual({
      containerStatuses: [
        {
          name: 'a',
          image: 'x',
          imageID: '',
          ready: false,
          started: false,
          restartCount: 0,
          state: { waiting: { reason: 'ContainerCreating' } },
        },
        {
          name: 'b',
          image: '',
          imageID: '',
          ready: false,
          started: false,
          restartCount: 0,
          state: { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    });
  });

  test('wait for the initialization of the pod when it has init containers', () => {
    const all = spec({ initContainers: [{ name: 'i' }], ephemeralContainers: [{ name: 'e' }] });
    const {
      containerStatuses: regular,
      initContainerStatuses: init,
      ephemeralContainerStatuses: debug,
    } = reduce({ spec: all });
    for (const list of [regular, init, debug])
      expect(list?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(init?.[0]).toMatchObject({ ready: false, started: false });
    expect(debug?.[0]).not.toHaveProperty('started');
  });

  test('wait for the reason the provider gives for the whole pod', () => {
    const observation = { ...see(), reason: 'Provisioning', message: 'getting a machine' };
    expect(reduce({ observation }).containerStatuses[0]?.state).toEqual({
      waiting: { reason: 'Provisioning', message: 'getting a machine' },
    });
  });

  test('keep their last truth when they ran or ended', () => {
    expect(after(wasRunning, undefined)).toEqual(wasRunning);
    expect(after(wasTerminated(1), undefined)).toEqual(wasTerminated(1));
    expect(after({ ...wasRunning, ready: false, started: false }, undefined)).toMatchObject({
      ready: false,
      started: false,
    });
    expect(after({ ...wasRunning, image: 'docker.io/img@1' }, undefined).image).toBe('docker.io/img@1');
  });

  test('ended unseen when the workload is known to be gone', () => {
    const status = after(wasRunning, undefined, { spec: never, stopped: true });
    expect(status.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      startedAt: t1,
      finishedAt: now,
    });
    expect(status).toMatchObject({ ready: false, started: false, restartCount: 0 });
    const restarting = after(wasRunning, undefined, { stopped: true });
    expect(restarting.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(restarting.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
  });

  test('forget why they waited, but not that they ran', () => {
    expect(after(reported({ waiting: { reason: 'Old' } }), undefined).state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    });
    const status = after(wasBackingOff(1), undefined);
    expect(status.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(status.lastState).toEqual({ terminated: end(1) });
  });
});

describe('a container that is held', () => {
  const hold = { reason: 'ProviderUnsupported', message: 'spec.hostNetwork is not supported' };
  const held = { waiting: { reason: 'ProviderUnsupported', message: 'spec.hostNetwork is not supported' } };

  test('shows why, on every container of the pod', () => {
    const { containerStatuses: regular, initContainerStatuses: init } = reduce({
      hold,
      spec: spec({ initContainers: [{ name: 'i' }] }),
    });
    expect(regular[0]?.state).toEqual(held);
    expect(init?.[0]?.state).toEqual(held);
  });

  test('shows why, on the one container it is about', () => {
    const containers: readonly Container[] = [{ name: 'a' }, { name: 'b' }];
    const statuses = reduce({ hold: { ...hold, container: 'b' }, spec: spec({ containers }) }).containerStatuses;
    expect(statuses.map((s) => s.state?.waiting?.reason)).toEqual(['ContainerCreating', 'ProviderUnsupported']);
  });

  test('is not said to wait when it runs', () => {
    expect(after(wasRunning, runs, { hold }).state).toEqual({ running: { startedAt: t3 } });
    expect(after(wasWaiting, waits, { hold }).state).toEqual(held);
  });
});

describe('a report without any state', () => {
  test.each([{}, { running: undefined }, { waiting: undefined }, { terminated: undefined }, undefined, null])(
    '%s says nothing',
    (state) => {
      const seen = { name: 'a', state } as unknown as ContainerObservation;
      expect(after(wasRunning, seen)).toEqual(wasRunning);
      expect(after(wasRunning, seen, { spec: never })).toEqual(wasRunning);
      expect(after(wasTerminated(1), seen, { spec: never })).toEqual(wasTerminated(1));
      expect(after(undefined, seen).state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    },
  );
});

describe('a container that waits', () => {
  test('has the reason and message of the provider', () => {
    expect(after(wasWaiting, waits).state).toEqual({
      waiting: { reason: 'ImagePullBackOff', message: 'no such image' },
    });
  });

  test('has no message when the provider gives none', () => {
    const seen = { name: 'a', state: { waiting: { reason: 'R' } } };
    expect(after(undefined, seen).state).toStrictEqual({ waiting: { reason: 'R' } });
    expect(reduce({ observation: { ...see(), reason: 'R' } }).containerStatuses[0]?.state).toStrictEqual({
      waiting: { reason: 'R' },
    });
    const hold = { reason: '', message: 'm' };
    expect(reduce({ hold }).containerStatuses[0]?.state).toStrictEqual({ waiting: { message: 'm' } });
  });

  test('for good keeps the end before the last one', () => {
    const before = { ...wasRunning, lastState: { terminated: end(5) } };
    const seen = { ...waits, last: { exitCode: 1 } };
    expect(after(before, seen, { spec: never }).lastState).toEqual({ terminated: end(5) });
    expect(after({ ...wasBackingOff(1) }, seen, { spec: never })).not.toHaveProperty('lastState');
  });

  test('falls back to the default reason', () => {
    const seen = { name: 'a', state: { waiting: { reason: '' } } };
    expect(after(undefined, seen).state).toEqual({ waiting: { reason: 'ContainerCreating' } });
  });

  test('remembers the end that was reported, whether the provider does or not', () => {
    expect(after(wasTerminated(1), waits).lastState).toEqual({ terminated: end(1) });
    expect(after(wasBackingOff(1), waits).lastState).toEqual({ terminated: end(1) });
    const seen = { ...waits, last: { exitCode: 2, startedAt: t2, finishedAt: t3 } };
    expect(after(wasTerminated(1), seen).lastState?.terminated).toMatchObject({
      exitCode: 2,
      reason: 'Error',
      finishedAt: t3,
    });
  });

  test('after it ran has ended, even if nobody saw how', () => {
    expect(after(wasRunning, waits)).toMatchObject({
      state: { waiting: { reason: 'ImagePullBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: t1, finishedAt: now } },
      restartCount: 0,
    });
  });

  test('after it ran and must not run again is believed only with its end, or when nothing runs', () => {
    expect(after(wasRunning, waits, { spec: never })).toEqual(wasRunning);
    expect(after(wasRunning, { ...waits, last: { exitCode: 0 } }, { spec: never }).state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
      startedAt: t1,
      finishedAt: now,
    });
    expect(after(wasRunning, waits, { spec: never, stopped: true }).state?.terminated?.exitCode).toBe(137);
  });

  test('with an end it is not restarted from has ended', () => {
    expect(after(undefined, { ...waits, last: { exitCode: 1 } }, { spec: never }).state?.terminated?.exitCode).toBe(1);
    expect(after(undefined, { ...waits, last: { exitCode: 1 } }).state?.waiting).toBeDefined();
  });

  test('the times of its last run come from what was reported of it', () => {
    const last = after(wasBackingOff(1), { ...waits, last: { exitCode: 1 } }).lastState;
    expect(last).toEqual({ terminated: end(1) });
    const fromRun = after(wasRunning, { ...waits, last: { exitCode: 3 } }).lastState;
    expect(fromRun?.terminated).toMatchObject({ exitCode: 3, startedAt: t1, finishedAt: now });
    const other = after(wasBackingOff(1), { ...waits, last: { exitCode: 2 } }).lastState;
    expect(other?.terminated).toMatchObject({ exitCode: 2, startedAt: now, finishedAt: now });
  });
});

describe('a container that runs', () => {
  test('is ready and started unless the provider says otherwise', () => {
    expect(after(undefined, runs)).toMatchObject({ ready: true, started: true, state: { running: { startedAt: t3 } } });
    expect(after(undefined, { ...runs, ready: false })).toMatchObject({ ready: false, started: true });
    expect(after(undefined, { ...runs, started: false })).toMatchObject({ ready: false, started: false });
    expect(after(undefined, { ...runs, started: false, ready: true })).toMatchObject({ ready: false, started: false });
  });

  test('has a start time, in whole seconds', () => {
    const running = (startedAt: string): ContainerObservation => ({ name: 'a', state: { running: { startedAt } } });
    expect(after(undefined, running('2026-01-01T01:03:00.987654321+01:00')).state).toEqual({
      running: { startedAt: t3 },
    });
    expect(after(undefined, running('rubbish')).state).toEqual({ running: { startedAt: now } });
    expect(after(undefined, running('0001-01-01T00:00:00Z')).state).toEqual({ running: { startedAt: now } });
    expect(after(wasRunning, running('')).state).toEqual({ running: { startedAt: t1 } });
    expect(after(wasTerminated(1), running('')).state).toEqual({ running: { startedAt: now } });
  });

  test('after an end counts one more restart and keeps the end', () => {
    expect(after(wasTerminated(1), runs)).toMatchObject({ restartCount: 1, lastState: { terminated: end(1) } });
    expect(after(wasBackingOff(1), runs)).toMatchObject({ restartCount: 1, lastState: { terminated: end(1) } });
    expect(after(wasRunning, runs)).toMatchObject({ restartCount: 0 });
    expect(after(wasWaiting, runs)).toMatchObject({ restartCount: 0 });
  });

  test('has the count of the provider when that counts', () => {
    expect(after(wasTerminated(1), { ...runs, restartCount: 1 }).restartCount).toBe(1);
    expect(after(wasBackingOff(1), { ...runs, restartCount: 7 }).restartCount).toBe(7);
    expect(after({ ...wasBackingOff(1), restartCount: 4 }, { ...runs, restartCount: 4 }).restartCount).toBe(4);
  });

  test('never has its count fall, and goes on counting when the provider starts from zero', () => {
    expect(after({ ...wasRunning, restartCount: 4 }, { ...runs, restartCount: 1 }).restartCount).toBe(4);
    expect(after({ ...wasTerminated(1), restartCount: 4 }, { ...runs, restartCount: 0 }).restartCount).toBe(5);
    expect(after(undefined, { ...runs, restartCount: Number.NaN }).restartCount).toBe(0);
    expect(after(undefined, { ...runs, restartCount: -3 }).restartCount).toBe(0);
  });

  test('in a later attempt has at least the restarts of the pod', () => {
    const observation = { ...see({ ...runs, restartCount: 0 }), attempt: 3 };
    const [status] = reduce({ observation, previous: { containerStatuses: [wasTerminated(1)] } }).containerStatuses;
    expect(status?.restartCount).toBe(2);
    expect(reduce({ observation }).containerStatuses[0]?.restartCount).toBe(0);
  });

  test('under another ID was replaced', () => {
    const status = after({ ...wasRunning, containerID: 'x://1', imageID: 'old' }, { ...runs, containerID: 'x://2' });
    expect(status).toMatchObject({ restartCount: 1, containerID: 'x://2', imageID: '' });
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 137, containerID: 'x://1', startedAt: t1 });
    const told = after(
      { ...wasRunning, containerID: 'x://1' },
      { ...runs, containerID: 'x://2', last: { exitCode: 9 } },
    );
    expect(told.lastState?.terminated).toMatchObject({ exitCode: 9 });
  });

  test('keeps the ID and image ID the provider leaves out', () => {
    const before = { ...wasRunning, containerID: 'x://1', imageID: 'sha' };
    expect(after(before, runs)).toMatchObject({ containerID: 'x://1', imageID: 'sha' });
    expect(after(before, { ...runs, imageID: 'sha2', image: 'resolved' })).toMatchObject({
      imageID: 'sha2',
      image: 'resolved',
    });
    expect(after(wasTerminated(0), runs)).not.toHaveProperty('containerID');
    expect(after({ ...wasRunning, image: 'old' }, runs).image).toBe('img');
  });
});

describe('a container that ended', () => {
  test('says how, and is neither ready nor started', () => {
    expect(after(wasRunning, ends(0))).toMatchObject({ ready: false, started: false, state: { terminated: end(0) } });
    expect(after(wasRunning, { ...ends(1), ready: true, started: true })).toMatchObject({
      ready: false,
      started: false,
    });
  });

  test.each([
    { given: { exitCode: 0 }, exitCode: 0, reason: 'Completed' },
    { given: { exitCode: 3 }, exitCode: 3, reason: 'Error' },
    { given: { exitCode: -137 }, exitCode: -137, reason: 'Error' },
    { given: { exitCode: 137, reason: 'OOMKilled' }, exitCode: 137, reason: 'OOMKilled' },
    { given: { exitCode: 0, signal: 9 }, exitCode: 137, reason: 'Error' },
    { given: { exitCode: 0, signal: 9, reason: 'Completed' }, exitCode: 137, reason: 'Error' },
    { given: { exitCode: 0, signal: 15, reason: 'Evicted' }, exitCode: 143, reason: 'Evicted' },
    { given: { exitCode: 0, signal: 0 }, exitCode: 0, reason: 'Completed' },
    { given: { exitCode: 0, reason: 'ContainerStatusUnknown' }, exitCode: 137, reason: 'ContainerStatusUnknown' },
    { given: { exitCode: Number.NaN }, exitCode: 137, reason: 'ContainerStatusUnknown' },
    { given: { exitCode: 0.5 }, exitCode: 137, reason: 'ContainerStatusUnknown' },
    { given: { exitCode: 2 ** 40, reason: 'Completed' }, exitCode: 137, reason: 'ContainerStatusUnknown' },
  ])('with $given is reported as $exitCode $reason', ({ given, exitCode, reason }) => {
    const status = after(wasRunning, { name: 'a', state: { terminated: given } });
    expect(status.state?.terminated).toMatchObject({ exitCode, reason });
  });

  test('says no more than is known', () => {
    const terminated = (given: object) =>
      after(undefined, { name: 'a', state: { terminated: { exitCode: 1, startedAt: t1, finishedAt: t2, ...given } } })
        .state?.terminated;
    expect(terminated({})).toStrictEqual({ exitCode: 1, reason: 'Error', startedAt: t1, finishedAt: t2 });
    expect(terminated({ signal: 0, message: '', containerID: '' })).toStrictEqual(terminated({}));
    const whole = { signal: 1, message: 'm', containerID: 'x://1' };
    expect(terminated(whole)).toStrictEqual({ exitCode: 1, reason: 'Error', startedAt: t1, finishedAt: t2, ...whole });
  });

  test('has both times, whatever the provider knows', () => {
    const terminated = (given: object) =>
      after(wasRunning, { name: 'a', state: { terminated: { exitCode: 1, ...given } } }).state?.terminated;
    expect(terminated({})).toMatchObject({ startedAt: t1, finishedAt: now });
    expect(terminated({ finishedAt: t3 })).toMatchObject({ startedAt: t1, finishedAt: t3 });
    expect(terminated({ startedAt: t2 })).toMatchObject({ startedAt: t2, finishedAt: now });
    const unknown = after(undefined, { name: 'a', state: { terminated: { exitCode: 1, finishedAt: t2 } } });
    expect(unknown.state?.terminated).toMatchObject({ startedAt: t2, finishedAt: t2 });
  });

  test('keeps the time once given to it', () => {
    const seen: ContainerObservation = { name: 'a', state: { terminated: { exitCode: 1 } } };
    const first = after(wasRunning, seen);
    expect(after(first, seen, { now: '2026-01-01T09:00:00Z' })).toEqual(first);
  });

  test('stays ended when it may not run again', () => {
    for (const seen of [runs, waits, ends(7), undefined])
      expect(after(wasTerminated(1), seen, { spec: never }).state).toEqual({ terminated: end(1) });
    expect(after(wasTerminated(0), runs, { spec: spec({ restartPolicy: 'OnFailure' }) }).state).toEqual({
      terminated: end(0),
    });
    expect(after(wasTerminated(1), runs, { spec: spec({ restartPolicy: 'OnFailure' }) }).state?.running).toBeDefined();
    expect(after(wasTerminated(1), runs, { terminal: true }).state).toEqual({ terminated: end(1) });
  });

  test('may run again when some rule of some container restarts the whole pod', () => {
    const rule = (action: string) => ({ action, exitCodes: { operator: 'In', values: [9] } });
    const ruled = (name: string, ...actions: readonly string[]): Container => ({
      name,
      restartPolicy: 'Never',
      restartPolicyRules: actions.map(rule),
    });
    const state = (more: Partial<PodSpec>, facts: object = {}) =>
      after(wasTerminated(0), runs, { spec: spec({ restartPolicy: 'Never', ...more }), ...facts }).state;
    const containers = [{ name: 'a' }, ruled('b', 'Restart', 'RestartAllContainers')];
    expect(state({ containers })?.running).toBeDefined();
    expect(state({ containers }, { terminal: true })?.running).toBeUndefined();
    expect(state({ containers: [{ name: 'a' }, ruled('b', 'Restart')] })?.running).toBeUndefined();
    expect(state({ initContainers: [{ name: 'i' }, ruled('j', 'RestartAllContainers')] })?.running).toBeDefined();
    expect(state({ initContainers: [{ name: 'i' }, ruled('j', 'Restart')] })?.running).toBeUndefined();
  });

  test('gets details of its end later, but never another end', () => {
    const late = after(wasTerminated(1), ends(1, { message: 'out of luck', reason: 'StartError' }), { spec: never });
    expect(late.state?.terminated).toMatchObject({ exitCode: 1, reason: 'StartError', message: 'out of luck' });
    const lost = reported({ terminated: { ...end(137), reason: 'ContainerStatusUnknown' } });
    expect(after(lost, ends(0), { spec: never }).state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  test('is not forgotten for an unknown end', () => {
    const unknown = ends(137, { reason: 'ContainerStatusUnknown' });
    expect(after(wasTerminated(137), unknown, { spec: never }).state).toEqual({ terminated: end(137) });
    expect(after(wasTerminated(1), unknown).state).toEqual({ terminated: end(1) });
  });

  test('by a later run counts a restart and moves the earlier end back', () => {
    const seen = { ...ends(5, { startedAt: t2, finishedAt: t3 }), restartCount: 1 };
    expect(after(wasTerminated(1), seen)).toMatchObject({
      restartCount: 1,
      state: { terminated: { exitCode: 5, finishedAt: t3 } },
      lastState: { terminated: end(1) },
    });
    const counted = after({ ...wasRunning, containerID: 'x://1' }, { ...ends(5), restartCount: 1 });
    expect(counted.state?.terminated).not.toHaveProperty('containerID');
    expect(counted).not.toHaveProperty('containerID');
    const other = after({ ...wasRunning, containerID: 'x://1' }, { ...ends(5), containerID: 'x://2' });
    expect(other).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137, containerID: 'x://1' } },
    });
  });

  test('after its back-off is the end it backed off from, unless it ended at another time', () => {
    expect(after(wasBackingOff(1), ends(1))).toMatchObject({ restartCount: 0, state: { terminated: end(1) } });
    expect(after(wasBackingOff(1), ends(1))).not.toHaveProperty('lastState');
    expect(after(wasBackingOff(1), { name: 'a', state: { terminated: { exitCode: 1 } } }).state).toEqual({
      terminated: end(1),
    });
    const again = after(wasBackingOff(1), ends(1, { startedAt: t2, finishedAt: t3 }));
    expect(again).toMatchObject({ restartCount: 1, lastState: { terminated: end(1) } });
  });
});

describe('init and ephemeral containers', () => {
  const withInit = spec({ initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] });
  const initOf = (...seen: readonly ContainerObservation[]) =>
    reduce({ spec: withInit, observation: see(...seen) }).initContainerStatuses ?? [];

  test('an init container is ready when it is done', () => {
    expect(initOf({ ...runs, name: 'i' })[0]).toMatchObject({ ready: false, started: true });
    expect(initOf({ ...ends(0), name: 'i' })[0]).toMatchObject({ ready: true, started: false });
    expect(initOf({ ...ends(1), name: 'i' })[0]).toMatchObject({ ready: false, started: false });
  });

  test('a sidecar is ready as a regular container is', () => {
    expect(initOf({ ...runs, name: 's' })[1]).toMatchObject({ ready: true, started: true });
    expect(initOf({ ...ends(0), name: 's' })[1]).toMatchObject({ ready: false, started: false });
  });

  test('an ephemeral container never runs twice and is never ready', () => {
    const debug = spec({ ephemeralContainers: [{ name: 'e' }] });
    const observation = see({ ...runs, name: 'e' });
    expect(reduce({ spec: debug, observation }).ephemeralContainerStatuses).toEqual([
      { name: 'e', image: '', imageID: '', ready: false, restartCount: 0, state: { running: { startedAt: t3 } } },
    ]);
    const previous = { ephemeralContainerStatuses: [{ ...wasTerminated(0), name: 'e' }] };
    const [status] = reduce({ spec: debug, observation, previous }).ephemeralContainerStatuses ?? [];
    expect(status?.state).toEqual({ terminated: end(0) });
  });

  test('containers the spec does not have are not reported', () => {
    expect(reduce({ observation: see(runs, { ...runs, name: 'ghost' }) }).containerStatuses).toHaveLength(1);
  });
});

describe('what else a status holds', () => {
  const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } };
  const sized = spec({ containers: [{ name: 'a', resources }] });
  const old = { ...wasRunning, allocatedResources: { cpu: '500m' }, resources: { requests: { cpu: '500m' } } };
  const outcome = (result: string) => [{ change: 'resources', container: 'a', result, message: 'm' }];

  test('resources are those of the spec once it ran', () => {
    expect(after(undefined, runs, { spec: sized })).toMatchObject({ allocatedResources: { cpu: '1' }, resources });
    expect(after(undefined, waits, { spec: sized })).not.toHaveProperty('resources');
    expect(after(undefined, runs)).not.toHaveProperty('resources');
  });

  test.each(['deferred', 'infeasible', 'restartRequired', 'failed'])(
    'a resize that is %s changes nothing',
    (result) => {
      const status = after(old, runs, { spec: sized, outcomes: outcome(result) });
      expect(status).toMatchObject({ allocatedResources: { cpu: '500m' }, resources: { requests: { cpu: '500m' } } });
    },
  );

  test('a resize nobody has looked at changes nothing', () => {
    expect(after(old, runs, { spec: sized, undecided: true }).allocatedResources).toEqual({ cpu: '500m' });
  });

  test('a resize under way is allocated, and in effect when the provider says so', () => {
    const outcomes = outcome('inProgress');
    expect(after(old, runs, { spec: sized, outcomes })).toMatchObject({
      allocatedResources: { cpu: '1' },
      resources: { requests: { cpu: '500m' } },
    });
    const actual = { ...runs, resources: { requests: { cpu: '0.75' }, limits: { cpu: 'two', memory: '1024Mi' } } };
    expect(after(old, actual, { spec: sized, outcomes }).resources).toEqual({
      requests: { cpu: '750m' },
      limits: { memory: '1Gi' },
    });
    const other = [{ ...outcomes[0], container: 'b' }];
    expect(after(old, runs, { spec: sized, outcomes: other }).resources).toEqual(resources);
  });

  test('fields this node does not know are kept', () => {
    const mounts = [{ name: 'v', mountPath: '/v' }];
    expect(after({ ...wasRunning, volumeMounts: mounts, stopSignal: 'SIGINT' }, runs)).toMatchObject({
      volumeMounts: mounts,
      stopSignal: 'SIGINT',
    });
  });

  test('fields the provider gives of another kubelet are passed on', () => {
    const also = new Map([['a', { stopSignal: 'SIGHUP' }]]);
    expect(after({ ...wasRunning, stopSignal: 'SIGINT' }, runs, { also }).stopSignal).toBe('SIGHUP');
  });

  test('messages are cut between characters, and shared out among the containers', () => {
    const long = { name: 'a', state: { terminated: { exitCode: 1, message: '\u00e9'.repeat(5_000) } } };
    const cut = after(undefined, long).state?.terminated?.message ?? '';
    expect(Buffer.byteLength(cut)).toBe(4_096);
    const many = spec({ containers: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name })) });
    const shared = after(undefined, long, { spec: many }).state?.terminated?.message ?? '';
    expect(Buffer.byteLength(shared)).toBe(2_048);
    const initialized = spec({ initContainers: ['b', 'c', 'd'].map((name) => ({ name })) });
    expect(Buffer.byteLength(after(undefined, long, { spec: initialized }).state?.terminated?.message ?? '')).toBe(
      3_072,
    );
    const debugged = spec({ ephemeralContainers: ['b', 'c', 'd'].map((name) => ({ name })) });
    expect(Buffer.byteLength(after(undefined, long, { spec: debugged }).state?.terminated?.message ?? '')).toBe(3_072);
    const emoji = { name: 'a', state: { waiting: { reason: 'R', message: `a${'\u{1f600}'.repeat(2_000)}` } } };
    expect(Buffer.byteLength(after(undefined, emoji).state?.waiting?.message ?? '')).toBe(4_093);
  });

  test('half characters become what the API server makes of them', () => {
    const seen = { name: 'a', state: { terminated: { exitCode: 1, message: 'x\ud800y' } } };
    expect(after(undefined, seen).state?.terminated?.message).toBe('x\ufffdy');
  });
});

describe('a pod that is over', () => {
  const facts = { spec: spec(), reason: 'OutOfcpu', message: 'no room', now, limit: 4_096 };
  const final = (status: ContainerStatus): ContainerStatus | undefined =>
    finalStatuses({ containerStatuses: [status] }, facts).containerStatuses[0];

  test('has no running container', () => {
    expect(final(wasRunning)).toMatchObject({
      ready: false,
      started: false,
      state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: t1, finishedAt: now } },
    });
  });

  test('keeps the ends before', () => {
    expect(final({ ...wasRunning, lastState: { terminated: end(4) } })?.lastState).toEqual({ terminated: end(4) });
    const { started: _, ...ephemeral } = wasRunning;
    expect(final(ephemeral)).not.toHaveProperty('started');
  });

  test('keeps how containers ended', () => {
    expect(final(wasTerminated(3))).toEqual(wasTerminated(3));
    expect(final(wasBackingOff(3))?.state).toEqual({ terminated: end(3) });
    expect(final(wasBackingOff(3))).not.toHaveProperty('lastState');
  });

  test('shows its reason on containers that never started', () => {
    expect(final(wasWaiting)?.state).toEqual({ waiting: { reason: 'OutOfcpu', message: 'no room' } });
    const [status] = finalStatuses(
      { containerStatuses: [wasWaiting] },
      { spec: spec(), now, limit: 10 },
    ).containerStatuses;
    expect(status).toEqual(wasWaiting);
  });

  test('keeps init containers ready that were done', () => {
    const facts2 = { ...facts, spec: spec({ initContainers: [{ name: 'a' }] }) };
    const lists = (status: ContainerStatus) => ({ containerStatuses: [], initContainerStatuses: [status] });
    expect(finalStatuses(lists(wasBackingOff(0)), facts2).initContainerStatuses?.[0]?.ready).toBe(true);
    expect(finalStatuses(lists(wasBackingOff(1)), facts2).initContainerStatuses?.[0]?.ready).toBe(false);
    expect(finalStatuses(lists(wasBackingOff(0)), facts).initContainerStatuses?.[0]?.ready).toBe(false);
    const side = { ...facts, spec: spec({ initContainers: [{ name: 'a', restartPolicy: 'Always' }] }) };
    expect(finalStatuses(lists(wasBackingOff(0)), side).initContainerStatuses?.[0]?.ready).toBe(false);
  });

  test('is over in all of its containers', () => {
    const lists = {
      containerStatuses: [],
      initContainerStatuses: [wasRunning],
      ephemeralContainerStatuses: [wasRunning],
    };
    const { initContainerStatuses: init, ephemeralContainerStatuses: debug } = finalStatuses(lists, facts);
    expect(init?.[0]?.state?.terminated?.exitCode).toBe(137);
    expect(debug?.[0]?.state?.terminated?.exitCode).toBe(137);
  });
});

describe('reports out of order', () => {
  const report = (more: object): PodObservation => ({ ref, containers: [], ...more });

  test.each([
    { says: 'the first report', before: undefined, next: {}, accepted: true },
    { says: 'no revisions', before: {}, next: {}, accepted: true },
    { says: 'a later revision', before: { revision: 1 }, next: { revision: 2 }, accepted: true },
    { says: 'the same revision', before: { revision: 2 }, next: { revision: 2 }, accepted: true },
    { says: 'an earlier revision', before: { revision: 2 }, next: { revision: 1 }, accepted: false },
    { says: 'a revision after none', before: {}, next: { revision: 0 }, accepted: true },
    { says: 'none after a revision', before: { revision: 9 }, next: {}, accepted: true },
    { says: 'an earlier attempt', before: { attempt: 2, revision: 1 }, next: { revision: 9 }, accepted: false },
    {
      says: 'a later attempt, counting from zero',
      before: { revision: 9 },
      next: { attempt: 2, revision: 0 },
      accepted: true,
    },
    { says: 'another pod', before: {}, next: { ref: { ...ref, uid: 'u2' } }, accepted: false },
  ])('$says: accepted is $accepted', ({ before, next, accepted }) => {
    expect(acceptObservation(before && report(before), report(next))).toBe(accepted);
  });
});

describe('over any history', () => {
  const time = fc.constantFrom(undefined, t1, t2, t3, '', 'never');
  const ending = fc.record(
    { exitCode: fc.constantFrom(0, 1, 137, Number.NaN), startedAt: time, finishedAt: time },
    { requiredKeys: ['exitCode'] },
  );
  const state = fc.oneof(
    fc.record({ waiting: fc.record({ reason: fc.constantFrom('', 'CrashLoopBackOff') }) }),
    fc.record({ running: fc.record({ startedAt: fc.constantFrom(t1, t2, 'x') }) }),
    fc.record({ terminated: ending }),
  );
  const observed = fc.record(
    {
      name: fc.constant('a'),
      state,
      last: ending,
      restartCount: fc.integer({ min: 0, max: 3 }),
      ready: fc.boolean(),
      started: fc.boolean(),
      containerID: fc.constantFrom('x://1', 'x://2'),
    },
    { requiredKeys: ['name', 'state'] },
  );
  const histories = fc.array(fc.option(observed, { nil: undefined }), { minLength: 1, maxLength: 8 });
  const policies = fc.constantFrom('Always', 'OnFailure', 'Never');

  type Rule = (
    before: ContainerStatus | undefined,
    now: ContainerStatus,
    more: { policy: string; again: () => ContainerStatus },
  ) => boolean;

  /** A history in which the rule is broken; null when there is none. */
  const counterexample = (rule: Rule): unknown =>
    fc.check(
      fc.property(histories, policies, (history, policy) => {
        const more = { spec: spec({ restartPolicy: policy }) };
        let before: ContainerStatus | undefined;
        return (history as readonly (ContainerObservation | undefined)[]).every((seen) => {
          const status = after(before, seen, more);
          const again = (): ContainerStatus => after(status, seen, { ...more, now: '2027-01-01T00:00:00Z' });
          const holds = rule(before, status, { policy, again });
          before = status;
          return holds;
        });
      }),
      { numRuns: 300 },
    ).counterexample;

  test('restart counts never fall', () => {
    expect(counterexample((before, status) => status.restartCount >= (before?.restartCount ?? 0))).toBeNull();
  });

  test('a container that may not run again never leaves its end', () => {
    const rule: Rule = (before, status, { policy }) => {
      const exit = before?.state?.terminated;
      const isFinal = policy === 'Never' || (policy === 'OnFailure' && exit?.exitCode === 0);
      return !exit || !isFinal || status.state?.terminated !== undefined;
    };
    expect(counterexample(rule)).toBeNull();
  });

  test('there is exactly one state, and an end has both times', () => {
    const isTime = (time: string | undefined): boolean => /^\d{4}-.*Z$/.test(time ?? '');
    const rule: Rule = (_, { state, lastState }) =>
      Object.keys(state ?? {}).length === 1 &&
      [state?.terminated, lastState?.terminated].every(
        (end) => !end || (isTime(end.startedAt) && isTime(end.finishedAt)),
      );
    expect(counterexample(rule)).toBeNull();
  });

  test('a container that is ready has started, and one that has started runs', () => {
    const rule: Rule = (_, { ready, started, state }) =>
      (!ready || started === true) && (!started || state?.running !== undefined);
    expect(counterexample(rule)).toBeNull();
  });

  test('the same report a second time, later, changes nothing', () => {
    expect(counterexample((_, status, { again }) => deepEqual(status, again()))).toBeNull();
  });
});
