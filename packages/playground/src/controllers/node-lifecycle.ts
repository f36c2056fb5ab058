/** Nodes that stop speaking: their conditions, their taints, and their pods, which are no longer ready. */
import type { Lease, Node } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import { conditionOf, withCondition } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { eventWrite } from './events.js';
import { gracePeriod, lastHeard, silentConditions, taintsOf } from './node-health.js';
import { isReady } from './pod-state.js';
import type { Write } from './write.js';
import { patchWrite, statusWrite } from './write.js';

/** Watches over nodes. */
export const nodeLifecycle: Controller = {
  name: 'node-lifecycle',
  watches: ['nodes', 'coordination.k8s.io/leases'],
  keysFor({ storage, key, object, previous }) {
    if (storage === 'nodes') return [key];
    const { namespace, name } = object.metadata;
    // A renewal in time is no news: the next look is set already. One after an outage is.
    const isFirst = previous === undefined || typed<Lease>(previous).spec?.renewTime === undefined;
    return namespace === 'kube-node-lease' && isFirst ? [name] : [];
  },
  reconcile(key, view) {
    const node = view.get('nodes', key);
    return node === undefined ? noPlan : planFor(node, view);
  },
};

function planFor(node: Stored<Node>, view: ClusterView): Plan {
  const left = lastHeard(node, view) + gracePeriod - view.now;
  const isSilent = left <= 0;
  const conditions = isSilent ? silentConditions(node, view.now) : (node.status?.conditions ?? []);
  const isNews = !semanticEqual(conditions, node.status?.conditions);
  // Taints follow the conditions once those are written.
  const writes = isNews
    ? [statusWrite(node, { ...node.status, conditions })]
    : [...taintWrites(node, view), ...podWrites(node, view)];
  return { writes, ...(isSilent ? {} : { again: left }) };
}

function taintWrites(node: Stored<Node>, view: ClusterView): readonly Write[] {
  const taints = taintsOf(node, node.status?.conditions ?? [], view.now);
  if (semanticEqual(taints, node.spec?.taints)) return [];
  const { resourceVersion } = node.metadata;
  return [{ ...patchWrite(node, { metadata: { resourceVersion }, spec: { taints } }), tolerates: ['NotFound'] }];
}

/** Pods of a node that is not ready are not ready either. */
function podWrites(node: Stored<Node>, view: ClusterView): readonly Write[] {
  if (conditionOf(node.status?.conditions, 'Ready')?.status !== 'Unknown') return [];
  const pods = [...view.usageOf(node.metadata.name).pods.values()].filter(isReady);
  return pods.flatMap((pod) => [unready(pod, view), told(pod, view)]);
}

function unready(pod: StoredPod, view: ClusterView): Write {
  const conditions = withCondition(pod.status?.conditions, { type: 'Ready', status: 'False' }, view.now);
  return statusWrite(pod, { ...pod.status, conditions });
}

function told(pod: StoredPod, view: ClusterView): Write {
  return eventWrite(view, pod, {
    by: 'node-controller',
    type: 'Warning',
    reason: 'NodeNotReady',
    message: 'Node is not ready',
  });
}
