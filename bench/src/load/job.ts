import type { PodBatch } from './pods.js';

/**
 * Work for a process of its own, since who makes load and measures in one process measures itself.
 * `create`: the pods; `delete`: as a user does, with the default grace; `remove`: at once; `run`: one status PATCH a pod and
 * nothing else; `alone`: a pod's whole life without an agent, one pod after another, with the time of each call.
 */
export interface Job extends PodBatch {
  readonly do: 'create' | 'delete' | 'remove' | 'run' | 'alone';
  readonly kubeconfig: string;
  /** Calls a second, evenly spaced; absent: as fast as it answers. */
  readonly rate?: number;
  /** Calls in flight. @default 16 */
  readonly connections?: number;
}

/** What a job tells when it is done. Times in milliseconds. */
export interface JobResult {
  readonly took: number;
  /** Of `alone`: how long each call of each pod took. */
  readonly calls?: {
    readonly running: readonly number[];
    readonly ended: readonly number[];
    readonly removed: readonly number[];
  };
}
