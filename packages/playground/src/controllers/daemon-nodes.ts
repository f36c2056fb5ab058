/** Which nodes a DaemonSet wants a pod on. Pure. */
import type { Node, PodSpec, Toleration } from '@virtual-kubelet/kubernetes';
import { allowsNode, untoleratedTaint } from '@virtual-kubelet/kubernetes';
import type { Stored } from './kinds.js';

const prefix = 'node.kubernetes.io/';

/** What pods of DaemonSets tolerate beyond their templates (kubernetes:pkg/controller/daemon/util). */
export function daemonTolerations(spec: PodSpec | undefined): readonly Toleration[] {
  const noSchedule = [
    'disk-pressure',
    'memory-pressure',
    'pid-pressure',
    'unschedulable',
    ...(spec?.hostNetwork === true ? ['network-unavailable'] : []),
  ];
  return [
    ...['not-ready', 'unreachable'].map((name) => ({ key: prefix + name, operator: 'Exists', effect: 'NoExecute' })),
    ...noSchedule.map((name) => ({ key: prefix + name, operator: 'Exists', effect: 'NoSchedule' })),
  ];
}

/** Whether a pod should be on a node, and whether one that is there may stay. */
export interface DaemonWish {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

/** What a DaemonSet wants of a node. */
export function wishFor(node: Stored<Node>, spec: PodSpec | undefined): DaemonWish {
  const tolerations = [...(spec?.tolerations ?? []), ...daemonTolerations(spec)];
  const { taints } = node.spec ?? {};
  const isOffered = allowsNode(spec ?? {}, node as Node);
  const mayStay = isOffered && untoleratedTaint(taints, tolerations, ['NoExecute']) === undefined;
  return { mayStay, shouldRun: mayStay && untoleratedTaint(taints, tolerations) === undefined };
}

/** A template's spec for one node: the scheduler has exactly one choice. */
export function specFor(node: string, spec: PodSpec): PodSpec {
  const { affinity } = spec;
  // The name takes the place of whatever was asked of the node: that was looked at already.
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }];
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
  };
  return {
    ...spec,
    affinity: { ...affinity, nodeAffinity },
    tolerations: [...(spec.tolerations ?? []), ...daemonTolerations(spec)],
  };
}

/** The node a pod of a DaemonSet is on, or is meant for. */
export function nodeOf(spec: PodSpec | undefined): string {
  if ((spec?.nodeName ?? '') !== '') return spec?.nodeName ?? '';
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields);
  return fields.find(({ key }) => key === 'metadata.name')?.values?.[0] ?? '';
}
