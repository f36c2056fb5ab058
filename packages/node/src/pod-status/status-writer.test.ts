import type { LogLine } from '@virtual-kubelet/base';
import { deferred, ManualClock, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { ApiClient, ObjectName, PatchOptions } from '@virtual-kubelet/client';
import { ApiError } from '@virtual-kubelet/client';
import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import { applyStrategicMerge } from '@virtual-kubelet/kubernetes/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { StatusWriter } from './status-writer.js';
import { createStatusWriter } from './status-writer.js';

interface Call {
  readonly name: ObjectName;
  readonly options: PatchOptions;
  readonly status: PodStatus;
  /** @param version resource version in the answer, when not the stored pod's */
  answer(version?: string): void;
  fail(error: unknown): void;
}

const refusal = (status: number, more: object = {}): ApiError =>
  new ApiError({ status, reason: '', message: `answer ${status}`, ...more });
const invalid = (field: string): ApiError => refusal(422, { reason: 'Invalid', causes: [{ field }] });

/** An API server with pods, a watch that shows them when told to, and answers given by the test. */
function world(options: { auto?: boolean; concurrency?: number; uids?: readonly string[] } = {}) {
  const clock = new ManualClock();
  const logs: LogLine[] = [];
  const stored = new Map<string, Pod>();
  const seen = new Map<string, Pod>();
  const truth = new Map<string, PodStatus>();
  const calls: Call[] = [];
  const written: [string, PodStatus, string][] = [];
  const gone: string[] = [];
  /** Pods that had two writes in flight. */
  const overlaps: string[] = [];
  const inFlight = new Map<string, number>();
  let mostInFlight = 0;
  let version = 10;

  const put = (uid: string, pod: Pod): Pod => {
    version += 1;
    const next = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } };
    stored.set(uid, next);
    return next;
  };
  const echo = (uid: string): void => {
    const pod = stored.get(uid);
    if (pod) seen.set(uid, pod);
  };
  for (const uid of options.uids ?? ['u1']) {
    put(uid, { metadata: { namespace: 'ns', name: `pod-${uid}`, uid }, spec: { containers: [] } });
    echo(uid);
    truth.set(uid, { phase: 'Pending' });
  }

  const patchQuietly = (
    _: unknown,
    name: ObjectName,
    patchOptions: PatchOptions,
  ): Promise<{ resourceVersion: string }> => {
    const { body } = patchOptions.patch as { body: { metadata: { uid: string }; status: PodStatus } };
    const { uid } = body.metadata;
    const busy = (inFlight.get(uid) ?? 0) + 1;
    inFlight.set(uid, busy);
    mostInFlight = Math.max(
      mostInFlight,
      [...inFlight.values()].reduce((a, b) => a + b),
    );
    const done = deferred<{ resourceVersion: string }>();
    const call: Call = {
      name,
      options: patchOptions,
      status: body.status,
      answer(version) {
        const after = applyStrategicMerge(stored.get(uid), body, 'Pod') as Pod;
        const next = put(uid, after).metadata?.resourceVersion ?? '';
        done.resolve({ resourceVersion: version ?? next });
      },
      fail: (error) => done.reject(error),
    };
    if (busy > 1) overlaps.push(uid);
    calls.push(call);
    const stop = (): void => done.reject(patchOptions.signal?.reason);
    patchOptions.signal?.addEventListener('abort', stop);
    if (options.auto ?? true) call.answer();
    return done.promise.finally(() => {
      patchOptions.signal?.removeEventListener('abort', stop);
      inFlight.set(uid, (inFlight.get(uid) ?? 1) - 1);
    });
  };

  const computed: Pod[] = [];
  const writer: StatusWriter = createStatusWriter({
    client: { patchQuietly } as unknown as ApiClient,
    clock,
    random: seededRandom(1),
    logger: recordingLogger(logs),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    compute(uid, newest) {
      const pod = seen.get(uid);
      const status = truth.get(uid);
      if (!pod || !status) return undefined;
      computed.push(newest(pod));
      return { pod, status };
    },
    written: (...args) => written.push(args),
    gone: (uid) => gone.push(uid),
  });
  running.push(writer);
  return {
    clock,
    logs,
    stored,
    truth,
    calls,
    written,
    gone,
    overlaps,
    writer,
    computed,
    put,
    echo,
    get mostInFlight() {
      return mostInFlight;
    },
    set(uid: string, status: PodStatus) {
      truth.set(uid, status);
      writer.touch(uid);
    },
    last(): Call {
      const call = calls.at(-1);
      if (!call) throw new Error('nothing was written');
      return call;
    },
  };
}

