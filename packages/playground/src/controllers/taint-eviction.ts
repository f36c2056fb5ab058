/** Pods on nodes with taints that do not execute them: deleted at once, or when their toleration has run out. */
import type { Pod, Taint } from '@virtual-kubelet/kubernetes';
import { semanticEqual, toleratesTaint } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import { withCondition } from '../store/conditions.js';
import type { Controller } from './controller.js';
import { noPlan } from './controller.js';
import { eventWrite } from './events.js';
import { isActive } from './pod-state.js';
import { timeOf } from './times.js';
import type { Write } from './write.js';
import { removeWrite, statusWrite } from './write.js';

/** Evicts pods by taint. */
export const taintEviction: Controller = {
  name: 'taint-eviction',
  watches: ['nodes', 'pods'],
  keysFor,
  reconcile(key, view) {
    const pod = view.get('pods', key);
    const node = view.get('nodes', pod?.spec?.nodeName ?? '');
    if (pod === undefined || node === undefined || !isActive(pod)) return noPlan;
    const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    const left = timeLeft(pod, taints, view.now);
    if (left === undefined) return noPlan;
    return left > 0 ? { writes: [], again: left } : { writes: eviction(pod, view) };
  },
};

function keysFor(event: StoreEvent, view: ClusterView): readonly string[] {
  if (event.storage === 'nodes') {
    const isSame = event.type === 'MODIFIED' && semanticEqual(event.object.spec, event.previous?.spec);
    return isSame ? [] : [...view.usageOf(event.key).pods.keys()];
  }
  const before = event.previous && typed<Pod>(event.previous);
  const pod = typed<Pod>(event.object);
  const isNews = before?.spec?.nodeName !== pod.spec?.nodeName || before?.spec?.tolerations !== pod.spec?.tolerations;
  return event.type !== 'DELETED' && isNews ? [event.key] : [];
}

/** Milliseconds until a pod must go; undefined where it may stay for ever. */
function timeLeft(pod: StoredPod, taints: readonly Taint[], now: number): number | undefined {
  const times = taints.flatMap((taint) => {
    const tolerating = (pod.spec?.tolerations ?? []).filter((one) => toleratesTaint(one, taint));
    if (tolerating.length === 0) return [0];
    const seconds = tolerating.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
    if (seconds.length === 0) return [];
    const since = timeOf(taint.timeAdded) ?? now;
    return [Math.max(since + Math.max(Math.min(...seconds), 0) * 1000 - now, 0)];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

function eviction(pod: StoredPod, view: ClusterView): readonly Write[] {
  const { namespace, name } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  const conditions = withCondition(pod.status?.conditions, condition, view.now);
  const message = `Marking for deletion Pod ${namespace}/${name}`;
  return [
    eventWrite(view, pod, { by: 'taint-eviction-controller', type: 'Normal', reason: 'TaintManagerEviction', message }),
    statusWrite(pod, { ...pod.status, conditions }),
    removeWrite(pod),
  ];
}
