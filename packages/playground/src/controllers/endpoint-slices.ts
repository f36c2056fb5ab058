/** EndpointSlices: the addresses behind each Service, and whether they take traffic. */
import type { Endpoint, EndpointPort, EndpointSlice, Service } from '@virtual-kubelet/kubernetes';
import { deepEqual, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { controllerRef, managedBy } from './owned-pods.js';
import { isLeaving, isReady } from './pod-state.js';
import { hasNoSelector, headlessLabel, hostnameIn, podsBehind, servicesOfPod, targetPorts } from './service-pods.js';
import type { Write } from './write.js';
import { createWrite, removeWrite, updateWrite } from './write.js';

const manager = 'endpointslice-controller.k8s.io';
const most = 100;

/** Keeps EndpointSlices of Services with a selector. */
export const endpointSlices: Controller = {
  name: 'endpointslice',
  watches: ['services', 'pods', 'discovery.k8s.io/endpointslices'],
  keysFor,
  reconcile(key, view) {
    const service = view.get('services', key);
    return service === undefined || hasNoSelector(service) ? noPlan : planFor(service, view);
  },
};

function keysFor(event: StoreEvent, view: ClusterView): readonly string[] {
  const { storage, object, key } = event;
  if (storage === 'services') return [key];
  if (storage === 'pods') return servicesOfPod(event, view);
  const { namespace = '', labels = {} } = object.metadata;
  const service = labels['kubernetes.io/service-name'];
  return service === undefined || event.type === 'ADDED' ? [] : [`${namespace}/${service}`];
}

type Slice = Pick<EndpointSlice, 'endpoints' | 'ports'>;

function planFor(service: Stored<Service>, view: ClusterView): Plan {
  const pods = podsBehind(service, view);
  const wanted = slicesOf(service, pods);
  const present = managedBy<EndpointSlice>(view, service, 'discovery.k8s.io/endpointslices').toSorted((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
  const spare = present.slice(wanted.length).map((slice) => removeWrite(slice));
  const kept = wanted.flatMap((slice, index) => written(service, slice, present[index]));
  return { writes: [...kept, ...spare] };
}

function written(service: Stored<Service>, slice: Slice, present: Stored<EndpointSlice> | undefined): readonly Write[] {
  if (present !== undefined) {
    const isSame = semanticEqual(slice.endpoints, present.endpoints) && semanticEqual(slice.ports, present.ports);
    return isSame ? [] : [updateWrite(present, { ...slice })];
  }
  const { namespace, name, labels = {} } = service.metadata;
  const own = { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': manager };
  const metadata = {
    namespace,
    generateName: `${name}-`,
    labels: { ...labels, ...own, ...headlessLabel(service) },
    ownerReferences: [controllerRef(service)],
  };
  return [
    createWrite({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4', ...slice }),
  ];
}

/** Pods whose named ports mean the same numbers share slices. A Service without pods has one empty slice. */
function slicesOf(service: Stored<Service>, pods: readonly StoredPod[]): readonly Slice[] {
  const groups: { readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] }[] = [];
  for (const pod of pods) {
    const ports: readonly EndpointPort[] = targetPorts(service, pod);
    const group = groups.find((one) => deepEqual(one.ports, ports)) ?? { ports, endpoints: [] };
    if (group.endpoints.length === 0) groups.push(group);
    group.endpoints.push(endpointOf(service, pod));
  }
  if (groups.length === 0) return [{ endpoints: [] }];
  return groups.flatMap(({ ports, endpoints }) => chunks(endpoints).map((some) => ({ ports, endpoints: some })));
}

function chunks(endpoints: readonly Endpoint[]): readonly (readonly Endpoint[])[] {
  return Array.from({ length: Math.ceil(endpoints.length / most) }, (_, index) =>
    endpoints.slice(index * most, (index + 1) * most),
  );
}

function endpointOf(service: Stored<Service>, pod: StoredPod): Endpoint {
  const { namespace, name, uid } = pod.metadata;
  const serving = isReady(pod);
  const terminating = isLeaving(pod);
  const { nodeName } = pod.spec ?? {};
  const hostname = hostnameIn(service, pod);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}
