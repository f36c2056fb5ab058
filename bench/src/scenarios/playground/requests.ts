import type { Bench } from '../../bench.js';
import type { Job } from '../../load/job.js';
import type { Row } from '../../scenario.js';
import type { Server } from '../../subjects/server.js';
import { atEach, atPlace, rowOf } from './at-server.js';

const pods = 3_000;

/** Kinds of requests in the order they are made; `part`: how many of the pods. */
const kinds = [
  { do: 'create', what: 'Create a pod', part: 1 },
  { do: 'get', what: 'Get a pod', part: 1 },
  { do: 'list', what: 'List 100 pods', part: 0.1 },
  { do: 'patch', what: 'Patch a pod', part: 1 },
] as const satisfies readonly { readonly do: Job['do']; readonly what: string; readonly part: number }[];

interface Speed {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds of processor time of all processes of the server for one. */
  readonly cpu: number;
}

function measured(bench: Bench, server: Server): Promise<ReadonlyMap<string, Speed>> {
  return atPlace(server, async (place) => {
    const speeds = new Map<string, Speed>();
    for (const kind of kinds) {
      const to = Math.ceil(bench.scaled(pods) * kind.part);
      const before = server.usage();
      const { took } = await place.job(kind.do, { to });
      const cpu = ((server.usage().cpu - before.cpu) * 1_000) / to;
      speeds.set(kind.do, { rate: (to * 1_000) / took, cpu });
    }
    return speeds;
  });
}

/** Requests a second of one client with 16 connections, and what each costs. */
export async function requests(bench: Bench, servers: readonly Server[]): Promise<readonly Row[]> {
  const results = await atEach(bench, servers, (server) => measured(bench, server));
  return kinds.flatMap(({ do: kind, what }) => {
    const of = (take: keyof Speed) => (speeds: ReadonlyMap<string, Speed>) => speeds.get(kind)?.[take] ?? Number.NaN;
    return [
      rowOf({ id: `requests.${kind}.rate`, what, unit: 'requests/s' }, results, of('rate')),
      rowOf({ id: `requests.${kind}.cpu`, what: `${what}: processor time`, unit: 'ms' }, results, of('cpu')),
    ];
  });
}
