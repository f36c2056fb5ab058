/** Which pods are behind a Service, and by which ports: what both EndpointSlices and Endpoints are made from. */
import type { Pod, Service, ServicePort } from '@virtual-kubelet/kubernetes';
import { matchesLabels } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import { selectionOf } from './owned-pods.js';
import { hasEnded } from './pod-state.js';

/** Whether labels are those a Service selects. One without a selector selects nothing. */
function selectionOfService({ spec }: Stored<Service>): (labels: StoredPod['metadata']['labels']) => boolean {
  const matchLabels = spec?.selector ?? {};
  const requirements = Object.keys(matchLabels).length === 0 ? undefined : selectionOf({ matchLabels });
  return (labels) => matchesLabels(requirements, labels);
}

/** The keys of the Services that select a pod, or did before this change of it. */
export function servicesOfPod({ object, previous }: StoreEvent, view: ClusterView): readonly string[] {
  const { namespace = '', labels } = object.metadata;
  const before = previous && typed<Pod>(previous);
  const isSelected = (service: Stored<Service>): boolean =>
    [labels, before?.metadata.labels].some(selectionOfService(service));
  return view
    .list('services', namespace)
    .filter(isSelected)
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
}

/** Whether a Service leaves its addresses to whoever made it. */
export function hasNoSelector({ spec }: Stored<Service>): boolean {
  return spec?.type === 'ExternalName' || Object.keys(spec?.selector ?? {}).length === 0;
}

/** The pods behind a Service that have an address and have not ended. */
export function podsBehind(service: Stored<Service>, view: ClusterView): readonly StoredPod[] {
  const selects = selectionOfService(service);
  return view
    .list('pods', service.metadata.namespace ?? '')
    .filter((pod) => selects(pod.metadata.labels) && !hasEnded(pod) && (pod.status?.podIP ?? '') !== '');
}

/** A port of a pod that a Service leads to. */
export interface TargetPort {
  /** Empty where the Service has one port without a name. */
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** The ports of a pod that a Service leads to, in the order of the Service; those the pod does not name are left out. */
export function targetPorts(service: Stored<Service>, pod: StoredPod): readonly TargetPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetOf(port, pod);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function targetOf({ targetPort, port, protocol = 'TCP' }: ServicePort, pod: StoredPod): number | undefined {
  if (typeof targetPort !== 'string') return targetPort ?? port;
  const containers = pod.spec?.containers ?? [];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .find((one) => one.name === targetPort && (one.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The name a pod is known by in the domain of a headless Service; undefined where it has none. */
export function hostnameIn(service: Stored<Service>, { spec }: StoredPod): string | undefined {
  return spec?.subdomain === service.metadata.name ? spec.hostname : undefined;
}

/** The label of what belongs to a Service without an address of its own. */
export function headlessLabel({ spec }: Stored<Service>): Readonly<Record<string, string>> {
  return spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
}
