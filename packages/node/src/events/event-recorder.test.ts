import type { LogLine } from '@virtual-kubelet/base';
import { deferred, ManualClock, recordingLogger, seededIds, seededRandom } from '@virtual-kubelet/base';
import type { ApiClient, CallOptions, ObjectName, PatchOptions } from '@virtual-kubelet/client';
import { ApiError } from '@virtual-kubelet/client';
import type { Event } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import type { EventRecorderOptions, EventText } from './event-recorder.js';
import { createEventRecorder } from './event-recorder.js';

interface Patched {
  readonly name: ObjectName;
  readonly body: { readonly count: number; readonly lastTimestamp: string };
}

/** An API server that keeps what it is sent; `answer` decides what becomes of a call. */
function world(options: Partial<EventRecorderOptions> = {}) {
  const clock = new ManualClock();
  const logs: LogLine[] = [];
  const created: Event[] = [];
  const patched: Patched[] = [];
  const calls: CallOptions[] = [];
  const answers: ((verb: 'create' | 'patch') => Promise<void>)[] = [];
  const call = async (verb: 'create' | 'patch', callOptions: CallOptions | undefined): Promise<void> => {
    calls.push(callOptions ?? {});
    await answers.shift()?.(verb);
  };
  const client = {
    async create(_: unknown, event: Event, callOptions?: CallOptions) {
      await call('create', callOptions);
      created.push(event);
      return event;
    },
    async patchQuietly(_: unknown, name: ObjectName, { patch, ...callOptions }: PatchOptions) {
      await call('patch', callOptions);
      expect(patch.type).toBe('merge');
      patched.push({ name, body: patch.body as Patched['body'] });
      return { resourceVersion: '1' };
    },
  } as unknown as ApiClient;
  const recorder = createEventRecorder({
    client,
    clock,
    ids: seededIds(seededRandom(1)),
    logger: recordingLogger(logs),
    component: 'vk/pod-controller',
    host: 'vk',
    ...options,
  });
  return { clock, logs, created, patched, calls, answers, recorder };
}

const pod = (name: string = 'p') => ({ metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion: '7' } });
const text = (more: Partial<EventText> = {}): EventText => ({
  type: 'Warning',
  reason: 'Sad',
  message: 'it rains',
  ...more,
});
const failure = (status: number) => () =>
  Promise.reject(new ApiError({ status, reason: '', message: `answer ${status}` }));

describe('an event', () => {
  test('is written at once, with everything kubectl shows', async () => {
    const { recorder, created, calls } = world();
    recorder.event(pod(), text({ fieldPath: 'spec.containers{a}' }));
    await recorder.flush();
    const [event] = created;
    expect(event?.metadata.name).toMatch(/^p\.[0-9a-f]{16}$/);
    expect(event).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'ns', name: event?.metadata.name },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'ns',
        name: 'p',
        uid: 'uid-p',
        resourceVersion: '7',
        fieldPath: 'spec.containers{a}',
      },
      type: 'Warning',
      reason: 'Sad',
      message: 'it rains',
      source: { component: 'vk/pod-controller', host: 'vk' },
      reportingComponent: 'vk/pod-controller',
      reportingInstance: 'vk',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(calls[0]?.lane).toBe('events');
  });

  test('about a node is written to the default namespace', async () => {
    const { recorder, created } = world();
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'vk' } }, text());
    await recorder.flush();
    expect(created[0]).toMatchObject({
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'Node', name: 'vk' },
    });
    expect(created[0]?.involvedObject).not.toHaveProperty('namespace');
  });

  test('has names the API takes, also of objects with long ones', async () => {
    const { recorder, created } = world();
    recorder.event(pod('x'.repeat(253)), text());
    await recorder.flush();
    expect(created[0]?.metadata.name).toHaveLength(253);
  });

  test.each([
    { says: 'colours', message: 'a\u001b[31mb', shown: 'a\\x1b[31mb' },
    { says: 'carriage returns', message: 'a\rb', shown: 'a\\x0db' },
    { says: 'C1 controls', message: 'a\u009bb', shown: 'a\\x9bb' },
    { says: 'line breaks and tabs, which are harmless', message: 'a\n\tb', shown: 'a\n\tb' },
  ])('shows $says', async ({ message, shown }) => {
    const { recorder, created } = world();
    recorder.event(pod(), text({ message }));
    await recorder.flush();
    expect(created[0]?.message).toBe(shown);
  });

  test('has a message of 1,024 bytes at most', async () => {
    const { recorder, created } = world();
    recorder.event(pod(), text({ message: '\u00e9'.repeat(2_000), reason: 'R'.repeat(200) }));
    recorder.event(pod(), text({ message: '\u0007'.repeat(2_000) }));
    await recorder.flush();
    expect(created.map((e) => Buffer.byteLength(e.message ?? ''))).toEqual([1_024, 1_024]);
    expect(created[0]?.reason).toHaveLength(128);
  });
});

