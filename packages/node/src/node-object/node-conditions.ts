/** The conditions a virtual node reports, as a pure function of what is known. */
import type { NodeCondition } from '@virtual-kubelet/kubernetes';
import type { Reachability } from './reachability.js';

/** A condition as it should read; its times are made when it is written. */
export interface WantedCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Somebody else may own a condition of this type; it is then left alone. Ours is known by its reason. */
  readonly yields?: true;
}

/** Conditions of what serves beside the controller, such as the kubelet API. Asked for at each look at the Node. */
export interface ConditionSource {
  current(): readonly WantedCondition[];
  /** Calls back when they may have changed; those that change with time alone need not tell. Returns the way to stop. */
  subscribe(changed: () => void): () => void;
}

/** What an outage of the provider means for the node. */
export type ProviderOutage =
  /** Nothing: the last truth about the pods is kept, no new ones are scheduled. */
  | { readonly mode: 'keep' }
  /** After this many milliseconds the node is not ready: its pods are evicted 300 s later unless they tolerate it. */
  | { readonly mode: 'not-ready'; readonly after: number };

/** Type of the condition that says whether the provider answers. */
export const providerReachableType = 'ProviderReachable';

/** What conditions are made of. */
export interface ConditionCauses {
  readonly provider: Reachability;
  readonly outage: ProviderOutage;
  /** Conditions that others report, such as the provider; those of types Ready and ProviderReachable are not theirs to say. */
  readonly reported: readonly NodeCondition[];
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** All conditions the node should show. */
export function nodeConditions(causes: ConditionCauses): readonly WantedCondition[] {
  const conditions = new Map<string, WantedCondition>();
  for (const each of [...calm, ...causes.reported.map(reportedCondition)]) conditions.set(each.type, each);
  for (const each of [readyCondition(causes), reachableCondition(causes.provider)]) conditions.set(each.type, each);
  return [...conditions.values()];
}

/** A node without a machine has no pressure, unless its provider says so. */
const calm: readonly WantedCondition[] = [
  pressure('MemoryPressure', 'KubeletHasSufficientMemory', 'memory is the provider’s concern'),
  pressure('DiskPressure', 'KubeletHasNoDiskPressure', 'disks are the provider’s concern'),
  pressure('PIDPressure', 'KubeletHasSufficientPID', 'processes are the provider’s concern'),
  {
    ...pressure('NetworkUnavailable', 'VirtualNode', 'the network is the provider’s concern'),
    yields: true,
  },
];

function pressure(type: string, reason: string, message: string): WantedCondition {
  return { type, status: 'False', reason, message };
}

function reportedCondition({ type, status, reason = '', message = '' }: NodeCondition): WantedCondition {
  return {
    type,
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    reason,
    message,
  };
}

function readyCondition({ provider, outage, now }: ConditionCauses): WantedCondition {
  const isOver =
    outage.mode === 'not-ready' && provider.verdict === 'unreachable' && now - provider.since >= outage.after;
  return isOver ? notReady('ProviderUnreachable', provider.message) : ready;
}

const ready: WantedCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'KubeletReady',
  message: 'the virtual kubelet is ready',
};

/** A Ready condition that says no. */
export function notReady(reason: string, message: string): WantedCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

function reachableCondition({ verdict, message }: Reachability): WantedCondition {
  const type = providerReachableType;
  if (verdict === 'reachable')
    return { type, status: 'True', reason: 'PingSucceeded', message: 'the provider answers' };
  if (verdict === 'unreachable') return { type, status: 'False', reason: 'PingFailed', message };
  return {
    type,
    status: 'Unknown',
    reason: 'NoPingYet',
    message: 'the provider has not been asked yet',
  };
}
