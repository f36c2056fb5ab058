/** Endpoints: the older form of what is behind a Service, one object of its name, which many clients still read. */
import type { Endpoints, EndpointSubset, Service } from '@virtual-kubelet/kubernetes';
import { deepEqual, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { isLeaving, isReady } from './pod-state.js';
import type { TargetPort } from './service-pods.js';
import { hasNoSelector, headlessLabel, hostnameIn, podsBehind, servicesOfPod, targetPorts } from './service-pods.js';
import { createWrite, removeWrite, updateWrite } from './write.js';

const managedBy = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } as const;
const [managerLabel] = Object.keys(managedBy) as [keyof typeof managedBy];
/** Addresses one object holds at most, as upstream; what is beyond is left out and an annotation says so. */
const most = 1000;
const overCapacity = 'endpoints.kubernetes.io/over-capacity';

/** Keeps Endpoints of Services with a selector. */
export const endpoints: Controller = {
  name: 'endpoint',
  watches: ['services', 'pods', 'endpoints'],
  keysFor(event, view) {
    if (event.storage === 'services') return [event.key];
    return event.storage === 'pods' ? servicesOfPod(event, view) : keysOf(event);
  },
  reconcile(key, view) {
    const service = view.get('services', key);
    const present = view.get('endpoints', key);
    if (service !== undefined) return hasNoSelector(service) ? noPlan : planFor(service, present, view);
    return present === undefined ? noPlan : { writes: [removeWrite(present)] };
  },
};

/** Whoever keeps Endpoints without a Service may do so. */
function keysOf({ type, key, object }: StoreEvent): readonly string[] {
  const isOwn = object.metadata.labels?.[managerLabel] === managedBy[managerLabel];
  return type === 'DELETED' || isOwn ? [key] : [];
}

function planFor(service: Stored<Service>, present: Stored<Endpoints> | undefined, view: ClusterView): Plan {
  const { namespace, name } = service.metadata;
  const labels = { ...service.metadata.labels, ...headlessLabel(service), ...managedBy };
  const all = subsetsOf(service, podsBehind(service, view));
  const subsets = firstAddresses(all, most);
  const annotations = annotationsOf(present?.metadata.annotations, subsets !== all);
  if (present === undefined) {
    const metadata = { name, namespace, labels, ...(annotations === undefined ? {} : { annotations }) };
    return { writes: [createWrite({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets })] };
  }
  const isCurrent =
    semanticEqual(subsets, present.subsets) &&
    semanticEqual(labels, present.metadata.labels) &&
    semanticEqual(annotations, present.metadata.annotations);
  if (isCurrent) return noPlan;
  const { annotations: _annotations, ...metadata } = present.metadata;
  const changed = { ...metadata, labels, ...(annotations === undefined ? {} : { annotations }) };
  return { writes: [updateWrite(present, { metadata: changed, subsets })] };
}

/** Undefined where there are none, as the server keeps them: otherwise every look would end in a write. */
function annotationsOf(
  present: Readonly<Record<string, string>> = {},
  isTruncated: boolean,
): Readonly<Record<string, string>> | undefined {
  const { [overCapacity]: _over, ...others } = present;
  const all = isTruncated ? { ...others, [overCapacity]: 'truncated' } : others;
  return Object.keys(all).length === 0 ? undefined : all;
}

interface Group {
  readonly ports: readonly TargetPort[];
  readonly pods: readonly StoredPod[];
}

/** Ports behind which the very same pods are share a subset. */
function subsetsOf(service: Stored<Service>, pods: readonly StoredPod[]): readonly EndpointSubset[] {
  const present = pods.filter((pod) => !isLeaving(pod) || publishesAll(service));
  const groups: readonly Group[] = isHeadlessWithoutPorts(service)
    ? [{ ports: [], pods: present }].filter((group) => group.pods.length > 0)
    : joined(byPort(service, present));
  return groups.map((group) => subsetOf(service, group));
}

function byPort(service: Stored<Service>, pods: readonly StoredPod[]): readonly Group[] {
  const groups: { readonly ports: readonly [TargetPort]; readonly pods: StoredPod[] }[] = [];
  for (const pod of pods)
    for (const port of targetPorts(service, pod)) {
      const group = groups.find(({ ports: [one] }) => deepEqual(one, port));
      if (group === undefined) groups.push({ ports: [port], pods: [pod] });
      else group.pods.push(pod);
    }
  return groups;
}

function joined(groups: readonly Group[]): readonly Group[] {
  const found: Group[] = [];
  for (const group of groups) {
    const index = found.findIndex(({ pods }) => isSame(pods, group.pods));
    const other = found[index];
    if (other === undefined) found.push(group);
    else found[index] = { ...other, ports: [...other.ports, ...group.ports] };
  }
  return found;
}

function isSame(pods: readonly StoredPod[], others: readonly StoredPod[]): boolean {
  return pods.length === others.length && pods.every((pod, index) => pod === others[index]);
}

function publishesAll({ spec }: Stored<Service>): boolean {
  return spec?.publishNotReadyAddresses === true;
}

function isHeadlessWithoutPorts({ spec }: Stored<Service>): boolean {
  return spec?.clusterIP === 'None' && (spec.ports ?? []).length === 0;
}

function subsetOf(service: Stored<Service>, { ports, pods }: Group): EndpointSubset {
  const counts = (pod: StoredPod): boolean => publishesAll(service) || isReady(pod);
  const addresses = pods.filter(counts).map((pod) => addressOf(service, pod));
  const notReadyAddresses = pods.filter((pod) => !counts(pod)).map((pod) => addressOf(service, pod));
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports: ports.map(portOf) }),
  };
}

/** The server keeps no empty name: with one, every look would end in a write. */
function portOf({ name, ...port }: TargetPort): TargetPort | Omit<TargetPort, 'name'> {
  return name === '' ? port : { name, ...port };
}

type Address = NonNullable<EndpointSubset['addresses']>[number];

function addressOf(service: Stored<Service>, pod: StoredPod): Address {
  const { namespace, name, uid } = pod.metadata;
  const { nodeName } = pod.spec ?? {};
  const hostname = hostnameIn(service, pod);
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  };
}

/** So many addresses, ready ones before others; the very same subsets where there are no more. */
function firstAddresses(subsets: readonly EndpointSubset[], limit: number): readonly EndpointSubset[] {
  const count = (field: 'addresses' | 'notReadyAddresses'): number =>
    subsets.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  const ready = count('addresses');
  if (ready + count('notReadyAddresses') <= limit) return subsets;
  let [room, rest] = [limit, Math.max(0, limit - ready)];
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ...subset }) => {
    const [some, others] = [addresses.slice(0, room), notReadyAddresses.slice(0, rest)];
    room -= some.length;
    rest -= others.length;
    if (some.length + others.length === 0) return [];
    return [
      {
        ...(some.length === 0 ? {} : { addresses: some }),
        ...(others.length === 0 ? {} : { notReadyAddresses: others }),
        ...subset,
      },
    ];
  });
}
