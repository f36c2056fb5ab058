import type { Bench } from '../bench.js';
import { watchNodes } from '../node-watch.js';
import type { Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { median, rounded } from '../statistics.js';
import type { Agent } from '../subjects/subject.js';

const rounds = 7;

/** Seconds from the start of the program to the observer seeing the Node Ready; the Node did not exist before. */
async function once(bench: Bench, agent: Agent): Promise<number> {
  const place = await bench.place(agent.name);
  const nodes = await watchNodes(bench.cluster.transport, place.node);
  const began = performance.now();
  const running = await agent.start(place.node);
  const at = await nodes.ready;
  nodes.close();
  await running.stop();
  await place.clear();
  return (at - began) / 1_000;
}

/** How long it takes until a node can be used. */
export const start: Scenario = {
  name: 'start',
  async run(bench) {
    const [agent] = bench.agents;
    if (!agent) return [];
    const times: number[] = [];
    for (let i = 0; i < (bench.isQuick ? 1 : rounds); i += 1) times.push(await once(bench, agent));
    const seconds = median(times);
    bench.report(`${agent.name}: ${times.map(rounded).join(', ')} s`);
    return [
      {
        id: 'start.ready',
        what: 'Start of the program to its Node seen Ready, median',
        unit: 's',
        values: { [agent.name]: rounded(seconds) },
        ...atMost(seconds, 0.6, 'at most 0.6 s'),
      },
    ];
  },
};
