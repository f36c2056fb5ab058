import type { Cluster } from './cluster.js';
import type { Heartbeats } from './heartbeats.js';
import type { Job, JobResult } from './load/job.js';
import { startJob } from './load/start-job.js';
import { startObserver } from './observer.js';
import type { Observer, Stage } from './observer.js';
import type { SubjectName } from './subjects/subject-names.js';
import type { Agent } from './subjects/subject.js';

/** What a scenario works with. */
export interface Bench {
  readonly cluster: Cluster;
  /** Those that are measured; KWOK only where it was built. */
  readonly agents: readonly Agent[];
  /** How many of what a scenario wants to do: all of them, or few in a smoke test. */
  scaled(count: number): number;
  /** Whether this is only to see that everything works. */
  readonly isQuick: boolean;
  readonly heartbeats: Heartbeats;
  /** Tells how it goes. */
  report(line: string): void;
  /** A namespace and node of their own for one run. */
  place(subject: SubjectName): Promise<Place>;
}

/** Where one run happens, and what can be done there. */
export interface Place {
  readonly node: string;
  readonly observer: Observer;
  /** When the pods with these numbers were seen in that stage, in their order. */
  times(stage: Stage, numbers: Numbers): readonly number[];
  /** Sends other hands to work on the pods with these numbers. */
  job(what: Job['do'], numbers: Numbers, how?: Pick<Job, 'rate' | 'connections' | 'isScheduled'>): Promise<JobResult>;
  /** Removes what pods are left, the Node and its Lease. */
  clear(): Promise<void>;
}

/** Pods from number `from` (0) to before `to`. */
export interface Numbers {
  readonly from?: number;
  readonly to: number;
}

function timesOf(observer: Observer, stage: Stage, { from = 0, to }: Numbers): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => observer.sighting(from + i)?.[stage] ?? Number.NaN);
}

async function removeRest(cluster: Cluster, namespace: string, observer: Observer): Promise<void> {
  if (observer.count('bound') === observer.count('gone')) return;
  const path = `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`;
  await cluster.transport.request({ method: 'DELETE', path, lane: 'watch' });
  await observer.until('gone', observer.count('bound'));
}

/** Makes places, each with a name of its own. */
export function placesIn(cluster: Cluster, report: Bench['report']): Bench['place'] {
  let count = 0;
  const run = process.pid.toString(36);
  return async (subject) => {
    count += 1;
    const node = `bench-${run}-${count}-${subject}`;
    const namespace = await cluster.namespace(node);
    const observer = await startObserver(cluster.transport, namespace);
    return {
      node,
      observer,
      times: (stage, numbers) => timesOf(observer, stage, numbers),
      job: (what, { from = 0, to }, how = {}) =>
        startJob({ do: what, kubeconfig: cluster.kubeconfig, namespace, node, from, to, ...how }),
      async clear() {
        await removeRest(cluster, namespace, observer);
        observer.close();
        if (observer.resumed > 0)
          report(
            `${subject}: the server ended the observer's watch ${observer.resumed} times: what it sent then was seen late`,
          );
        await cluster.forgetNode(node);
      },
    };
  };
}