describe('an event that repeats', () => {
  test('is one event with a count and a last time', async () => {
    const { recorder, created, patched, clock } = world();
    recorder.event(pod(), text());
    await recorder.flush();
    await clock.advance(5_000);
    recorder.event(pod(), text());
    await recorder.flush();
    await clock.advance(5_000);
    recorder.event(pod(), text());
    await recorder.flush();
    expect(created).toHaveLength(1);
    const name = { namespace: 'ns', name: created[0]?.metadata.name };
    expect(patched).toEqual([
      { name, body: { count: 2, lastTimestamp: '2026-01-01T00:00:05Z' } },
      { name, body: { count: 3, lastTimestamp: '2026-01-01T00:00:10Z' } },
    ]);
  });

  test('while it waits is written once', async () => {
    const { recorder, created, patched, answers, clock } = world();
    const gate = deferred();
    answers.push(() => gate.promise);
    recorder.event(pod('first'), text());
    for (let i = 0; i < 5; i += 1) {
      recorder.event(pod(), text());
      await clock.advance(1_000);
    }
    gate.resolve();
    await recorder.flush();
    expect(created[1]).toMatchObject({
      count: 5,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:04Z',
    });
    expect(patched).toHaveLength(0);
  });

  test.each([
    { says: 'another message', object: pod(), more: { message: 'it snows' } },
    { says: 'another reason', object: pod(), more: { reason: 'Happy' } },
    { says: 'another type', object: pod(), more: { type: 'Normal' } as const },
    { says: 'another container', object: pod(), more: { fieldPath: 'spec.containers{a}' } },
    { says: 'another pod', object: pod('q'), more: {} },
    { says: 'another pod of the same name', object: { metadata: { ...pod().metadata, uid: 'other' } }, more: {} },
  ])('with $says is another event', async ({ object, more }) => {
    const { recorder, created } = world();
    recorder.event(pod(), text());
    recorder.event(object, text(more));
    await recorder.flush();
    expect(created).toHaveLength(2);
  });

  test('is counted on as long as it goes on', async () => {
    const { recorder, created, patched, clock } = world();
    for (let i = 0; i < 4; i += 1) {
      recorder.event(pod(), text());
      await recorder.flush();
      await clock.advance(600_000);
    }
    expect(created).toHaveLength(1);
    expect(patched.map((p) => p.body.count)).toEqual([2, 3, 4]);
  });

  test('about an object of another kind is another event', async () => {
    const { recorder, created } = world();
    const { metadata } = pod();
    for (const kind of ['Node', 'Pod', undefined]) recorder.event({ metadata, ...(kind ? { kind } : {}) }, text());
    await recorder.flush();
    expect(created.map((e) => [e.involvedObject.kind, e.count])).toEqual([
      ['Node', 1],
      ['Pod', 2],
    ]);
  });

  test('is remembered only among the latest few thousand', async () => {
    const { recorder, created, patched } = world({ burst: 10_000, most: 10_000 });
    for (let i = 0; i <= 4_096; i += 1) recorder.event(pod(`p${i}`), text());
    await recorder.flush();
    recorder.event(pod('p1'), text());
    recorder.event(pod('p0'), text());
    await recorder.flush();
    expect(patched.map((p) => p.name.name?.split('.')[0])).toEqual(['p1']);
    expect(created.at(-1)?.involvedObject.name).toBe('p0');
  });

  test('after a long time is a new event', async () => {
    const { recorder, created, clock } = world();
    recorder.event(pod(), text());
    await recorder.flush();
    await clock.advance(600_001);
    recorder.event(pod(), text());
    await recorder.flush();
    expect(created.map((e) => e.count)).toEqual([1, 1]);
  });

  test('is a new event when the API server has forgotten the first', async () => {
    const { recorder, created, answers } = world();
    recorder.event(pod(), text());
    await recorder.flush();
    answers.push(failure(404));
    recorder.event(pod(), text());
    await recorder.flush();
    expect(created).toHaveLength(2);
    expect(recorder.dropped).toBe(0);
  });

  test('is a new event when the answer to the last repeat was lost', async () => {
    const { recorder, created, answers } = world();
    recorder.event(pod(), text());
    await recorder.flush();
    answers.push(() => Promise.reject(new Error('connection reset')));
    recorder.event(pod(), text());
    await recorder.flush();
    recorder.event(pod(), text());
    await recorder.flush();
    expect(created).toHaveLength(2);
    expect(recorder.dropped).toBe(1);
  });
});