const running: StatusWriter[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((writer) => writer.stop()));
});

describe('a status', () => {
  test('is written to the status subresource at once, naming the UID', async () => {
    const { writer, calls, written, stored, clock } = world();
    writer.touch('u1');
    await writer.idle();
    expect(clock.monotonic()).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.name).toEqual({ namespace: 'ns', name: 'pod-u1' });
    expect(calls[0]?.options).toMatchObject({
      subresource: 'status',
      retry: true,
      patch: { type: 'strategic', body: { metadata: { uid: 'u1' }, status: { phase: 'Pending' } } },
    });
    expect(written).toEqual([['u1', { phase: 'Pending' }, '12']]);
    expect(stored.get('u1')?.status?.phase).toBe('Pending');
  });

  test('that says the same is not written', async () => {
    const w = world();
    w.put('u1', { ...w.stored.get('u1'), status: { phase: 'Pending' } });
    w.echo('u1');
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.calls).toHaveLength(0);
    expect(w.written).toHaveLength(0);
  });

  test('of a pod with nothing to say is not written', async () => {
    const w = world();
    w.writer.touch('unknown');
    await w.writer.idle();
    expect(w.calls).toHaveLength(0);
  });

  test('is the truth of the moment it is written, however often it changed before', async () => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    for (const message of ['a', 'b', 'c']) w.set('u1', { phase: 'Running', message });
    await w.clock.settle();
    expect(w.calls).toHaveLength(1);
    w.last().answer();
    await w.clock.settle();
    expect(w.calls).toHaveLength(2);
    expect(w.last().status).toEqual({ phase: 'Running', message: 'c' });
    w.last().answer();
    await w.writer.idle();
    expect(w.stored.get('u1')?.status).toEqual({ phase: 'Running', message: 'c' });
  });

  test('is not held up by other pods', async () => {
    const w = world({ auto: false, uids: ['u1', 'u2'] });
    w.writer.touch('u1');
    w.writer.touch('u2');
    await w.clock.settle();
    expect(w.calls.map((c) => c.name.name)).toEqual(['pod-u1', 'pod-u2']);
  });

  test('waits for a place when too many are being written', async () => {
    const uids = Array.from({ length: 7 }, (_, i) => `u${i}`);
    const w = world({ auto: false, uids, concurrency: 3 });
    for (const uid of uids) w.writer.touch(uid);
    await w.clock.settle();
    expect(w.calls).toHaveLength(3);
    for (let i = 0; i < 7; i += 1) {
      w.calls[i]?.answer();
      await w.clock.settle();
    }
    expect(w.calls).toHaveLength(7);
    expect(w.mostInFlight).toBe(3);
  });
});

