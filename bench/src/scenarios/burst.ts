import type { Bench } from '../bench.js';
import type { Scenario } from '../scenario.js';
import { rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';
import { whileAtWork } from '../agent-at-work.js';
import { columns } from './columns.js';
import { perPod, serverCounts } from '../server-counts.js';
import type { ServerCounts } from '../server-counts.js';
import { setTimeout as sleep } from 'node:timers/promises';

const pods = 2_000;

interface Burst {
  /** Pods a second from the first bound to the last Running. */
  readonly rate: number;
  /** Requests of one pod's life. */
  readonly requests: ServerCounts;
}

async function burst(bench: Bench, agent: Agent): Promise<Burst> {
  const count = bench.scaled(pods);
  return whileAtWork(bench, agent, async ({ place }) => {
    const before = await serverCounts(bench.cluster);
    await place.job('create', { to: count });
    await place.observer.until('running', count);
    await place.job('delete', { to: count });
    await place.observer.until('gone', count);
    // Events come last and may still be on their way.
    await sleep(bench.isQuick ? 0 : 3_000);
    const requests = perPod(before, await serverCounts(bench.cluster), count);
    const [bound, ran] = [place.times('bound', { to: count }), place.times('running', { to: count })];
    return { rate: (count * 1_000) / (Math.max(...ran) - Math.min(...bound)), requests };
  });
}

/** What an agent does with pods made as fast as the API server takes them, and how many requests a pod's life costs. */
export const fullSpeed: Scenario = {
  name: 'burst',
  async run(bench) {
    const results = new Map<Agent['name'], Burst>();
    for (const agent of bench.agents) {
      const result = await burst(bench, agent);
      bench.report(`${agent.name}: ${rounded(result.rate)} pods/s, ${rounded(result.requests.writes)} writes a pod`);
      results.set(agent.name, result);
    }
    const [ours, lean] = [results.get('virtual-kubelet'), results.get('simulation')];
    const writes = (burst: Burst | undefined): number => Math.round((burst?.requests.writes ?? Infinity) * 100) / 100;
    return [
      {
        id: 'burst.rate',
        what: 'A creator at full speed: first pod bound to last Running',
        unit: 'pods/s',
        values: columns(results, ({ rate }) => rate),
      },
      {
        id: 'requests.writes',
        what: 'Writes of pods in a whole life',
        unit: 'per pod',
        values: columns(results, ({ requests }) => requests.writes),
        target: { words: 'three, two in the simulation profile', met: writes(ours) <= 3 && writes(lean) <= 2 },
      },
      {
        id: 'requests.reads',
        what: 'Reads in it: ConfigMaps, Secrets, Services, pods',
        unit: 'per pod',
        values: columns(results, ({ requests }) => requests.reads),
      },
      {
        id: 'requests.events',
        what: 'Events in it',
        unit: 'per pod',
        values: columns(results, ({ requests }) => requests.events),
      },
    ];
  },
};
