/**
 * The patch of a Node's status as a pure function of the Node as last seen and of what it should say.
 * Only our own fields are in it: conditions and addresses of other types belong to others.
 */
import type { Node, NodeAddress, NodeCondition } from '@virtual-kubelet/kubernetes';
import { deepEqual, formatTime } from '@virtual-kubelet/kubernetes';
import { dictionaryPatch } from './dictionary.js';
import { soleKeys } from './managed-fields.js';
import type { WantedCondition } from './node-conditions.js';
import type { DesiredStatus } from './node-object.js';

/** What a Node's status should say. */
export interface WantedStatus extends DesiredStatus {
  readonly conditions: readonly WantedCondition[];
}

/** What differs, without any time in it: two equal differences need the same correction. */
export interface StatusDifference {
  /** Fields of `status` as a strategic merge patch. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Types of conditions that are missing or read otherwise. */
  readonly changed: readonly string[];
  /** Types of conditions we wrote once and want no more. */
  readonly dropped: readonly string[];
}

/** Body of a strategic merge patch of `nodes/status`. The UID makes it fail on another Node of the same name. */
export interface StatusPatch {
  readonly metadata: { readonly uid?: string };
  readonly status: Readonly<Record<string, unknown>>;
}

/** Undefined when the status says what it should. */
export function statusDifference(seen: Node, wanted: WantedStatus): StatusDifference | undefined {
  const fields = fieldDifference(seen, wanted);
  const changed = ownConditions(seen, wanted).filter((each) => !reads(conditionOf(seen, each.type), each));
  const dropped = staleOf(seen, 'conditions', wanted.conditions).filter((type) => conditionOf(seen, type));
  const isEqual = Object.keys(fields).length + changed.length + dropped.length === 0;
  return isEqual ? undefined : { fields, changed: changed.map(({ type }) => type), dropped };
}

/**
 * The patch to send, or undefined when nothing differs and no heartbeat is due. Every write refreshes all heartbeat times,
 * as a kubelet's does; a transition time moves only with its condition.
 *
 * @param when.now wall time, milliseconds
 * @param when.heartbeat whether to write though nothing differs
 */
export function statusPatch(
  seen: Node,
  wanted: WantedStatus,
  when: { readonly now: number; readonly heartbeat: boolean },
): StatusPatch | undefined {
  const difference = statusDifference(seen, wanted);
  if (difference === undefined && !when.heartbeat) return undefined;
  const uid = seen.metadata?.uid;
  const written = ownConditions(seen, wanted).map((each) => timed(each, conditionOf(seen, each.type), when.now));
  const deleted = (difference?.dropped ?? []).map((type) => ({ $patch: 'delete', type }));
  return {
    metadata: uid === undefined ? {} : { uid },
    status: { ...difference?.fields, conditions: [...written, ...deleted] },
  };
}

/** The conditions as they are written into a Node that does not exist yet. */
export function freshConditions(wanted: readonly WantedCondition[], now: number): readonly NodeCondition[] {
  return wanted.map((each) => timed(each, undefined, now));
}

function timed(wanted: WantedCondition, seen: NodeCondition | undefined, now: number): NodeCondition {
  const { type, status, reason, message } = wanted;
  const time = formatTime(now);
  const since = seen?.status === status ? (seen.lastTransitionTime ?? time) : time;
  return { type, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: since };
}

function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((each) => each.type === type);
}

function reads(seen: NodeCondition | undefined, wanted: WantedCondition): boolean {
  return (
    seen?.status === wanted.status && (seen.reason ?? '') === wanted.reason && (seen.message ?? '') === wanted.message
  );
}

/** NetworkUnavailable belongs to the network where there is one that reports it, whatever it says. */
function ownConditions(seen: Node, { conditions }: WantedStatus): readonly WantedCondition[] {
  return conditions.filter((each) => {
    const present = each.yields === true ? conditionOf(seen, each.type) : undefined;
    return present === undefined || present.reason === each.reason;
  });
}

function staleOf(seen: Node, list: 'conditions' | 'addresses', wanted: readonly { readonly type: string }[]): string[] {
  const ours = soleKeys(seen.metadata?.managedFields, ['status', list]);
  return [...ours].filter((type) => !wanted.some((each) => each.type === type));
}

function fieldDifference(seen: Node, wanted: WantedStatus): Record<string, unknown> {
  const { status } = seen;
  const { declaredFeatures, kubeletPort } = wanted;
  const port = { kubeletEndpoint: { Port: kubeletPort } };
  const fields: Record<string, unknown> = {
    capacity: amountsPatch(seen, 'capacity', wanted),
    allocatable: amountsPatch(seen, 'allocatable', wanted),
    addresses: addressesPatch(seen, wanted.addresses),
    daemonEndpoints: (status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0) === kubeletPort ? undefined : port,
    nodeInfo: infoPatch(seen, wanted),
    declaredFeatures: deepEqual(status?.declaredFeatures ?? [], declaredFeatures ?? []) ? undefined : declaredFeatures,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function amountsPatch(seen: Node, field: 'capacity' | 'allocatable', wanted: WantedStatus): unknown {
  const ours = soleKeys(seen.metadata?.managedFields, ['status', field]);
  return dictionaryPatch(seen.status?.[field], wanted[field], ours);
}

function infoPatch(seen: Node, { nodeInfo }: WantedStatus): unknown {
  const present = seen.status?.nodeInfo;
  const changes = Object.entries(nodeInfo).filter(
    ([key, value]) => !deepEqual(present && Reflect.get(present, key), value),
  );
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/**
 * The list's merge key is the type, of which there may be several (dual stack), so a merge would mix old and new: the whole
 * list is sent, with the addresses of other types in it.
 */
function addressesPatch(seen: Node, wanted: readonly NodeAddress[]): unknown {
  const present = seen.status?.addresses ?? [];
  const stale = staleOf(seen, 'addresses', wanted);
  const foreign = present.filter(({ type }) => !stale.includes(type) && !wanted.some((each) => each.type === type));
  const ours = present.filter((each) => !foreign.includes(each)).map(({ type, address }) => ({ type, address }));
  return deepEqual(sortedByType(ours), sortedByType(wanted))
    ? undefined
    : [...wanted, ...foreign, { $patch: 'replace' }];
}

/** Order counts within a type only: the first address of a type wins. */
function sortedByType(addresses: readonly NodeAddress[]): readonly NodeAddress[] {
  return addresses.toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}
