import type { Cluster } from './cluster.js';

/** Requests an agent makes, counted by the API server. */
export interface ServerCounts {
  /** Status patches of pods, and the deletions that remove one (a user's own are taken off). */
  readonly writes: number;
  /** Of pods, ConfigMaps, Secrets, Services, tokens, one by one or as lists. */
  readonly reads: number;
  readonly events: number;
}

const line = /^apiserver_request_total\{([^}]*)\} (\S+)$/gm;
const label = /(\w+)="([^"]*)"/g;

interface Counted {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly count: number;
}

function countedIn(metrics: string): readonly Counted[] {
  return [...metrics.matchAll(line)].map(([, labels = '', count]) => {
    const found = new Map([...labels.matchAll(label)].map(([, name = '', value = '']) => [name, value]));
    const of = (name: string): string => found.get(name) ?? '';
    return { verb: of('verb'), resource: of('resource'), subresource: of('subresource'), count: Number(count) };
  });
}

const read: readonly string[] = ['pods', 'configmaps', 'secrets', 'services'];

/** The API server's counters as they are now. They do not tell who asked: nobody else may do these things meanwhile. */
export async function serverCounts(cluster: Cluster): Promise<ServerCounts> {
  const { body } = await cluster.transport.request({ method: 'GET', path: '/metrics' });
  const all = countedIn(Buffer.from(body).toString());
  const sum = (matches: (counted: Counted) => boolean): number =>
    all.reduce((total, counted) => total + (matches(counted) ? counted.count : 0), 0);
  return {
    writes: sum(
      ({ verb, resource, subresource }) =>
        resource === 'pods' && (verb === 'DELETE' || (subresource === 'status' && /^(PATCH|APPLY|PUT)$/.test(verb))),
    ),
    reads: sum(({ verb, resource }) => read.includes(resource) && (verb === 'GET' || verb === 'LIST')),
    events: sum(({ verb, resource }) => resource === 'events' && (verb === 'POST' || verb === 'PATCH')),
  };
}

/** What one pod cost between two readings, without the one deletion of its user. */
export function perPod(before: ServerCounts, after: ServerCounts, pods: number): ServerCounts {
  return {
    writes: (after.writes - before.writes) / pods - 1,
    reads: (after.reads - before.reads) / pods,
    events: (after.events - before.events) / pods,
  };
}