describe('too many events', () => {
  test('of one object and reason are cut to 25, then one in five minutes', async () => {
    const { recorder, created, clock } = world({ burst: 1_000 });
    const say = (n: number): void => recorder.event(pod(), text({ message: `drop ${n}` }));
    for (let i = 0; i < 40; i += 1) say(i);
    await recorder.flush();
    expect(created).toHaveLength(25);
    expect(recorder.dropped).toBe(15);
    recorder.event(pod(), text({ reason: 'Other' }));
    recorder.event(pod('q'), text());
    await recorder.flush();
    expect(created).toHaveLength(27);
    await clock.advance(300_000);
    say(40);
    say(41);
    await recorder.flush();
    expect(created).toHaveLength(28);
  });

  test('of all objects are written at the pace given', async () => {
    const { recorder, created, clock } = world({ rate: 10, burst: 5 });
    for (let i = 0; i < 12; i += 1) recorder.event(pod(`p${i}`), text());
    await clock.settle();
    expect(created).toHaveLength(5);
    await clock.advance(400);
    expect(created).toHaveLength(9);
    await clock.advance(1_000);
    expect(created).toHaveLength(12);
    await clock.advance(10_000);
    for (let i = 20; i < 32; i += 1) recorder.event(pod(`p${i}`), text());
    await clock.settle();
    expect(created).toHaveLength(17);
  });

  const names = (created: readonly Event[]): readonly (string | undefined)[] =>
    created.map((e) => e.involvedObject.name);

  test('waiting lose the ones that say all is well, oldest first', async () => {
    const { recorder, created, answers, clock } = world({ most: 2 });
    const gate = deferred();
    answers.push(() => gate.promise);
    recorder.event(pod('busy'), text());
    await clock.settle();
    recorder.event(pod('fine'), text({ type: 'Normal' }));
    recorder.event(pod('bad'), text());
    recorder.event(pod('worse'), text());
    expect(recorder.dropped).toBe(1);
    recorder.event(pod('fine again'), text({ type: 'Normal' }));
    expect(recorder.dropped).toBe(2);
    recorder.event(pod('worst'), text());
    expect(recorder.dropped).toBe(3);
    gate.resolve();
    await recorder.flush();
    expect(names(created)).toEqual(['busy', 'worse', 'worst']);
  });
});

