import { whileAtWork } from '../../agent-at-work.js';
import type { Bench } from '../../bench.js';
import type { Row } from '../../scenario.js';
import { atLeast } from '../../scenario.js';
import { rounded } from '../../statistics.js';
import type { Server } from '../../subjects/server.js';
import { virtualKubelet } from '../../subjects/virtual-kubelet.js';
import { atEach, benchAt, rowOf } from './at-server.js';

const pods = 1_000;
/** Pods whose lives come before, so that neither side pays for its start. */
const first = 300;

/** Milliseconds of processor time of a server for one pod: created, scheduled, Running, deleted, gone. */
function measured(bench: Bench, server: Server): Promise<number> {
  return whileAtWork(benchAt(bench, server), virtualKubelet(server.cluster), async ({ place }) => {
    const lives = async (from: number, to: number): Promise<void> => {
      await place.job('create', { from, to }, { isScheduled: true });
      await place.observer.until('running', to);
      await place.job('delete', { from, to });
      await place.observer.until('gone', to);
    };
    const [begin, count] = [bench.scaled(first), bench.scaled(pods)];
    await lives(0, begin);
    const before = server.usage();
    await lives(begin, begin + count);
    return ((server.usage().cpu - before.cpu) * 1_000) / count;
  });
}

/** The same agent at both: what a pod's life costs the server. */
export async function life(bench: Bench, servers: readonly Server[]): Promise<readonly Row[]> {
  const results = await atEach(bench, servers, (server) => measured(bench, server));
  const [own = Number.NaN, peer = Number.NaN] = [results.get('playground'), results.get('kubernetes')];
  bench.report(`a pod's life costs ${rounded(own)} and ${rounded(peer)} ms`);
  const head = { id: 'life.cpu', what: "A pod's life: processor time of the server", unit: 'ms' };
  return [{ ...rowOf(head, results, (cpu) => cpu), ...atLeast(peer / own, 3, 'at most a third of Kubernetes') }];
}
