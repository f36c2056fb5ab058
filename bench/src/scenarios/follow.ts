import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Place } from '../bench.js';
import { usageOf } from '../process-usage.js';
import type { Row, Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { median, percentile, rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';
import { whileAtWork } from '../agent-at-work.js';
import { columns } from './columns.js';

/** Pods a second the creator makes, whatever becomes of them. */
const rate = 150;
const pods = 5_000;
/** Pods of a part of the run that is looked at by itself. */
const part = 1_000;
const idleSeconds = 5;

/** What one agent showed. Lags in milliseconds, processor time in seconds. */
interface Followed {
  readonly early: readonly number[];
  readonly late: readonly number[];
  readonly startCpu: number;
  readonly idleCpu: number;
  readonly deleteCpu: number;
  readonly deleteRate: number;
}

async function cpuOver(pid: number, run: () => Promise<unknown>): Promise<{ cpu: number; seconds: number }> {
  const [before, began] = [usageOf(pid).cpu, performance.now()];
  await run();
  const seconds = (performance.now() - began) / 1_000;
  return { cpu: usageOf(pid).cpu - before, seconds };
}

function lags(place: Place, from: number, to: number): readonly number[] {
  const bound = place.times('bound', { from, to });
  return place.times('running', { from, to }).map((at, i) => at - (bound[i] ?? at));
}

async function settle(bench: Bench): Promise<void> {
  await sleep(bench.isQuick ? 100 : 1_000);
}

/** Starts with the agent idle, follows the creator, deletes everything as a user does. */
async function follow(bench: Bench, agent: Agent): Promise<Followed> {
  const count = bench.scaled(pods);
  const piece = Math.min(part, Math.ceil(count / 2));
  return whileAtWork(bench, agent, async ({ place, running }) => {
    await settle(bench);
    const starting = await cpuOver(running.pid, async () => {
      await place.job('create', { to: count }, { rate });
      await place.observer.until('running', count);
      await settle(bench);
    });
    const idle = await cpuOver(running.pid, () => sleep(bench.isQuick ? 500 : idleSeconds * 1_000));
    const deleting = await cpuOver(running.pid, async () => {
      await place.job('delete', { to: count });
      await place.observer.until('gone', count);
      await settle(bench);
    });
    const [ends, starts] = [place.times('gone', { to: count }), place.times('deleting', { to: count })];
    return {
      early: lags(place, 0, piece),
      late: lags(place, count - piece, count),
      startCpu: (starting.cpu * 1_000) / count,
      idleCpu: (idle.cpu * 100) / idle.seconds,
      deleteCpu: (deleting.cpu * 1_000) / count,
      deleteRate: (count * 1_000) / (Math.max(...ends) - Math.min(...starts)),
    };
  });
}

function lagRows(results: ReadonlyMap<Agent['name'], Followed>): readonly Row[] {
  const ours = results.get('virtual-kubelet');
  return (['early', 'late'] as const).flatMap((when) => {
    const title = when === 'early' ? 'the first 1,000 pods' : 'the last of 5,000 pods';
    const lag = ours?.[when] ?? [];
    return [
      {
        id: `follow.${when}.median`,
        what: `Follow a creator at ${rate}/s, lag of ${title}, median`,
        unit: 'ms',
        values: columns(results, (followed) => median(followed[when])),
        ...atMost(median(lag), 15, 'under 15 ms'),
      },
      {
        id: `follow.${when}.p99`,
        what: 'the same, 99th percentile',
        unit: 'ms',
        values: columns(results, (followed) => percentile(followed[when], 0.99)),
        ...atMost(percentile(lag, 0.99), 100, 'under 100 ms'),
      },
    ];
  });
}

function cpuRows(results: ReadonlyMap<Agent['name'], Followed>): readonly Row[] {
  const [ours, kwok] = [results.get('virtual-kubelet'), results.get('kwok')];
  const third = (take: (followed: Followed) => number): Pick<Row, 'target'> =>
    ours && kwok ? atMost(take(ours) * 3, take(kwok), "at most a third of KWOK's") : {};
  return [
    {
      id: 'cpu.starts',
      what: 'Processor time of starting pods at that pace',
      unit: 's per 1,000',
      values: columns(results, (followed) => followed.startCpu),
      ...third((followed) => followed.startCpu),
    },
    {
      id: 'cpu.deletes',
      what: 'Processor time of deleting pods at full speed',
      unit: 's per 1,000',
      values: columns(results, (followed) => followed.deleteCpu),
      ...third((followed) => followed.deleteCpu),
    },
    {
      id: 'cpu.idle',
      what: 'Processor while nothing happens to 5,000 pods',
      unit: '% of a core',
      values: columns(results, (followed) => followed.idleCpu),
    },
    {
      id: 'delete.rate',
      what: 'Deletion with default grace, a user at full speed',
      unit: 'pods/s',
      values: columns(results, (followed) => followed.deleteRate),
    },
  ];
}

/** Whether an agent keeps up with a steady stream of pods, and what that costs. */
export const followSteady: Scenario = {
  name: 'follow',
  async run(bench) {
    const results = new Map<Agent['name'], Followed>();
    for (const agent of bench.agents) {
      const followed = await follow(bench, agent);
      bench.report(
        `${agent.name}: lag ${rounded(median(followed.late))} ms, ${rounded(followed.startCpu)} s per 1,000 starts, ${rounded(followed.deleteCpu)} s per 1,000 deletes`,
      );
      results.set(agent.name, followed);
    }
    return [...lagRows(results), ...cpuRows(results)];
  },
};