describe('until the watch shows a write', () => {
  test('it is not repeated', async () => {
    const w = world();
    w.writer.touch('u1');
    await w.writer.idle();
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.calls).toHaveLength(1);
  });

  test('the next one is a difference to it', async () => {
    const w = world();
    w.set('u1', { phase: 'Running', message: 'm', reason: 'r' });
    await w.writer.idle();
    w.set('u1', { phase: 'Running' });
    await w.writer.idle();
    expect(w.last().status).toEqual({ message: null, reason: null });
  });

  test('the status follows from it, with what others wrote', async () => {
    const w = world();
    const condition = (type: string) => ({ type, status: 'True' });
    w.set('u1', { phase: 'Running', reason: 'r', conditions: [condition('Ready'), condition('DisruptionTarget')] });
    await w.writer.idle();
    w.set('u1', { phase: 'Running', conditions: [condition('Ready'), condition('DisruptionTarget')] });
    await w.writer.idle();
    const foreign: PodStatus = {
      phase: 'Pending',
      reason: 'old',
      hostIP: '10.0.0.1',
      conditions: [condition('x/gate'), condition('Initialized'), condition('DisruptionTarget')],
    };
    const stale = { ...w.computed[0], status: foreign };
    w.computed.length = 0;
    expect(stale.metadata?.resourceVersion).toBe('11');
    w.stored.set('u1', stale);
    w.echo('u1');
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.computed[0]?.status).toEqual({
      phase: 'Running',
      hostIP: '10.0.0.1',
      conditions: [condition('Ready'), condition('DisruptionTarget'), condition('x/gate')],
    });
  });

  test('is recognised by its version, once', async () => {
    const w = world();
    w.set('u1', { phase: 'Running' });
    expect(w.writer.echoed('u1', '12')).toBe(false);
    await w.writer.idle();
    expect(w.written.map(([, , version]) => version)).toEqual(['12']);
    expect([w.writer.echoed('u1', '11'), w.writer.echoed('u2', '12')]).toEqual([false, false]);
    expect([w.writer.echoed('u1', '12'), w.writer.echoed('u1', '12')]).toEqual([true, false]);
  });

  test('conditions of others stay when we wrote none', async () => {
    const w = world();
    const conditions = [{ type: 'x/gate', status: 'True' }];
    w.stored.set('u1', { ...w.stored.get('u1'), status: { conditions } });
    w.echo('u1');
    w.writer.touch('u1');
    await w.writer.idle();
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.computed[1]?.status).toEqual({ phase: 'Pending', conditions });
  });

  test('the watch is asked again after a while, and believed then', async () => {
    const w = world();
    await w.clock.advance(100_000);
    w.writer.touch('u1');
    await w.writer.idle();
    await w.clock.advance(10_000);
    w.writer.touch('u1');
    await w.writer.idle();
    await w.clock.advance(49_000);
    expect(w.calls).toHaveLength(1);
    await w.clock.advance(2_000);
    expect(w.calls).toHaveLength(2);
    await w.clock.advance(600_000);
    expect(w.calls).toHaveLength(2);
  });
});

describe('once the watch shows a write', () => {
  test('what others did to our fields is set right', async () => {
    const w = world();
    w.writer.touch('u1');
    await w.writer.idle();
    w.put('u1', { ...w.stored.get('u1'), status: { phase: 'Failed' } });
    w.echo('u1');
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.calls).toHaveLength(2);
    expect(w.stored.get('u1')?.status?.phase).toBe('Pending');
  });

  test('the status follows from what the watch shows', async () => {
    const w = world();
    w.writer.touch('u1');
    await w.writer.idle();
    w.echo('u1');
    w.writer.touch('u1');
    await w.writer.idle();
    expect(w.computed[1]).toBe(w.stored.get('u1'));
    expect(w.clock.pending).toBe(0);
  });

  test.each([
    { written: '12', shown: '9', echoed: false },
    { written: '12', shown: '100', echoed: true },
    { written: '99999999999999999998', shown: '99999999999999999999', echoed: true },
    { written: '99999999999999999999', shown: '99999999999999999998', echoed: false },
    { written: 'x2', shown: 'x2', echoed: true },
    { written: 'x2', shown: 'x3', echoed: false },
    { written: '1!', shown: '13', echoed: false },
    { written: '12', shown: '1x', echoed: false },
  ])('version $shown has seen $written: $echoed', async ({ written, shown, echoed }) => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    const first = w.stored.get('u1');
    w.last().answer(written);
    w.stored.set('u1', { ...first, metadata: { ...first?.metadata, resourceVersion: shown } });
    w.echo('u1');
    await w.writer.idle();
    w.writer.touch('u1');
    await w.clock.settle();
    expect(w.calls).toHaveLength(echoed ? 2 : 1);
  });
});

describe('a pod that is gone', () => {
  test.each([
    { answer: '404', error: refusal(404, { reason: 'NotFound' }) },
    { answer: '422 for another UID', error: invalid('metadata.uid') },
  ])('by the answer $answer is reported and not written again', async ({ error }) => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    w.last().fail(error);
    await w.clock.advance(600_000);
    expect(w.gone).toEqual(['u1']);
    expect(w.calls).toHaveLength(1);
    expect(w.logs).toEqual([]);
  });

  test('and is forgotten leaves no timer', async () => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    w.last().fail(refusal(500));
    await w.clock.settle();
    expect(w.clock.pending).toBe(1);
    w.writer.forget('u1');
    expect(w.clock.pending).toBe(0);
  });
});

