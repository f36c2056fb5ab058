import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../../bench.js';
import type { Row } from '../../scenario.js';
import { atMost } from '../../scenario.js';
import type { Server } from '../../subjects/server.js';
import { playgroundServer } from '../../subjects/server.js';
import { atEach, atPlace, rowOf } from './at-server.js';

const pods = 10_000;
/** Seconds after the last write. */
const quiet = 10;

interface Memory {
  readonly empty: number;
  readonly full: number;
  readonly perPod: number;
}

function measured(bench: Bench, server: Server): Promise<Memory> {
  return atPlace(server, async (place) => {
    const to = bench.scaled(pods);
    const empty = server.usage().memory;
    await place.job('create', { to });
    await place.job('run', { to });
    await sleep(bench.isQuick ? 100 : quiet * 1_000);
    const full = server.usage().memory;
    return { empty, full, perPod: ((full - empty) * 1_024) / to };
  });
}

/** A playground that did nothing before; Kubernetes as it is. */
async function atFresh(bench: Bench, server: Server): Promise<Memory> {
  if (server.name === 'kubernetes') return measured(bench, server);
  const fresh = await playgroundServer(bench.report);
  try {
    return await measured(bench, fresh);
  } finally {
    await fresh.close();
  }
}

/** What objects cost in memory: pods that were created and became Running, all processes of a server together. */
export async function memoryOfPods(bench: Bench, servers: readonly Server[]): Promise<readonly Row[]> {
  const results = await atEach(bench, servers, (server) => atFresh(bench, server));
  const own = results.get('playground')?.full ?? Number.NaN;
  const unit = 'MB resident';
  return [
    rowOf({ id: 'pods.empty', what: 'Memory before there are pods', unit }, results, ({ empty }) => empty),
    {
      ...rowOf({ id: 'pods.memory', what: 'Memory with 10,000 pods Running', unit }, results, ({ full }) => full),
      ...atMost(own, 300, 'at most 300 MB'),
    },
    rowOf({ id: 'pods.each', what: 'that is, for each pod', unit: 'kB' }, results, ({ perPod }) => perPod),
  ];
}
