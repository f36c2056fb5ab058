import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRef } from '@virtual-kubelet/provider';

/** Facts of a run that only this program knows and that must outlive it. */
export interface KeptMark {
  readonly postStart?: 'done' | 'failed';
  readonly startup?: boolean;
  readonly ready?: boolean;
}

/**
 * What is wanted of a pod, kept beside the engine so that a new process tells the truth about it at once. What the pod
 * takes from the cluster is not kept: it can be secret, and the node hands it over again.
 */
export interface PodRecord {
  readonly ref: PodRef;
  readonly attempt: number;
  readonly pod: Pod;
  /** The pod has to end; seconds of grace. */
  readonly deletion?: { readonly graceSeconds: number };
  /** The pod has to end since it took too much of the disk; said on its status. */
  readonly eviction?: { readonly message: string };
  /** By container id. */
  readonly marks: Readonly<Record<string, KeptMark>>;
}

/** A pod with everything its containers are made from. */
export interface PodToRun extends PodRecord {
  readonly inputs: PodInputs;
}

/** A record as text. */
export function encodeRecord({ ref, attempt, pod, deletion, eviction, marks }: PodRecord): string {
  return JSON.stringify({ ref, attempt, pod, deletion, eviction, marks });
}

/** Reads what {@link encodeRecord} wrote. @throws SyntaxError for anything else */
export function decodeRecord(text: string): PodRecord {
  const value: unknown = JSON.parse(text);
  if (!(value instanceof Object) || !('ref' in value) || !('pod' in value) || !('marks' in value))
    throw new SyntaxError('not a pod record');
  return value as PodRecord;
}
