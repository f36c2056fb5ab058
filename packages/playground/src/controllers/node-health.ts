/** How a node is: whether it still speaks, and the taints that say so. Pure. */
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Node, NodeCondition, Taint } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { timeOf } from './times.js';
import { conditionOf, withCondition } from '../store/conditions.js';

/** A node that says nothing for this long counts as unreachable; milliseconds (kube-controller-manager's default). */
export const gracePeriod = 50_000;

const silent = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
const never = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** When a node last spoke: by its Lease or by its status. */
export function lastHeard(node: Stored<Node>, view: ClusterView): number {
  const renewed = view.get('coordination.k8s.io/leases', `kube-node-lease/${node.metadata.name}`)?.spec?.renewTime;
  const beat = conditionOf(node.status?.conditions, 'Ready')?.lastHeartbeatTime;
  const times = [node.metadata.creationTimestamp, renewed, beat];
  return Math.max(...times.map((time) => Math.floor(timeOf(time) ?? 0)));
}

/** The conditions of a node that has stopped speaking. */
export function silentConditions(node: Stored<Node>, now: number): readonly NodeCondition[] {
  return watched.reduce<readonly NodeCondition[]>((all, type) => {
    const before = conditionOf(all, type);
    if (before?.status === 'Unknown') return all;
    const why = before === undefined ? never : silent;
    const lastHeartbeatTime = before?.lastHeartbeatTime || formatTime(now);
    return withCondition(all, { type, status: 'Unknown', ...why, lastHeartbeatTime }, now);
  }, node.status?.conditions ?? []);
}

const prefix = 'node.kubernetes.io/';
const pressures: ReadonlyMap<string, string> = new Map([
  ['MemoryPressure', `${prefix}memory-pressure`],
  ['DiskPressure', `${prefix}disk-pressure`],
  ['PIDPressure', `${prefix}pid-pressure`],
  ['NetworkUnavailable', `${prefix}network-unavailable`],
]);
const notReady = `${prefix}not-ready`;
const unreachable = `${prefix}unreachable`;
const cordoned = `${prefix}unschedulable`;
const owned: ReadonlySet<string> = new Set([...pressures.values(), notReady, unreachable, cordoned]);

/** The taints of a node: those of others as they are, and ours by its conditions. */
export function taintsOf(node: Stored<Node>, conditions: readonly NodeCondition[], now: number): readonly Taint[] {
  const before = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, conditions);
  const kept = before.filter((taint) => !owned.has(taint.key) || wanted.some((one) => isSame(one, taint)));
  const added = wanted.filter((one) => !before.some((taint) => isSame(one, taint)));
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: formatTime(now) }))];
}

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function wantedTaints(node: Stored<Node>, conditions: readonly NodeCondition[]): readonly Taint[] {
  const statusOf = (type: string): string => conditionOf(conditions, type)?.status ?? 'Unknown';
  const ready = statusOf('Ready');
  const health = ready === 'True' ? undefined : ready === 'False' ? notReady : unreachable;
  const pressed = [...pressures].filter(([type]) => statusOf(type) === 'True').map(([, key]) => key);
  const keys = [
    ...(health === undefined ? [] : [health]),
    ...(node.spec?.unschedulable === true ? [cordoned] : []),
    ...pressed,
  ];
  return [
    ...keys.map((key) => ({ key, effect: 'NoSchedule' })),
    ...(health === undefined ? [] : [{ key: health, effect: 'NoExecute' }]),
  ];
}
