/** The columns of the smaller kinds. */
import type { Json } from '../json.js';
import { at, json, list, number, text, texts } from '../json.js';
import type { Column } from './column.js';
import { age, column, createdAt, integerColumn, joined, none, sizeOf, textAt, unknown, unset, wide } from './column.js';
import { humanDuration } from './human-duration.js';

const orUnset = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : unset);

function valueAt(word: string, ...path: readonly string[]): Column['cell'] {
  return (object) => {
    const found = at(object, ...path);
    return typeof found === 'string' || typeof found === 'number' ? String(found) : word;
  };
}

const accessWords: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly string[]): string {
  return [...new Set(modes)].map((mode) => accessWords[mode] ?? mode).join(',');
}

const claimColumns: readonly Column[] = [
  column('Status', (claim) =>
    text(claim, 'metadata', 'deletionTimestamp') === '' ? text(claim, 'status', 'phase') : 'Terminating',
  ),
  column('Volume', (claim) => text(claim, 'spec', 'volumeName')),
  column('Capacity', (claim) => text(claim, 'status', 'capacity', 'storage')),
  column('Access Modes', (claim) => accessModes(texts(claim, 'status', 'accessModes'))),
  column('StorageClass', (claim) => text(claim, 'spec', 'storageClassName')),
  column('VolumeAttributesClass', (claim) => orUnset(at(claim, 'status', 'currentVolumeAttributesClassName'))),
  age,
  wide('VolumeMode', (claim) => orUnset(at(claim, 'spec', 'volumeMode'))),
];

const volumeColumns: readonly Column[] = [
  column('Capacity', (volume) => text(volume, 'spec', 'capacity', 'storage')),
  column('Access Modes', (volume) => accessModes(texts(volume, 'spec', 'accessModes'))),
  column('Reclaim Policy', (volume) => text(volume, 'spec', 'persistentVolumeReclaimPolicy')),
  column('Status', (volume) =>
    text(volume, 'metadata', 'deletionTimestamp') === '' ? text(volume, 'status', 'phase') : 'Terminating',
  ),
  column('Claim', (volume) => {
    const claim = json(volume, 'spec', 'claimRef');
    return text(claim, 'name') === '' ? '' : `${text(claim, 'namespace')}/${text(claim, 'name')}`;
  }),
  column('StorageClass', (volume) => text(volume, 'spec', 'storageClassName')),
  column('VolumeAttributesClass', (volume) => orUnset(at(volume, 'spec', 'volumeAttributesClassName'))),
  column('Reason', (volume) => text(volume, 'status', 'reason')),
  age,
  wide('VolumeMode', (volume) => orUnset(at(volume, 'spec', 'volumeMode'))),
];

const budgetColumns: readonly Column[] = [
  column('Min Available', valueAt('N/A', 'spec', 'minAvailable')),
  column('Max Unavailable', valueAt('N/A', 'spec', 'maxUnavailable')),
  integerColumn('Allowed Disruptions', (budget) => number(budget, 'status', 'disruptionsAllowed') ?? 0),
  age,
];

const autoscalerColumns: readonly Column[] = [
  column('Reference', (scaler) => {
    const target = json(scaler, 'spec', 'scaleTargetRef');
    return `${text(target, 'kind')}/${text(target, 'name')}`;
  }),
  column('Targets', targets),
  column('MinPods', valueAt(unset, 'spec', 'minReplicas')),
  column('MaxPods', (scaler) => number(scaler, 'spec', 'maxReplicas') ?? 0),
  column('Replicas', (scaler) => number(scaler, 'status', 'currentReplicas') ?? 0),
  age,
];

/** Only metrics of resources are told in numbers: no others are measured here. */
function targets(scaler: Json): string {
  const old = number(scaler, 'spec', 'targetCPUUtilizationPercentage');
  if (old !== undefined) return `cpu: ${unknown}/${old}%`;
  const wanted = list(scaler, 'spec', 'metrics').map((metric) => {
    const target = json(metric, 'resource', 'target');
    const percent = number(target, 'averageUtilization');
    const name = text(metric, 'resource', 'name') || text(metric, 'type').toLowerCase();
    return `${name}: ${unknown}/${percent === undefined ? text(target, 'averageValue') || 'auto' : `${percent}%`}`;
  });
  return joined(wanted, ', ');
}

