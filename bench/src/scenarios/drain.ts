import type { Bench } from '../bench.js';
import { usageOf } from '../process-usage.js';
import type { Row, Scenario } from '../scenario.js';
import type { SubjectName } from '../subjects/subject-names.js';
import { atLeast } from '../scenario.js';
import { median, rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';

/** What one drain showed. */
interface Drained {
  readonly subject: SubjectName;
  /** Pods a second, from the first pod Running to the last. */
  readonly rate: number;
  /** Seconds from the start of the program to the last pod Running. */
  readonly whole: number;
  /** Seconds of processor time from the start on, per 1,000 pods. */
  readonly cpu: number;
}

const pods = 5_000;

function rateOf(running: readonly number[]): number {
  return ((running.length - 1) * 1_000) / (Math.max(...running) - Math.min(...running));
}

async function drainAgent(bench: Bench, agent: Agent): Promise<Drained> {
  const count = bench.scaled(pods);
  const place = await bench.place(agent.name);
  await agent.prepare(place.node);
  await place.job('create', { to: count });
  await place.observer.until('bound', count);
  const began = performance.now();
  const running = await agent.start(place.node);
  try {
    await place.observer.until('running', count);
    const { cpu } = usageOf(running.pid);
    const seen = place.times('running', { to: count });
    return {
      subject: agent.name,
      rate: rateOf(seen),
      whole: (Math.max(...seen) - began) / 1_000,
      cpu: (cpu * 1_000) / count,
    };
  } finally {
    await running.stop();
    await place.clear();
  }
}

/** The limit of what any agent can do: somebody who knows all names and sends what each pod needs. */
async function drainByWriter(bench: Bench): Promise<Drained> {
  const count = bench.scaled(pods);
  const place = await bench.place('limit');
  await place.job('create', { to: count });
  const began = performance.now();
  await place.job('run', { to: count });
  await place.observer.until('running', count);
  const seen = place.times('running', { to: count });
  await place.clear();
  return { subject: 'limit', rate: rateOf(seen), whole: (Math.max(...seen) - began) / 1_000, cpu: Number.NaN };
}

/** There and back again, so that whatever grows during a run weighs on all of them. */
function order(bench: Bench): readonly (() => Promise<Drained>)[] {
  const all = [...bench.agents.map((agent) => () => drainAgent(bench, agent)), () => drainByWriter(bench)];
  return bench.isQuick ? all : [...all, ...all.toReversed()];
}

function rowsOf(results: readonly Drained[]): readonly Row[] {
  const of = (subject: SubjectName, take: (drained: Drained) => number): number =>
    median(results.filter((drained) => drained.subject === subject).map(take));
  const column = (take: (drained: Drained) => number): Row['values'] => {
    const subjects = [...new Set(results.map(({ subject }) => subject))];
    const cells = subjects.map((subject) => [subject, rounded(of(subject, take))] as const);
    return Object.fromEntries(cells.filter(([, value]) => Number.isFinite(value)));
  };
  const rate = column((drained) => drained.rate);
  const { kwok } = rate;
  const ours = rate['virtual-kubelet'] ?? 0;
  return [
    {
      id: 'drain.rate',
      what: 'Drain: pods bound beforehand, to Running',
      unit: 'pods/s',
      values: rate,
      ...(kwok === undefined ? {} : atLeast(ours / kwok, 1.3, 'at least 1.3 times KWOK')),
    },
    { id: 'drain.whole', what: 'the same, from the start of the program', unit: 's', values: column((d) => d.whole) },
    {
      id: 'drain.cpu',
      what: 'processor time in it, start included',
      unit: 's per 1,000',
      values: column((d) => d.cpu),
    },
  ];
}

/** How fast an agent catches up with pods that were bound while it was away. */
export const drain: Scenario = {
  name: 'drain',
  async run(bench) {
    const results: Drained[] = [];
    for (const once of order(bench)) {
      const drained = await once();
      bench.report(`${drained.subject}: ${rounded(drained.rate)} pods/s`);
      results.push(drained);
    }
    return rowsOf(results);
  },
};
