/** Pods. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import { formatTime, qosClass, QuantityError } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import type { FieldError } from '../field-error.js';
import { forbiddenField } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, json, list, number, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { KindRules } from './kind-rules.js';
import { admitPod } from './pod-admission.js';
import { bindingSubresource } from './pod-binding.js';
import { ephemeralContainersSubresource } from './pod-ephemeral-containers.js';
import { evictionSubresource } from './pod-eviction.js';
import { resizeSubresource } from './pod-resize.js';
import { podSpecDefaults, requestsFromLimits } from './pod-spec-defaults.js';
import { podStatusDefaults, podStatusErrors, updatePodStatus } from './pod-status.js';
import { podChangeErrors } from './pod-update-validation.js';
import { podErrors } from './pod-validation.js';

/** What pods do differently. */
export const podRules: KindRules = {
  hasGeneration: true,
  returnsDeleted: true,
  defaults: podDefaults,
  create: createPod,
  admit: admitPod,
  updateStatus: updatePodStatus,
  validate: podErrors,
  validateCreate: noEphemeralContainers,
  validateUpdate: podChangeErrors,
  validateStatus: podStatusErrors,
  grace: podGrace,
  fields: new Map([
    ['spec.nodeName', (pod) => text(pod, 'spec', 'nodeName')],
    ['spec.restartPolicy', (pod) => text(pod, 'spec', 'restartPolicy')],
    ['spec.schedulerName', (pod) => text(pod, 'spec', 'schedulerName')],
    ['spec.serviceAccountName', (pod) => text(pod, 'spec', 'serviceAccountName')],
    ['spec.hostNetwork', (pod) => String(json(pod, 'spec').hostNetwork === true)],
    ['status.phase', (pod) => text(pod, 'status', 'phase')],
    ['status.podIP', podIP],
    ['status.nominatedNodeName', (pod) => text(pod, 'status', 'nominatedNodeName')],
  ]),
  subresources: {
    binding: bindingSubresource,
    ephemeralcontainers: ephemeralContainersSubresource,
    eviction: evictionSubresource,
    resize: resizeSubresource,
  },
};

function podIP(pod: StoredObject): string {
  const first = list(pod, 'status', 'podIPs')[0];
  return text(first, 'ip') || text(pod, 'status', 'podIP');
}

function noEphemeralContainers(draft: DraftObject): readonly FieldError[] {
  const path = 'spec.ephemeralContainers';
  return list(draft, 'spec', 'ephemeralContainers').length === 0
    ? []
    : [forbiddenField(path, 'cannot be set on create')];
}

function podDefaults(draft: DraftObject): DraftObject {
  const grace = number(draft, 'spec', 'terminationGracePeriodSeconds') ?? 0;
  const mended = grace < 0 ? change(json(draft, 'spec'), { terminationGracePeriodSeconds: 1 }) : json(draft, 'spec');
  const spec = podSpecDefaults(mended);
  const filled = withDefaults(requestsFromLimits(spec), { enableServiceLinks: true });
  return podStatusDefaults(withFields(draft, { spec: filled }));
}

function createPod(draft: DraftObject, call: Call): DraftObject {
  const isGated = list(draft, 'spec', 'schedulingGates').length > 0;
  const status = {
    phase: 'Pending',
    qosClass: qosOf(draft),
    ...(isGated ? { conditions: [gatedCondition(call)] } : {}),
  };
  return withMeta(withFields(draft, { status }), { generation: 1 });
}

function gatedCondition(call: Call): Json {
  return {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastProbeTime: null,
    lastTransitionTime: formatTime(call.context.now),
  };
}

/** Quantities that cannot be read are refused by validation; the class does not matter then. */
function qosOf(draft: DraftObject): string {
  try {
    return qosClass(
      withFields(draft, {
        spec: { ...json(draft, 'spec'), containers: list(draft, 'spec', 'containers') },
      }) as unknown as Pod,
    );
  } catch (error) {
    if (error instanceof QuantityError) return 'BestEffort';
    throw error;
  }
}

/** An unbound pod, or one that has ended, has nothing to wait for. */
function podGrace(pod: StoredObject, asked: number | undefined): number {
  const phase = text(pod, 'status', 'phase');
  if (text(pod, 'spec', 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
  const own = field(json(pod, 'spec'), 'terminationGracePeriodSeconds');
  const grace = asked ?? (typeof own === 'number' ? own : 0);
  return grace < 0 ? 1 : grace;
}
