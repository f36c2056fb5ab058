/** Pods. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import { qosClass, QuantityError } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import { change, field, json, list, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { KindRules } from './kind-rules.js';
import { admitPod } from './pod-admission.js';
import { bindingSubresource } from './pod-binding.js';
import { podSpecDefaults, requestsFromLimits } from './pod-spec-defaults.js';
import { podStatusDefaults, podStatusErrors, updatePodStatus } from './pod-status.js';
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
  subresources: { binding: bindingSubresource },
};

function podIP(pod: StoredObject): string {
  const first = list(pod, 'status', 'podIPs')[0];
  return text(first, 'ip') || text(pod, 'status', 'podIP');
}

function podDefaults(draft: DraftObject): DraftObject {
  const spec = podSpecDefaults(json(draft, 'spec'));
  const filled = withDefaults(requestsFromLimits(spec), { enableServiceLinks: true });
  return podStatusDefaults(withFields(draft, { spec: filled }));
}

function createPod(draft: DraftObject, _call: Call): DraftObject {
  const gates = list(draft, 'spec', 'schedulingGates');
  const gated = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastProbeTime: null,
    lastTransitionTime: null,
  };
  const status = change(
    { phase: 'Pending', qosClass: qosOf(draft) },
    { conditions: gates.length > 0 ? [gated] : undefined },
  );
  return withMeta(withFields(draft, { status }), { generation: 1 });
}

/** Quantities that cannot be read are refused by validation; the class does not matter then. */
function qosOf(draft: DraftObject): string {
  try {
    return qosClass(withFields(draft, { spec: { containers: [], ...json(draft, 'spec') } }) as unknown as Pod);
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
