/** The whole Node object as it should be at a moment. Pure. */
import type { Node, NodeCondition } from '@virtual-kubelet/kubernetes';
import type { ProviderOutage } from './node-conditions.js';
import { nodeConditions } from './node-conditions.js';
import type { DesiredNode } from './node-object.js';
import type { WantedSpec } from './node-spec.js';
import type { WantedStatus } from './node-status.js';
import { passingTaints } from './node-taints.js';
import type { Reachability } from './reachability.js';

/** What should be in the Node object. */
export interface WantedNode {
  readonly desired: DesiredNode;
  readonly spec: WantedSpec;
  readonly status: WantedStatus;
}

/** What makes the Node object change from one moment to the next. */
export interface NodeCauses {
  readonly provider: Reachability;
  readonly outage: ProviderOutage;
  /** Resource the platform is short of. */
  readonly shortage: string | undefined;
  /** Conditions that the provider and others report. */
  readonly reported: readonly NodeCondition[];
  /** Keys of taints that were ever wanted in this process. */
  readonly taintKeys: ReadonlySet<string>;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** Adds what comes and goes to what stays. */
export function wantedNode(desired: DesiredNode, causes: NodeCauses): WantedNode {
  const { provider, shortage, taintKeys } = causes;
  const passing = passingTaints({ isProviderReachable: provider.verdict !== 'unreachable', shortage });
  const { providerID } = desired;
  return {
    desired,
    spec: {
      taints: [...desired.taints, ...passing],
      taintKeys,
      ...(providerID === undefined ? {} : { providerID }),
    },
    status: { ...desired.status, conditions: nodeConditions(causes) },
  };
}

/**
 * The object to create. It has no status: what a status says at creation is recorded as nobody's, so it could not be taken
 * back later. The status follows at once by a patch.
 */
export function newNode({ desired, spec }: WantedNode): Node {
  const { name, labels, annotations } = desired;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations },
    spec: { taints: spec.taints, ...(spec.providerID === undefined ? {} : { providerID: spec.providerID }) },
  };
}
