/** Pods whose node is gone: after a while nobody can end them any more, so they are removed by force. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import { withCondition } from '../store/conditions.js';
import type { Controller } from './controller.js';
import { noPlan } from './controller.js';
import { hasEnded } from './pod-state.js';
import type { Write } from './write.js';
import { removeWrite, statusWrite } from './write.js';

/** A Node that is made again within this time keeps its pods; milliseconds (kubernetes:pkg/controller/podgc). */
const quarantine = 40_000;

/** Makes the collector. It remembers since when it misses each node. */
export function createPodCollector(): Controller {
  const missing = new Map<string, number>();
  return {
    name: 'pod-collector',
    watches: ['nodes', 'pods'],
    keysFor: nodesOf,
    reconcile(node, view) {
      const pods = [...view.usageOf(node).pods.values()];
      if (view.get('nodes', node) !== undefined || pods.length === 0) {
        missing.delete(node);
        return noPlan;
      }
      const since = missing.get(node) ?? view.now;
      missing.set(node, since);
      const left = since + quarantine - view.now;
      return left > 0 ? { writes: [], again: left } : { writes: pods.flatMap((pod) => removal(pod, view)) };
    },
  };
}

function nodesOf(event: StoreEvent, view: ClusterView): readonly string[] {
  if (event.storage === 'nodes') return event.type === 'MODIFIED' ? [] : [event.key];
  const { nodeName = '' } = typed<Pod>(event.object).spec ?? {};
  return nodeName === '' || view.get('nodes', nodeName) !== undefined ? [] : [nodeName];
}

function removal(pod: StoredPod, view: ClusterView): readonly Write[] {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
  const status = {
    ...pod.status,
    phase: 'Failed',
    conditions: withCondition(pod.status?.conditions, condition, view.now),
  };
  return [...(hasEnded(pod) ? [] : [statusWrite(pod, status)]), removeWrite(pod, { grace: 0 })];
}