describe('a status the server does not accept', () => {
  const wordy: PodStatus = {
    phase: 'Failed',
    message: 'long',
    conditions: [{ type: 'Ready', status: 'False', message: 'long' }],
    containerStatuses: [
      {
        name: 'a',
        image: 'i',
        imageID: '',
        ready: false,
        restartCount: 1,
        started: false,
        containerID: 'x://1',
        state: { terminated: { exitCode: 1, message: 'long' } },
        lastState: { terminated: { exitCode: 2, message: 'long' } },
        resources: { requests: { cpu: '1' } },
      },
    ],
    initContainerStatuses: [
      {
        name: 'i',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'R', message: 'long' } },
      },
    ],
    ephemeralContainerStatuses: [
      {
        name: 'e',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { running: {} },
        lastState: { terminated: { exitCode: 1, message: 'long' } },
      },
    ],
  };

  test.each([{ error: invalid('status.conditions') }, { error: refusal(413) }])(
    'loses its messages, then more',
    async ({ error }) => {
      const w = world({ auto: false });
      w.set('u1', wordy);
      await w.clock.settle();
      w.last().fail(error);
      await w.clock.settle();
      expect(JSON.stringify(w.last().status)).not.toContain('long');
      expect(w.last().status).toMatchObject({
        phase: 'Failed',
        containerStatuses: [
          { state: { terminated: { exitCode: 1 } }, lastState: { terminated: { exitCode: 2 } }, resources: {} },
        ],
        initContainerStatuses: [{ state: { waiting: { reason: 'R' } } }],
      });
      w.last().fail(error);
      await w.clock.settle();
      expect(w.last().status.containerStatuses).toEqual([
        {
          name: 'a',
          image: 'i',
          imageID: '',
          ready: false,
          restartCount: 1,
          started: false,
          containerID: 'x://1',
          state: { terminated: { exitCode: 1 } },
        },
      ]);
      expect(w.last().status.ephemeralContainerStatuses?.[0]).not.toHaveProperty('lastState');
      w.last().answer();
      await w.writer.idle();
      expect(w.clock.monotonic()).toBe(0);
      expect(w.logs.map((line) => line.level)).toEqual(['warn', 'warn']);
      expect(w.logs[0]?.fields).toMatchObject({ pod: 'ns/pod-u1' });
    },
  );

  test('stays small from then on, without more lines', async () => {
    const w = world({ auto: false });
    w.set('u1', wordy);
    await w.clock.settle();
    w.last().fail(refusal(413));
    await w.clock.settle();
    w.last().answer();
    await w.clock.settle();
    w.set('u1', { ...wordy, phase: 'Pending' });
    await w.clock.settle();
    expect(w.last().status).toEqual({ phase: 'Pending' });
    expect(w.logs).toHaveLength(1);
  });

  test('in its smallest form is tried again ever more slowly', async () => {
    const w = world({ auto: false });
    w.set('u1', wordy);
    for (let i = 0; i < 3; i += 1) {
      await w.clock.settle();
      w.last().fail(refusal(413));
    }
    await w.clock.settle();
    expect(w.calls).toHaveLength(3);
    await w.clock.advance(200);
    expect(w.calls).toHaveLength(4);
    w.last().answer();
    await w.writer.idle();
    expect(w.written).toHaveLength(1);
  });
});

