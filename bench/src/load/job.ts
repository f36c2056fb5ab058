import type { PodBatch } from './pods.js';

/**
 * Work for a process of its own, since who makes load and measures in one process measures itself.
 * `create`: the pods; `delete`: as a user does, with the default grace; `remove`: at once; `run`: one status PATCH a pod and
 * nothing else; `alone`: a pod's whole life without an agent, one pod after another, with the time of each call;
 * `get`, `patch`: each pod once, the latter by a merge patch of an annotation; `list`: the first hundred pods, as often as there are pods.
 */
export interface Job extends PodBatch {
  readonly do: 'create' | 'delete' | 'remove' | 'run' | 'alone' | 'get' | 'list' | 'patch';
  readonly kubeconfig: string;
  /** Calls a second, evenly spaced; absent: as fast as it answers. */
  readonly rate?: number;
  /** Calls in flight. @default 16 */
  readonly connections?: number;
}

/** Watches of all pods of the namespace, each of which is to see so many events as there are numbers. */
export interface WatchJob extends PodBatch {
  readonly kubeconfig: string;
  readonly watchers: number;
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
