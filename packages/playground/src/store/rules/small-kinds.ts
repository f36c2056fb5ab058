/** Kinds whose rules are a few defaults. */
import { formatTime, semanticEqual } from '@virtual-kubelet/kubernetes';
import { forbiddenField, invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, json, list, mapList, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { Errors } from './check.js';
import { selectorErrors } from './check.js';
import type { KindRules } from './kind-rules.js';

function withSpec(defaults: (spec: Json) => Json): (draft: DraftObject) => DraftObject {
  return (draft) => withFields(draft, { spec: defaults(json(draft, 'spec')) });
}

function filled(defaults: Json): (draft: DraftObject) => DraftObject {
  return (draft) => withDefaults(draft, defaults) as DraftObject;
}

/** Names that may be anything that fits into a path, as those of roles. */
function pathSegment(name: string): string | undefined {
  return name === '.' || name === '..' || /[/%]/.test(name)
    ? 'may not be "." or ".." and may not contain "/" or "%"'
    : undefined;
}

function unchangeable(names: readonly string[]): (draft: DraftObject, old: StoredObject) => Errors {
  return (draft, old) =>
    names
      .filter((name) => !semanticEqual(field(draft, name), field(old, name)))
      .map((name) => invalidValue(name, field(draft, name), 'field is immutable'));
}

const rbacGroup = 'rbac.authorization.k8s.io';

function bindingDefaults(draft: DraftObject): DraftObject {
  const withRole = withFields(draft, { roleRef: withDefaults(json(draft, 'roleRef'), { apiGroup: rbacGroup }) });
  return mapList(withRole, 'subjects', (subject) =>
    text(subject, 'kind') === 'ServiceAccount' ? subject : withDefaults(subject, { apiGroup: rbacGroup }),
  ) as DraftObject;
}

function roleRefErrors(draft: DraftObject, old: StoredObject): Errors {
  if (semanticEqual(draft.roleRef, old.roleRef)) return [];
  return [invalidValue('roleRef', draft.roleRef, 'cannot change roleRef')];
}

const roleRules: KindRules = { checkName: pathSegment, createsOnUpdate: true };
const roleBindingRules: KindRules = {
  checkName: pathSegment,
  createsOnUpdate: true,
  defaults: bindingDefaults,
  validateUpdate: roleRefErrors,
};

const claimRules: KindRules = {
  returnsDeleted: true,
  defaults: withSpec((spec) => withDefaults(spec, { volumeMode: 'Filesystem' })),
  create: (draft) => withFields(draft, { status: { phase: 'Pending' } }),
};

const volumeRules: KindRules = {
  returnsDeleted: true,
  defaults: withSpec((spec) => {
    const filled = withDefaults(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    const hostPath = field(spec, 'hostPath');
    return hostPath === undefined
      ? filled
      : change(filled, { hostPath: withDefaults(json(spec, 'hostPath'), { type: '' }) });
  }),
  create: (draft, call) =>
    withFields(draft, { status: { phase: 'Pending', lastPhaseTransitionTime: formatTime(call.context.now) } }),
};

const storageClassRules: KindRules = {
  returnsDeleted: true,
  defaults: filled({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  validateUpdate: unchangeable(['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']),
};

const driverRules: KindRules = {
  returnsDeleted: true,
  allowsUnconditionalUpdate: false,
  defaults: withSpec((spec) =>
    withDefaults(spec, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
      preventPodSchedulingIfMissing: false,
    }),
  ),
};

const endpointsRules: KindRules = {
  createsOnUpdate: true,
  defaults: (draft) =>
    mapList(draft, 'subsets', (subset) =>
      mapList(subset, 'ports', (port) => withDefaults(port, { protocol: 'TCP' })),
    ) as DraftObject,
};

const sliceRules: KindRules = {
  hasGeneration: true,
  countsLabels: true,
  defaults: (draft) =>
    mapList(draft, 'ports', (port) => withDefaults(port, { name: '', protocol: 'TCP' })) as DraftObject,
};

const networkPolicyRules: KindRules = {
  hasGeneration: true,
  defaults: withSpec((spec) => {
    const types =
      list(spec, 'policyTypes').length > 0
        ? spec.policyTypes
        : ['Ingress', ...(list(spec, 'egress').length > 0 ? ['Egress'] : [])];
    const rule = (each: Json): Json => mapList(each, 'ports', (port) => withDefaults(port, { protocol: 'TCP' }));
    return change(mapList(mapList(spec, 'ingress', rule), 'egress', rule), { policyTypes: types });
  }),
};

const priorityClassRules: KindRules = {
  hasGeneration: true,
  defaults: filled({ preemptionPolicy: 'PreemptLowerPriority' }),
  validateUpdate: (draft, old) =>
    semanticEqual(draft.value, old.value) ? [] : [forbiddenField('value', 'may not be changed in an update.')],
};

const budgetRules: KindRules = {
  hasGeneration: true,
  allowsUnconditionalUpdate: false,
  create: (draft) =>
    withFields(draft, { status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } }),
  validate: (draft) => selectorErrors('spec.selector', json(draft, 'spec').selector),
};

const limitRangeRules: KindRules = {
  createsOnUpdate: true,
  defaults: withSpec((spec) => mapList(spec, 'limits', limitDefaults)),
};

/** Of containers: a limit defaults to the maximum, a request to the limit, then to the minimum. */
function limitDefaults(item: Json): Json {
  if (text(item, 'type') !== 'Container') return item;
  const limits = withDefaults(json(item, 'default'), json(item, 'max'));
  const requests = withDefaults(withDefaults(json(item, 'defaultRequest'), limits), json(item, 'min'));
  const given = (amounts: Json): Json | undefined => (Object.keys(amounts).length === 0 ? undefined : amounts);
  return change(item, { default: given(limits), defaultRequest: given(requests) });
}

/** Rules by storage name. */
export const smallKindRules: ReadonlyMap<string, KindRules> = new Map<string, KindRules>([
  ['endpoints', endpointsRules],
  ['limitranges', limitRangeRules],
  ['persistentvolumeclaims', claimRules],
  ['persistentvolumes', volumeRules],
  ['resourcequotas', { returnsDeleted: true }],
  ['discovery.k8s.io/endpointslices', sliceRules],
  ['networking.k8s.io/ingressclasses', { hasGeneration: true }],
  ['networking.k8s.io/ingresses', { hasGeneration: true }],
  ['networking.k8s.io/networkpolicies', networkPolicyRules],
  ['node.k8s.io/runtimeclasses', { createsOnUpdate: true, allowsUnconditionalUpdate: false }],
  ['policy/poddisruptionbudgets', budgetRules],
  ['rbac.authorization.k8s.io/clusterrolebindings', roleBindingRules],
  ['rbac.authorization.k8s.io/clusterroles', roleRules],
  ['rbac.authorization.k8s.io/rolebindings', roleBindingRules],
  ['rbac.authorization.k8s.io/roles', roleRules],
  ['scheduling.k8s.io/priorityclasses', priorityClassRules],
  ['storage.k8s.io/csidrivers', driverRules],
  ['storage.k8s.io/csinodes', { returnsDeleted: true, allowsUnconditionalUpdate: false }],
  ['storage.k8s.io/csistoragecapacities', { allowsUnconditionalUpdate: false }],
  ['storage.k8s.io/storageclasses', storageClassRules],
  ['storage.k8s.io/volumeattachments', { returnsDeleted: true, allowsUnconditionalUpdate: false }],
  ['storage.k8s.io/volumeattributesclasses', { returnsDeleted: true }],
]);
