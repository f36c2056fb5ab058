import fc from 'fast-check';
import { deferred, ManualClock, messageOf } from '@virtual-kubelet/base';
import type { CallContext, NodeStats, UsageSample } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import { resourceMetricsOf } from '../metrics/index.js';
import { parseExposition } from '../metrics/exposition.test-kit.js';
import type { NodeUsage, StatsReader } from './index.js';
import { statsReader, summaryOf } from './index.js';

const pod = { namespace: 'default', name: 'web', uid: 'u1' };
const never = new AbortController().signal;
const start = '2026-01-01T00:00:00Z';
const epoch = Date.parse(start);

/** Seconds after the start. */
const at = (seconds: number): string => new Date(epoch + seconds * 1_000).toISOString();

const contextOf = (signal: AbortSignal, deadline: number): CallContext => callContext({ signal, deadline });

/** Feeds readings to a reader, one a minute. */
async function usages(readings: readonly NodeStats[]): Promise<NodeUsage[]> {
  const clock = new ManualClock(epoch);
  const left = [...readings];
  const provider = { getStats: async () => left.shift() ?? { pods: [] } };
  const reader = statsReader({ provider, clock, contextOf });
  const seen: NodeUsage[] = [];
  for (const _ of readings) {
    seen.push(await reader.read(never));
    await clock.advance(60_000);
  }
  return seen;
}

const one = (sample: UsageSample): NodeStats => ({ pods: [{ pod, containers: [{ name: 'c', ...sample }] }] });
const cpus = (seen: readonly NodeUsage[]) => seen.map(({ pods }) => pods[0]?.containers[0]?.cpuNanoSeconds);