const requestColumns: readonly Column[] = [
  age,
  column('SignerName', textAt('spec', 'signerName')),
  column('Requestor', (request) => text(request, 'spec', 'username')),
  column('RequestedDuration', (request) => {
    const seconds = number(request, 'spec', 'expirationSeconds');
    return seconds === undefined ? none : humanDuration(seconds * 1000);
  }),
  column('Condition', (request) => {
    const words = list(request, 'status', 'conditions').map((one) => text(one, 'type'));
    const order = ['Approved', 'Denied', 'Failed'].filter((type) => words.includes(type));
    const all = order.length === 0 ? ['Pending'] : order;
    return [...all, ...(text(request, 'status', 'certificate') === '' ? [] : ['Issued'])].join(',');
  }),
];

const classColumns: readonly Column[] = [
  column('Provisioner', (one) => text(one, 'provisioner')),
  column('ReclaimPolicy', (one) => orUnset(one.reclaimPolicy)),
  column('VolumeBindingMode', (one) => orUnset(one.volumeBindingMode)),
  column('AllowVolumeExpansion', (one) => one.allowVolumeExpansion === true),
  age,
];

function subjects(kind: string): Column['cell'] {
  return (binding) =>
    list(binding, 'subjects')
      .filter((one) => text(one, 'kind') === kind)
      .map((one) => (kind === 'ServiceAccount' ? `${text(one, 'namespace')}/${text(one, 'name')}` : text(one, 'name')))
      .join(', ');
}

const bindingColumns: readonly Column[] = [
  column('Role', (binding) => `${text(binding, 'roleRef', 'kind')}/${text(binding, 'roleRef', 'name')}`),
  age,
  wide('Users', subjects('User')),
  wide('Groups', subjects('Group')),
  wide('ServiceAccounts', subjects('ServiceAccount')),
];

/** `pods: 1/4`, in the order of names. */
function quotas(object: Json, prefix: (name: string) => boolean): string {
  const hard = Object.entries(json(object, 'status', 'hard')).filter(([name]) => prefix(name));
  const used = json(object, 'status', 'used');
  return hard
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, most]) => `${name}: ${text(used, name) || '0'}/${String(most)}`)
    .join(', ');
}

const isLimit = (name: string): boolean => name.startsWith('limits');

/** Columns of the smaller kinds, by resource. */
export const configColumns: readonly (readonly [string, readonly Column[]])[] = [
  ['autoscaling/horizontalpodautoscalers', autoscalerColumns],
  ['certificates.k8s.io/certificatesigningrequests', requestColumns],
  ['configmaps', [column('Data', (map) => sizeOf(map, 'data', 'binaryData')), age]],
  ['coordination.k8s.io/leases', [column('Holder', (lease) => text(lease, 'spec', 'holderIdentity')), age]],
  ['namespaces', [column('Status', (namespace) => text(namespace, 'status', 'phase')), age]],
  ['node.k8s.io/runtimeclasses', [column('Handler', (one) => text(one, 'handler')), age]],
  ['persistentvolumeclaims', claimColumns],
  ['persistentvolumes', volumeColumns],
  ['policy/poddisruptionbudgets', budgetColumns],
  ['rbac.authorization.k8s.io/clusterrolebindings', bindingColumns],
  ['rbac.authorization.k8s.io/clusterroles', [createdAt]],
  ['rbac.authorization.k8s.io/rolebindings', bindingColumns],
  ['rbac.authorization.k8s.io/roles', [createdAt]],
  [
    'resourcequotas',
    [
      column('Request', (quota) => quotas(quota, (name) => !isLimit(name))),
      column('Limit', (quota) => quotas(quota, isLimit)),
      age,
    ],
  ],
  [
    'scheduling.k8s.io/priorityclasses',
    [
      integerColumn('Value', (one) => number(one, 'value') ?? 0),
      { ...column('Global-Default', (one) => one.globalDefault === true), type: 'boolean' },
      age,
      column('PreemptionPolicy', (one) => text(one, 'preemptionPolicy')),
    ],
  ],
  ['secrets', [column('Type', (secret) => text(secret, 'type')), column('Data', (one) => sizeOf(one, 'data')), age]],
  ['serviceaccounts', [age]],
  ['storage.k8s.io/csinodes', [integerColumn('Drivers', (node) => list(node, 'spec', 'drivers').length), age]],
  ['storage.k8s.io/storageclasses', classColumns],
];
