import type { Bench, Place } from '../bench.js';
import type { JobResult } from '../load/job.js';
import type { Row, Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { median, percentile, rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';
import { whileAtWork } from '../agent-at-work.js';
import { columns } from './columns.js';

const pods = 200;
/** Pods a second: slow enough that none waits for another. */
const rate = 20;

type Calls = NonNullable<JobResult['calls']>;

interface Latencies {
  /** From what the observer saw to what it saw, milliseconds. */
  readonly running: readonly number[];
  readonly gone: readonly number[];
}

function between(
  place: Place,
  [from, to]: readonly ['bound' | 'deleting', 'running' | 'gone'],
  count: number,
): number[] {
  const began = place.times(from, { to: count });
  return place.times(to, { to: count }).map((at, i) => at - (began[i] ?? at));
}

async function measure(bench: Bench, agent: Agent): Promise<Latencies> {
  const count = bench.scaled(pods);
  return whileAtWork(bench, agent, async ({ place }) => {
    await place.job('create', { to: count }, { rate });
    await place.observer.until('running', count);
    await place.job('delete', { to: count }, { rate });
    await place.observer.until('gone', count);
    return {
      running: between(place, ['bound', 'running'], count),
      gone: between(place, ['deleting', 'gone'], count),
    };
  });
}

/** The same calls by somebody who does nothing else, at the same pace. */
async function bareCalls(bench: Bench): Promise<Calls> {
  const place = await bench.place('limit');
  const { calls } = await place.job('alone', { to: bench.scaled(pods) }, { rate });
  await place.clear();
  if (!calls) throw new Error('the bare client told nothing');
  return calls;
}

function rows(results: ReadonlyMap<Agent['name'], Latencies>, bare: Calls): readonly Row[] {
  const [patch, end, removal] = [median(bare.running), median(bare.ended), median(bare.removed)];
  const apart = (name: Agent['name']): number => {
    if (name === 'virtual-kubelet') return end + removal;
    return removal;
  };
  const beyond = (take: (latencies: Latencies) => number, calls: (name: Agent['name']) => number): Row['values'] =>
    columns(new Map([...results].map(([name, latencies]) => [name, take(latencies) - calls(name)])), (value) => value);
  const p99 = (values: readonly number[]): number => percentile(values, 0.99);
  const started = {
    middle: beyond(
      (l) => median(l.running),
      () => patch,
    ),
    slowest: beyond(
      (l) => p99(l.running),
      () => patch,
    ),
  };
  const ended = { middle: beyond((l) => median(l.gone), apart), slowest: beyond((l) => p99(l.gone), apart) };
  const most = (values: Row['values'], limit: number): Pick<Row, 'unit' | 'values' | 'target'> => ({
    unit: 'ms',
    values,
    ...atMost(values['virtual-kubelet'] ?? Number.NaN, limit, `at most ${limit} ms`),
  });
  return [
    { id: 'start.beyond.median', what: 'Bound to Running beyond the PATCH itself, median', ...most(started.middle, 5) },
    { id: 'start.beyond.p99', what: 'the same, 99th percentile', ...most(started.slowest, 15) },
    { id: 'delete.beyond.median', what: 'Deletion beyond the calls themselves, median', ...most(ended.middle, 5) },
    { id: 'delete.beyond.p99', what: 'the same, 99th percentile', ...most(ended.slowest, 15) },
    {
      id: 'bare.calls',
      what: 'Those calls by a bare client: PATCH, PATCH and DELETE',
      unit: 'ms',
      values: { limit: rounded(patch), 'virtual-kubelet': rounded(end + removal), simulation: rounded(removal) },
      note: 'medians; under `limit` the PATCH to Running, under the others what a deletion needs',
    },
  ];
}

/** What an agent adds to the calls that its work consists of. */
export const latency: Scenario = {
  name: 'latency',
  async run(bench) {
    const bare = await bareCalls(bench);
    const results = new Map<Agent['name'], Latencies>();
    for (const agent of bench.agents) {
      const result = await measure(bench, agent);
      bench.report(
        `${agent.name}: Running after ${rounded(median(result.running))} ms, gone after ${rounded(median(result.gone))} ms`,
      );
      results.set(agent.name, result);
    }
    return rows(results, bare);
  },
};
