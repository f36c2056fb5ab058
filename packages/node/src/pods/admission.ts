import type { OwnerReference, Pod, Taint } from '@virtual-kubelet/kubernetes';
import type { FidelityTable } from '@virtual-kubelet/provider';
import { checkFidelity } from '@virtual-kubelet/provider';
import type { CapacityLedger } from './capacity-ledger.js';
import type { Hold, Verdict } from './known-pod.js';
import type { PodPolicy } from './pod-policy.js';

/** Why a pod may not run here. */
export interface Refusal {
  /** One word in CamelCase for `status.reason` or the waiting reason. */
  readonly reason: string;
  /** Names the field and what the user can do. */
  readonly message: string;
}

/** What admission decides. */
export type Admission = { readonly admitted: true } | { readonly verdict: Verdict } | { readonly hold: Hold };

/** What admission looks at beside the pod. */
export interface AdmissionOptions {
  readonly policy: PodPolicy;
  readonly fidelity: FidelityTable;
  readonly operatingSystem: 'linux' | 'windows';
  /** The node's own taint; absent when it has none. */
  readonly taint?: Taint;
  readonly ledger: CapacityLedger;
}

function controllerOf(pod: Pod): OwnerReference | undefined {
  return pod.metadata?.ownerReferences?.find((owner) => owner.controller);
}

function isDaemonSetPod(pod: Pod): boolean {
  return controllerOf(pod)?.kind === 'DaemonSet';
}

/** Whether the pod's author meant a virtual node: it names the node's taint or selects by type. */
function isMeantForUs(pod: Pod, taint: Taint | undefined): boolean {
  if (!taint) return true;
  if (pod.spec?.nodeSelector?.['type'] === 'virtual-kubelet') return true;
  return pod.spec?.tolerations?.some((toleration) => toleration.key === taint.key) ?? false;
}

/**
 * A refused pod is held when something would replace it for ever; a Failed one without a controller, or of a Job that
 * never restarts, stays as it is and tells its owner.
 */
export function refuse(pod: Pod, refusal: Refusal, onRefusal: PodPolicy['onRefusal']): Admission {
  const controller = controllerOf(pod);
  const endsWithFailure =
    controller === undefined || (controller.kind === 'Job' && pod.spec?.restartPolicy === 'Never');
  if (onRefusal === 'fail' || endsWithFailure) return { verdict: { phase: 'Failed', ...refusal } };
  return { hold: { ...refusal, untilChanged: true } };
}

function unsupportedField(pod: Pod, fidelity: FidelityTable): Refusal | undefined {
  const { refused } = checkFidelity(fidelity, pod);
  const first = refused[0];
  if (!first) return undefined;
  const more =
    refused.length > 1
      ? ` (and ${refused.length - 1} more: ${refused
          .slice(1)
          .map((f) => f.field)
          .join(', ')})`
      : '';
  return {
    reason: 'ProviderUnsupported',
    message: `${first.field}: ${first.reason}${more}; remove the field or schedule the pod on another node`,
  };
}

function daemonSet(pod: Pod, options: AdmissionOptions): Admission | undefined {
  const { policy, taint } = options;
  if (policy.daemonSetPods === 'run' || !isDaemonSetPod(pod) || isMeantForUs(pod, taint)) return undefined;
  const refusal: Refusal = {
    reason: 'DaemonSetNotMeantForVirtualNode',
    message: `this DaemonSet tolerates every taint without naming ${taint?.key}; exclude the node with an affinity (type NotIn [virtual-kubelet]), tolerate ${taint?.key} to run it here, or start the node with --daemonset-pods=run`,
  };
  return policy.daemonSetPods === 'fail'
    ? { verdict: { phase: 'Failed', ...refusal } }
    : { hold: { ...refusal, untilChanged: true } };
}

function capacity(pod: Pod, options: AdmissionOptions): Admission | undefined {
  if (options.policy.admission === 'none') return undefined;
  const short = options.ledger.admit(pod.metadata?.uid ?? '', pod);
  if (!short) return undefined;
  const message = `Pod was rejected: Node didn't have enough resource: ${short.resource}, requested: ${short.requested}, used: ${short.used}, capacity: ${short.capacity}`;
  return { verdict: { phase: 'Failed', reason: `OutOf${short.resource}`, message } };
}

/**
 * Whether a pod that has no workload yet may get one. Running pods are never asked again: a node that changes its mind
 * about them would kill work.
 */
export function admit(pod: Pod, options: AdmissionOptions): Admission {
  const os = pod.spec?.os?.name;
  if (os !== undefined && os !== options.operatingSystem) {
    const message = `Failed to admit pod as the OS field doesn't match node OS: the pod wants ${os}, the node runs ${options.operatingSystem}`;
    return { verdict: { phase: 'Failed', reason: 'PodOSNotSupported', message } };
  }
  const held = daemonSet(pod, options);
  if (held) return held;
  const unsupported = unsupportedField(pod, options.fidelity);
  if (unsupported) return refuse(pod, unsupported, options.policy.onRefusal);
  return capacity(pod, options) ?? { admitted: true };
}
