import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '@virtual-kubelet/kubernetes';
import { isOwnCondition } from './conditions.js';
import { without } from '../without.js';

/** Fields that are written as a whole and cleared when they are no longer wanted. */
const ownFields = [
  'phase',
  'reason',
  'message',
  'podIP',
  'hostIP',
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
] as const satisfies readonly (keyof PodStatus)[];
/** Fields that are never cleared: fixed once, or kept by the API server when left out. */
const lastingFields = ['startTime', 'qosClass', 'observedGeneration'] as const satisfies readonly (keyof PodStatus)[];
/** Lists the API server merges by key: without a directive an old address would stay beside the new one. */
const addressFields = ['podIPs', 'hostIPs'] as const satisfies readonly (keyof PodStatus)[];

type Fields = Record<string, unknown>;

/**
 * Statuses as they compare: the API server shows `lastState: {}` for a container that never ended, whether it was written or
 * not, and a difference that no write can remove would be written for ever.
 */
function comparable(value: PodStatus[(typeof ownFields)[number]] | null): unknown {
  return Array.isArray(value) ? value.map(withoutEmptyLastState) : value;
}

function withoutEmptyLastState(status: ContainerStatus): ContainerStatus {
  const { lastState } = status;
  return !lastState || Object.keys(lastState).length > 0 ? status : without(status, 'lastState');
}

/** The condition with explicit nulls for what it no longer says, since conditions merge field by field. */
function conditionPatch(before: PodCondition | undefined, wanted: PodCondition): object | undefined {
  if (!before) return wanted;
  if (semanticEqual(before, wanted)) return undefined;
  const cleared: Fields = {};
  for (const [field, value] of Object.entries(before))
    if (value !== null && !Object.hasOwn(wanted, field)) cleared[field] = null;
  return { ...cleared, ...wanted };
}

function conditionPatches(before: readonly PodCondition[], wanted: readonly PodCondition[]): readonly object[] {
  const patches: object[] = [];
  for (const condition of wanted) {
    const seen = before.find((c) => c.type === condition.type);
    const patch = conditionPatch(seen, condition);
    if (patch) patches.push(patch);
  }
  for (const { type } of before)
    if (isOwnCondition(type) && !wanted.some((c) => c.type === type)) patches.push({ $patch: 'delete', type });
  return patches;
}

function addressPatch(wanted: readonly object[] | undefined): readonly object[] | null {
  return wanted?.length ? [{ $patch: 'replace' }, ...wanted] : null;
}

/**
 * The strategic merge patch for the status subresource that turns the status last seen into the wanted one, as far as its
 * fields are this node's; undefined when they say the same. It carries the UID, so that it never hits another pod of the
 * same name: the API server answers 422 with cause `metadata.uid` then.
 */
export function statusPatch(pod: Pod, wanted: PodStatus): object | undefined {
  const before = pod.status ?? {};
  const status: Fields = {};
  for (const field of ownFields)
    if (!semanticEqual(comparable(before[field]), comparable(wanted[field]))) status[field] = wanted[field] ?? null;
  for (const field of lastingFields)
    if (wanted[field] !== undefined && wanted[field] !== before[field]) status[field] = wanted[field];
  for (const field of addressFields)
    if (!semanticEqual(before[field], wanted[field])) status[field] = addressPatch(wanted[field]);
  const conditions = conditionPatches(before.conditions ?? [], wanted.conditions ?? []);
  if (conditions.length > 0) status['conditions'] = conditions;
  if (Object.keys(status).length === 0) return undefined;
  return { metadata: { uid: pod.metadata?.uid }, status };
}