test('good news beyond what ten seconds can tell is not kept, bad news is', async () => {
  const { recorder, created, clock } = world({ rate: 2, burst: 1 });
  for (let i = 0; i < 100; i += 1) recorder.event(pod(`fine-${i}`), text({ type: 'Normal' }));
  recorder.event(pod('bad'), text());
  expect(recorder.dropped).toBe(79);
  await clock.advance(11_000);
  expect(created).toHaveLength(22);
  expect(created.at(-1)?.involvedObject.name).toBe('bad');
});

test('warnings lose the oldest of them when nothing else waits', async () => {
  const { recorder, created, answers, clock } = world({ most: 2 });
  const gate = deferred();
  answers.push(() => gate.promise);
  recorder.event(pod('busy'), text());
  await clock.settle();
  for (const name of ['one', 'two', 'three']) recorder.event(pod(name), text());
  recorder.event(pod('fine'), text({ type: 'Normal' }));
  expect(recorder.dropped).toBe(2);
  gate.resolve();
  await recorder.flush();
  expect(created.map((e) => e.involvedObject.name)).toEqual(['busy', 'two', 'three']);
});

test('without room for any, all are dropped', async () => {
  const { recorder, created } = world({ most: 0 });
  recorder.event(pod(), text());
  await recorder.flush();
  expect(created).toHaveLength(0);
  expect(recorder.dropped).toBe(1);
});

describe('an event that is not taken', () => {
  test.each([403, 404])('with %i is dropped without a word', async (status) => {
    const { recorder, answers, logs, created } = world();
    answers.push(failure(status));
    recorder.event(pod(), text());
    recorder.event(pod('q'), text());
    await recorder.flush();
    expect(created).toHaveLength(1);
    expect(recorder.dropped).toBe(1);
    expect(logs).toEqual([]);
  });

  test('for another reason is told at debug level, without its message', async () => {
    const { recorder, answers, logs } = world();
    answers.push(failure(500));
    recorder.event(pod(), text());
    await recorder.flush();
    expect(logs).toEqual([
      { level: 'debug', message: 'event not written', fields: { object: 'ns/p', reason: 'Sad', error: 'answer 500' } },
    ]);
  });
});

describe('stopping', () => {
  test('writes what waits and takes no more', async () => {
    const { recorder, created } = world();
    for (let i = 0; i < 3; i += 1) recorder.event(pod(`p${i}`), text());
    await recorder.stop(new AbortController().signal);
    recorder.event(pod('late'), text());
    await recorder.flush();
    expect(created).toHaveLength(3);
  });

  test('ends at its deadline, whatever is in flight', async () => {
    const { recorder, created, answers, calls, clock } = world();
    const deadline = new AbortController();
    answers.push(
      () =>
        new Promise((_, reject) => {
          const { signal } = calls[0] ?? {};
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    for (let i = 0; i < 3; i += 1) recorder.event(pod(`p${i}`), text());
    const stopped = recorder.stop(deadline.signal);
    await clock.settle();
    deadline.abort(new Error('time is up'));
    await stopped;
    expect(created).toHaveLength(0);
    expect(recorder.dropped).toBe(3);
  });

  test('does not wait for the pace, so that a burst of events holds up no shutdown', async () => {
    const { recorder, created, clock } = world({ burst: 2 });
    for (let i = 0; i < 5; i += 1) recorder.event(pod(`p${i}`), text());
    await recorder.stop(new AbortController().signal);
    expect([created.length, recorder.dropped, clock.pending]).toEqual([2, 3, 0]);
  });

  test('does not wait for the pace after its deadline', async () => {
    const { recorder, created, clock } = world({ burst: 1 });
    for (let i = 0; i < 3; i += 1) recorder.event(pod(`p${i}`), text());
    await clock.settle();
    await recorder.stop(AbortSignal.abort());
    expect(created).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('with nothing to write is immediate', async () => {
    await expect(world().recorder.stop(AbortSignal.abort())).resolves.toBeUndefined();
  });
});
