import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContainerRef, PodRef } from '@virtual-kubelet/provider';
import type { PodLookup } from '../pod-lookup.js';
import { hasContainer, isRunning, refOf } from '../pod-lookup.js';
import type { Reply } from '../reply.js';
import { text } from '../reply.js';
import type { RouteParameters } from '../routes.js';

/** The pod a request means. */
export interface PodTarget {
  readonly pod: Pod;
  readonly ref: PodRef;
}

/** The running container a request means. */
export interface ContainerTarget extends PodTarget {
  readonly container: ContainerRef;
}

/** A provider without the ability, as the Go implementation says it. */
export const notImplemented: Reply = text(501, 'not implemented: the provider of this node has no such ability');

/** Finds the pod; with a UID in the path it must be that pod. */
export function podTarget(pods: PodLookup, parameters: RouteParameters): PodTarget | Reply {
  const { namespace = '', pod: name = '', uid } = parameters;
  const pod = pods.find(namespace, name);
  if (!pod || (uid !== undefined && pod.metadata?.uid !== uid)) return text(404, 'pod does not exist');
  return { pod, ref: refOf(pod) };
}

/** The words of a kubelet. */
export function noContainer(pod: string, container: string): string {
  return `container not found ("${container}") in pod "${pod}"`;
}

/** Finds the container, which must run. */
export function containerTarget(pods: PodLookup, parameters: RouteParameters): ContainerTarget | Reply {
  const target = podTarget(pods, parameters);
  if ('status' in target) return target;
  const { container = '' } = parameters;
  const { name } = target.ref;
  if (!hasContainer(target.pod, container)) return text(404, noContainer(name, container));
  if (!isRunning(target.pod, container)) return text(400, `container "${container}" in pod "${name}" is not running`);
  return { ...target, container: { pod: target.ref, container } };
}