describe('a write that fails', () => {
  test.each([refusal(409, { reason: 'Conflict' }), refusal(500), new Error('connection reset')])(
    'with "$message" is tried again with back-off, for ever, and heard of ever less',
    async (error) => {
      const w = world({ auto: false });
      w.writer.touch('u1');
      for (let failures = 1; failures <= 16; failures += 1) {
        await w.clock.settle();
        expect(w.calls).toHaveLength(failures);
        w.last().fail(error);
        await w.clock.settle();
        const wait = (w.clock.nextDue ?? 0) - w.clock.monotonic();
        expect(wait).toBeLessThanOrEqual(30_000);
        expect(wait).toBeGreaterThanOrEqual(Math.min(200 * 2 ** (failures - 1), 30_000) * 0.8 - 1);
        await w.clock.advance(wait);
      }
      w.last().answer();
      await w.writer.idle();
      expect(w.stored.get('u1')?.status?.phase).toBe('Pending');
      expect(w.logs.map((line) => line.fields['failures'])).toEqual([1, 2, 4, 8, 16]);
    },
  );

  test.each([
    { says: 'a wish of the server', retryAfter: 7_000, wait: 7_000 },
    { says: 'an absurd wish', retryAfter: 86_400_000, wait: 60_000 },
    { says: 'no wait at all', retryAfter: 0, wait: 200 },
  ])('waits as long as asked: $says', async ({ retryAfter, wait }) => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    w.last().fail(refusal(429, { retryAfter }));
    await w.clock.settle();
    expect(w.clock.nextDue).toBe(wait);
  });

  test('for lack of rights is an error that says what to grant, and is tried slowly', async () => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    w.last().fail(refusal(403, { reason: 'Forbidden' }));
    await w.clock.settle();
    expect(w.clock.nextDue).toBeGreaterThanOrEqual(24_000);
    expect(w.clock.nextDue).toBeLessThanOrEqual(36_000);
    expect(w.logs).toMatchObject([{ level: 'error', message: expect.stringContaining('pods/status') as string }]);
  });

  test('is tried at once when there is news', async () => {
    const w = world({ auto: false });
    w.writer.touch('u1');
    await w.clock.settle();
    w.last().fail(refusal(500));
    await w.clock.settle();
    w.set('u1', { phase: 'Running' });
    await w.clock.settle();
    expect(w.last().status).toEqual({ phase: 'Running' });
  });
});

test('stopping gives up what is in flight and takes no more', async () => {
  const w = world({ auto: false });
  w.writer.touch('u1');
  await w.clock.settle();
  await w.writer.stop();
  w.writer.touch('u1');
  await w.clock.advance(100_000);
  expect(w.calls).toHaveLength(1);
  expect(w.calls[0]?.options.signal?.aborted).toBe(true);
  expect(w.clock.pending).toBe(0);
});

test('whatever fails and in whatever order answers and echoes come, the last truth arrives', async () => {
  const act = fc.oneof(
    fc.record({ do: fc.constant('set'), uid: fc.constantFrom('u1', 'u2'), n: fc.nat(9) }),
    fc.record({ do: fc.constantFrom('answer', 'lose', 'fail'), n: fc.nat(9) }),
    fc.record({ do: fc.constant('echo'), uid: fc.constantFrom('u1', 'u2') }),
    fc.record({ do: fc.constant('wait'), n: fc.nat(9) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const w = world({ auto: false, uids: ['u1', 'u2'] });
      const open = new Set<Call>();
      let taken = 0;
      const collect = (): readonly Call[] => {
        for (const call of w.calls.slice(taken)) open.add(call);
        taken = w.calls.length;
        return [...open];
      };
      const end = (n: number, how: (call: Call) => void): void => {
        const all = collect();
        const call = all[n % Math.max(all.length, 1)];
        if (!call) return;
        open.delete(call);
        how(call);
      };
      for (const step of acts as readonly { do: string; uid?: string; n?: number }[]) {
        const { uid = 'u1', n = 0 } = step;
        if (step.do === 'set') w.set(uid, { phase: 'Running', message: String(n) });
        if (step.do === 'answer') end(n, (call) => call.answer());
        if (step.do === 'fail') end(n, (call) => call.fail(refusal(500)));
        if (step.do === 'lose') end(n, (call) => loseAnswer(w, call));
        if (step.do === 'echo') {
          w.echo(uid);
          w.writer.touch(uid);
        }
        if (step.do === 'wait') await w.clock.advance(n * 100);
        await w.clock.settle();
      }
      for (let i = 0; i < 10; i += 1) {
        while (collect().length > 0) {
          end(0, (call) => call.answer());
          await w.clock.settle();
        }
        for (const uid of ['u1', 'u2']) {
          w.echo(uid);
          w.writer.touch(uid);
        }
        await w.clock.settle();
      }
      expect(w.overlaps).toEqual([]);
      for (const uid of ['u1', 'u2']) expect(w.stored.get(uid)?.status).toEqual(w.truth.get(uid));
      await w.writer.stop();
    }),
    { numRuns: 200 },
  );
  expect.assertions(3 * 200);
});

/** The server does what it is asked, but the answer is lost. */
function loseAnswer(w: ReturnType<typeof world>, call: Call): void {
  const uid = call.name.name.slice('pod-'.length);
  const { body } = call.options.patch as { body: object };
  w.put(uid, applyStrategicMerge(w.stored.get(uid), body, 'Pod'));
  call.fail(new Error('connection reset'));
}
