/**
 * The scheduler: gives pods without a node to the best node that can take them, or says on the pod why there is none.
 * It never removes a running pod to make room: preemption is not there.
 */
import type { Node, Pod } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import { withCondition } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { eventWrite } from './events.js';
import { claimFault } from './pod-claims.js';
import { hasEnded, podCondition } from './pod-state.js';
import { faultsOf } from './scheduling-filters.js';
import { bestNode } from './scheduling-scores.js';
import type { Write } from './write.js';
import { statusWrite } from './write.js';

const name = 'default-scheduler';

/** Makes a scheduler. It remembers only which pods found no node, and asks again for them when something changes. */
export function createScheduler(): Controller {
  const homeless = new Set<string>();

  function reconcile(key: string, view: ClusterView): Plan {
    const pod = view.get('pods', key);
    homeless.delete(key);
    if (pod === undefined || !isWaiting(pod)) return noPlan;
    const decision = decide(pod, view);
    if (decision.is === 'node') return { writes: [bind(pod, decision.node, view)] };
    homeless.add(key);
    return { writes: unschedulable(pod, decision.why, view) };
  }

  return {
    name: 'scheduler',
    watches: ['pods', 'nodes', 'persistentvolumeclaims'],
    keysFor: (event) => {
      const own =
        event.storage === 'pods' && event.type !== 'DELETED' && isWaiting(typed<Pod>(event.object)) && isNews(event)
          ? [event.key]
          : [];
      return mayMakeRoom(event) ? [...own, ...homeless] : own;
    },
    reconcile,
  };
}

/** Whether a pod is ours to place. */
function isWaiting(pod: StoredPod): boolean {
  const { spec } = pod;
  return (
    (spec?.nodeName ?? '') === '' &&
    spec?.schedulerName === name &&
    (spec.schedulingGates ?? []).length === 0 &&
    pod.metadata.deletionTimestamp === undefined &&
    !hasEnded(pod)
  );
}

/** Our own word about a pod is no reason to look at it again. */
function isNews({ type, object, previous }: StoreEvent): boolean {
  return (
    type === 'ADDED' ||
    !semanticEqual(object.spec, previous?.spec) ||
    !semanticEqual(object.metadata.labels, previous?.metadata.labels)
  );
}

/** Whether a change may let a pod fit that did not: a node that offers more, a pod that leaves or changes its labels. */
function mayMakeRoom({ storage, type, object, previous }: StoreEvent): boolean {
  if (storage === 'persistentvolumeclaims') return true;
  if (storage === 'nodes')
    return type !== 'MODIFIED' || offersOther(typed<Node>(object), previous && typed<Node>(previous));
  const pod = typed<Pod>(object);
  if ((pod.spec?.nodeName ?? '') === '') return false;
  if (type === 'DELETED') return true;
  const before = previous && typed<Pod>(previous);
  if (hasEnded(pod)) return before === undefined || !hasEnded(before);
  return (
    (before?.spec?.nodeName ?? '') === '' ||
    pod.spec !== before?.spec ||
    pod.metadata.labels !== before?.metadata.labels
  );
}

function offersOther(node: Stored<Node>, before: Stored<Node> | undefined): boolean {
  return !(
    semanticEqual(node.spec, before?.spec) &&
    semanticEqual(node.metadata.labels, before?.metadata.labels) &&
    semanticEqual(node.status?.allocatable, before?.status?.allocatable)
  );
}

/** Where a pod goes, or why nowhere. */
export type Decision =
  | { readonly is: 'node'; readonly node: string }
  | { readonly is: 'nowhere'; readonly why: string };

/** Decides for one pod by what is true now. */
export function decide(pod: StoredPod, view: ClusterView): Decision {
  const nodes = view.list('nodes');
  if (nodes.length === 0) return { is: 'nowhere', why: 'no nodes available to schedule pods' };
  const claims = claimFault(pod, view);
  if (claims !== undefined) return { is: 'nowhere', why: `0/${nodes.length} nodes are available: ${claims}.` };
  const reasons = new Map<string, number>();
  const fitting: Stored<Node>[] = [];
  for (const node of nodes) {
    const faults = faultsOf(node, { pod, view });
    if (faults.length === 0) fitting.push(node);
    for (const fault of faults) reasons.set(fault, (reasons.get(fault) ?? 0) + 1);
  }
  const best = bestNode(fitting, { pod, view });
  if (best !== undefined) return { is: 'node', node: best.metadata.name };
  const told = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return { is: 'nowhere', why: `0/${nodes.length} nodes are available: ${told.join(', ')}.` };
}

function bind(pod: StoredPod, node: string, view: ClusterView): Write {
  const { namespace = '', name: podName, uid } = pod.metadata;
  return {
    request: {
      verb: 'create',
      apiVersion: 'v1',
      resource: 'pods',
      namespace,
      name: podName,
      subresource: 'binding',
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace, name: podName, uid },
        target: { kind: 'Node', name: node },
      },
    },
    done: () => [
      eventWrite(view, pod, {
        by: name,
        type: 'Normal',
        reason: 'Scheduled',
        message: `Successfully assigned ${namespace}/${podName} to ${node}`,
      }),
    ],
  };
}

function unschedulable(pod: StoredPod, message: string, view: ClusterView): readonly Write[] {
  const before = podCondition(pod, 'PodScheduled');
  if (before?.status === 'False' && before.message === message) return [];
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null };
  const conditions = withCondition(pod.status?.conditions, condition as never, view.now);
  return [
    statusWrite(pod, { ...pod.status, conditions }),
    eventWrite(view, pod, { by: name, type: 'Warning', reason: 'FailedScheduling', message }),
  ];
}