describe('the CPU counter', () => {
  it('is the one of the provider, and its slope is the rate', async () => {
    const seen = await usages([
      one({ time: at(10), cpuSeconds: 3 }),
      one({ time: at(20), cpuSeconds: 8 }),
      one({ time: at(20), cpuSeconds: 8 }),
    ]);
    expect(cpus(seen)).toEqual([3e9, 8e9, 8e9]);
    expect(seen.map(({ pods }) => pods[0]?.containers[0]?.cpuNanoCores)).toEqual([undefined, 5e8, 5e8]);
  });

  it('adds up a rate over time, from the start where that is known', async () => {
    const seen = await usages([
      one({ time: at(10), cpuCores: 0.5, startTime: start }),
      one({ time: at(20), cpuCores: 0.5, startTime: start }),
      one({ time: at(30), cpuCores: 1.5, startTime: start }),
    ]);
    expect(cpus(seen)).toEqual([5e9, 10e9, 20e9]);
    expect(cpus(await usages([one({ time: at(10), cpuCores: 1 }), one({ time: at(11), cpuCores: 1 })]))).toEqual([
      0, 1e9,
    ]);
  });

  it('begins anew with a new start', async () => {
    const seen = await usages([
      one({ time: at(10), cpuSeconds: 9, startTime: start }),
      one({ time: at(70), cpuSeconds: 1, startTime: at(60) }),
    ]);
    expect(cpus(seen)).toEqual([9e9, 1e9]);
    expect(seen.map(({ node }) => node.cpuNanoSeconds)).toEqual([9e9, 10e9]);
    expect(seen.map(({ pods }) => pods[0]?.total.cpuNanoSeconds)).toEqual([9e9, 10e9]);
  });

  it('goes on when the provider forgets a start, and waits when it falls a little', async () => {
    expect(
      cpus(
        await usages([
          one({ time: at(10), cpuSeconds: 100 }),
          one({ time: at(20), cpuSeconds: 99 }),
          one({ time: at(30), cpuSeconds: 101 }),
          one({ time: at(40), cpuSeconds: 2 }),
        ]),
      ),
    ).toEqual([100e9, 100e9, 101e9, 103e9]);
  });

  it('takes a start that moves back for the same run', async () => {
    const seen = await usages([
      one({ time: at(10), cpuSeconds: 9, startTime: at(1) }),
      one({ time: at(20), cpuSeconds: 10, startTime: at(0) }),
    ]);
    expect(seen.map(({ node }) => node.cpuNanoSeconds)).toEqual([9e9, 10e9]);
  });

  it('adds up no time twice when readings come out of order', async () => {
    const times = [10, 20, 15, 25];
    const seen = await usages(times.map((time) => one({ time: at(time), cpuCores: 1 })));
    expect(cpus(seen)).toEqual([0, 10e9, 10e9, 15e9]);
  });

  it('is forgotten when its container was not seen for long, not after a hole', async () => {
    const none: NodeStats = { pods: [] };
    const before = [one({ time: at(0), cpuCores: 1 }), one({ time: at(10), cpuCores: 1 })];
    const after = one({ time: at(20), cpuCores: 1 });
    const hole = await usages([...before, none, after]);
    expect(cpus(hole).at(-1)).toBe(20e9);
    const long = await usages([...before, ...Array.from({ length: 25 }, () => none), after]);
    expect(cpus(long).at(-1)).toBe(0);
    expect(long.at(-1)?.node.cpuNanoSeconds).toBe(10e9);
  });

  it('of a pod is the own word of the provider, for the node too', async () => {
    const total = (time: number, cpuSeconds: number): NodeStats => ({
      pods: [
        { pod, containers: [{ name: 'c', time: at(time), cpuSeconds: 1 }], total: { time: at(time), cpuSeconds } },
      ],
    });
    const seen = await usages([total(10, 5), total(20, 8)]);
    expect(seen.map(({ pods }) => pods[0]?.total.cpuNanoSeconds)).toEqual([5e9, 8e9]);
    expect(seen.map(({ node }) => node.cpuNanoSeconds)).toEqual([5e9, 8e9]);
  });

  it('never falls for one run, whatever a provider gives', async () => {
    const sample = fc.record(
      {
        time: fc.oneof(fc.integer({ min: -100, max: 1_000 }).map(at), fc.constant('soon')),
        cpuSeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
        cpuCores: fc.double({ min: 0, max: 64, noNaN: true }),
        workingSetBytes: fc.double({ min: 0, max: 1e12, noNaN: true }),
      },
      { requiredKeys: ['time'] },
    );
    const reading = fc.record(
      {
        node: sample,
        pods: fc.uniqueArray(
          fc.record({
            pod: fc.constantFrom('a', 'b').map((name) => ({ namespace: 'n', name, uid: name })),
            containers: fc.array(
              sample.map((s) => ({ name: 'c', ...s })),
              { maxLength: 1 },
            ),
          }),
          { selector: (p) => p.pod.uid },
        ),
      },
      { requiredKeys: ['pods'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 12 }), async (readings) => {
        const last = new Map<string, number>();
        for (const usage of await usages(readings)) {
          for (const { name, labels, value } of parseExposition(resourceMetricsOf(usage)).samples) {
            if (!name.endsWith('_cpu_usage_seconds_total')) continue;
            const key = `${name}/${labels['pod'] ?? ''}`;
            expect(value).toBeGreaterThanOrEqual(last.get(key) ?? 0);
            last.set(key, value);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the use of the node', () => {
  it('is what its pods used, also those that are gone', async () => {
    const both: NodeStats = {
      pods: [
        { pod, containers: [{ name: 'c', time: at(10), cpuSeconds: 4, workingSetBytes: 100 }] },
        {
          pod: { ...pod, uid: 'u2' },
          containers: [{ name: 'c', time: at(11), cpuSeconds: 6, workingSetBytes: 20 }],
        },
      ],
    };
    const seen = await usages([both, one({ time: at(70), cpuSeconds: 5, workingSetBytes: 90 }), { pods: [] }]);
    expect(seen.map(({ node }) => [node.cpuNanoSeconds, node.workingSetBytes])).toEqual([
      [10e9, 120],
      [11e9, 90],
      [11e9, 0],
    ]);
    expect(seen[0]?.node.time).toBe(epoch + 11_000);
  });

  it('is shown for an empty node, so that kubectl top has a line for it', async () => {
    const [empty] = await usages([{ pods: [] }]);
    const { samples } = parseExposition(resourceMetricsOf(empty));
    expect(samples.filter(({ name }) => name.startsWith('node_')).map(({ value }) => value)).toEqual([0.000001, 1]);
  });

  it('is the own word of the provider where it has one', async () => {
    const [seen] = await usages([
      { node: { time: at(5), cpuSeconds: 50 }, ...one({ time: at(10), cpuSeconds: 4, workingSetBytes: 100 }) },
    ]);
    expect(seen?.node).toEqual({
      time: epoch + 5_000,
      cpuNanoSeconds: 50e9,
      workingSetBytes: 100,
      cpuNanoCores: undefined,
    });
  });
});

describe('the summary', () => {
  it('has the fields of a kubelet, whole numbers, and no unknown ones', async () => {
    const seen = await usages([
      one({ time: at(10), cpuSeconds: 1.5, startTime: at(-5) }),
      one({ time: at(20), cpuSeconds: 2.5, workingSetBytes: 1024.4, startTime: at(-5) }),
    ]);
    const summary = summaryOf(seen[1] ?? { node: { time: 0 }, pods: [] }, { nodeName: 'vk', startTime: epoch });
    const cpu = { time: '2026-01-01T00:00:20Z', usageNanoCores: 1e8, usageCoreNanoSeconds: 2_500_000_000 };
    const memory = { time: '2026-01-01T00:00:20Z', workingSetBytes: 1024 };
    expect(JSON.parse(JSON.stringify(summary))).toEqual({
      node: { nodeName: 'vk', startTime: start, cpu, memory },
      pods: [
        {
          podRef: { name: 'web', namespace: 'default', uid: 'u1' },
          startTime: '2025-12-31T23:59:55Z',
          containers: [{ name: 'c', startTime: '2025-12-31T23:59:55Z', cpu, memory }],
          cpu,
          memory,
        },
      ],
    });
  });

  it('takes the start of a pod from its status, and has null where nobody knows it', async () => {
    const [seen = { node: { time: 0 }, pods: [] }] = await usages([one({ time: at(10) })]);
    expect(summaryOf(seen, { nodeName: 'vk', podStartTime: () => at(-60) })).toMatchObject({
      node: { startTime: null },
      pods: [{ startTime: at(-60), containers: [{ startTime: null }] }],
    });
    expect(summaryOf(seen, { nodeName: 'vk' }).pods[0]).toEqual({
      podRef: pod,
      startTime: null,
      containers: [{ name: 'c', startTime: null }],
    });
  });
});

describe('the start of a pod', () => {
  it('is the one of its first container, where nobody says more', async () => {
    const containers = [5, -5, 0].map((start, i) => ({ name: `c${i}`, time: at(10), startTime: at(start) }));
    const [seen = { node: { time: 0 }, pods: [] }] = await usages([{ pods: [{ pod, containers }] }]);
    expect(summaryOf(seen, { nodeName: 'vk' }).pods[0]?.startTime).toBe('2025-12-31T23:59:55Z');
  });
});

describe('a reader', () => {
  interface World {
    readonly clock: ManualClock;
    readonly reader: StatsReader;
    readonly calls: { readonly signal: AbortSignal; readonly answer: (stats: NodeStats) => void }[];
  }

  function world(): World {
    const clock = new ManualClock();
    const calls: World['calls'] = [];
    const provider = {
      getStats: ({ signal }: CallContext) => {
        const { promise, resolve } = deferred<NodeStats>();
        calls.push({ signal, answer: resolve });
        return promise;
      },
    };
    return { clock, calls, reader: statsReader({ provider, clock, contextOf }) };
  }

  it('asks the provider once for all who ask at once or soon after', async () => {
    const { clock, reader, calls } = world();
    const answers = Promise.all([reader.read(never), reader.read(never)]);
    calls[0]?.answer({ pods: [] });
    const [a, b] = await answers;
    expect(a).toBe(b);
    await clock.advance(999);
    expect(await reader.read(never)).toBe(a);
    await clock.advance(1);
    void reader.read(never);
    expect(calls).toHaveLength(2);
  });

  it('ends the call when the last one waiting goes, not before', async () => {
    const { clock, reader, calls } = world();
    const [first, second] = [new AbortController(), new AbortController()];
    const ends = [reader.read(first.signal), reader.read(second.signal)].map((p) => p.catch(() => 'gone'));
    first.abort();
    await clock.settle();
    expect(calls[0]?.signal.aborted).toBe(false);
    second.abort();
    expect(await Promise.all(ends)).toEqual(['gone', 'gone']);
    expect(calls[0]?.signal.aborted).toBe(true);
    void reader.read(never).catch(() => undefined);
    expect(calls).toHaveLength(2);
    expect(clock.pending).toBe(1);
  });

  it('asks anew when one asks right after the last one went', async () => {
    const { reader, calls } = world();
    const gone = new AbortController();
    const next = reader.read(gone.signal).catch(() => reader.read(never));
    gone.abort();
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    expect(calls).toHaveLength(2);
    calls[1]?.answer({ pods: [] });
    expect(await next).toMatchObject({ pods: [] });
  });

  it('gives up on a provider that hangs, and asks again', async () => {
    const { clock, reader, calls } = world();
    const failed = reader.read(never).catch(messageOf);
    await clock.advance(10_000);
    expect(await failed).toContain('gave up');
    expect(calls[0]?.signal.aborted).toBe(true);
    const again = reader.read(never);
    calls[1]?.answer({ pods: [] });
    await again;
    expect(clock.pending).toBe(0);
  });
});
