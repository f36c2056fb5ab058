import type { Bench } from '../../bench.js';
import { startWatchers } from '../../load/start-job.js';
import type { Row } from '../../scenario.js';
import type { Server } from '../../subjects/server.js';
import { atEach, atPlace, rowOf } from './at-server.js';

const watchers = 100;
const changes = 1_000;

interface FanOut {
  /** Events that reached a watcher, a second. */
  readonly rate: number;
  /** Milliseconds of processor time for a thousand of them. */
  readonly cpu: number;
}

function measured(bench: Bench, server: Server): Promise<FanOut> {
  return atPlace(server, async (place) => {
    const to = bench.scaled(changes);
    await place.job('create', { to });
    const { kubeconfig } = server.cluster;
    const watching = await startWatchers({
      kubeconfig,
      namespace: place.node,
      node: place.node,
      from: 0,
      to,
      watchers,
    });
    const before = server.usage();
    const began = performance.now();
    await place.job('patch', { to }, { connections: 1 });
    await watching.done;
    const took = performance.now() - began;
    const cpu = server.usage().cpu - before.cpu;
    const delivered = to * watchers;
    return { rate: (delivered * 1_000) / took, cpu: (cpu * 1_000_000) / delivered };
  });
}

/** One writer, a hundred watchers. */
export async function fanOut(bench: Bench, servers: readonly Server[]): Promise<readonly Row[]> {
  const results = await atEach(bench, servers, (server) => measured(bench, server));
  return [
    rowOf(
      { id: 'watch.rate', what: 'One writer, 100 watchers: events delivered', unit: 'events/s' },
      results,
      ({ rate }) => rate,
    ),
    rowOf(
      { id: 'watch.cpu', what: 'the same: processor time, writes included', unit: 'ms per 1,000' },
      results,
      ({ cpu }) => cpu,
    ),
  ];
}
