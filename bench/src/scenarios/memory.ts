import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { usageOf } from '../process-usage.js';
import type { Usage } from '../process-usage.js';
import type { Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';
import { putToWork } from '../agent-at-work.js';
import { columns } from './columns.js';

const pods = 5_000;
/** Seconds after the last event. */
const quiet = 60;

/** Brings an agent to so many pods; what is returned reads its memory after the quiet time and ends it. */
async function fill(bench: Bench, agent: Agent): Promise<() => Promise<Usage>> {
  const count = bench.scaled(pods);
  const { place, running, end } = await putToWork(bench, agent);
  await place.job('create', { to: count });
  await place.observer.until('running', count);
  return async () => {
    const seconds = bench.isQuick ? 1 : quiet;
    await sleep(Math.max(0, place.observer.last + seconds * 1_000 - performance.now()));
    const usage = usageOf(running.pid);
    await end();
    return usage;
  };
}

/** Memory of an agent that holds many pods and has nothing to do. All agents keep quiet at the same time. */
export const memory: Scenario = {
  name: 'memory',
  async run(bench) {
    const waiting = new Map<Agent['name'], () => Promise<Usage>>();
    for (const agent of bench.agents.filter(({ name }) => name !== 'simulation'))
      waiting.set(agent.name, await fill(bench, agent));
    const results = new Map<Agent['name'], Usage>();
    for (const [name, read] of waiting) results.set(name, await read());
    const ours = results.get('virtual-kubelet')?.memory ?? Number.NaN;
    bench.report(`virtual-kubelet: ${rounded(ours)} MB`);
    return [
      {
        id: 'memory.settled',
        what: 'Memory with 5,000 pods, 60 s after the last event',
        unit: 'MB resident',
        values: columns(results, (usage) => usage.memory),
        ...atMost(ours, 150, 'at most 150 MB'),
      },
      {
        id: 'memory.peak',
        what: 'the most it ever had',
        unit: 'MB resident',
        values: columns(results, (usage) => usage.peak),
      },
    ];
  },
};
