/** The kinds an agent reads and writes, and those that make pods. Any other can be described with a {@link Resource} of one's own. */
import type {
  CertificateSigningRequest,
  ConfigMap,
  Deployment,
  EndpointSlice,
  Event,
  Job,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  RuntimeClass,
  Secret,
  Service,
  ServiceAccount,
  SubjectAccessReview,
  TokenReview,
} from '@virtual-kubelet/kubernetes';
import type { ApiObject, Resource } from './api.js';

type Scope = 'namespaced' | 'cluster';

function v1<T extends ApiObject>(kind: string, plural: string, scope: Scope): Resource<T> {
  return grouped('', kind, { plural, scope });
}

function grouped<T extends ApiObject>(
  group: string,
  kind: string,
  { plural, scope }: { readonly plural: string; readonly scope: Scope },
): Resource<T> {
  return Object.freeze({ group, version: 'v1', plural, kind, namespaced: scope === 'namespaced' });
}

/** core/v1 */
export const configMaps: Resource<ConfigMap> = v1('ConfigMap', 'configmaps', 'namespaced');
/** core/v1: the kind that `kubectl describe` shows. */
export const events: Resource<Event> = v1('Event', 'events', 'namespaced');
/** core/v1 */
export const namespaces: Resource<Namespace> = v1('Namespace', 'namespaces', 'cluster');
/** core/v1 */
export const nodes: Resource<Node> = v1('Node', 'nodes', 'cluster');
/** core/v1 */
export const persistentVolumeClaims: Resource<PersistentVolumeClaim> = v1(
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  'namespaced',
);
/** core/v1 */
export const persistentVolumes: Resource<PersistentVolume> = v1('PersistentVolume', 'persistentvolumes', 'cluster');
/** core/v1 */
export const pods: Resource<Pod> = v1('Pod', 'pods', 'namespaced');
/** core/v1 */
export const secrets: Resource<Secret> = v1('Secret', 'secrets', 'namespaced');
/** core/v1 */
export const serviceAccounts: Resource<ServiceAccount> = v1('ServiceAccount', 'serviceaccounts', 'namespaced');
/** core/v1 */
export const services: Resource<Service> = v1('Service', 'services', 'namespaced');

/** apps/v1 */
export const deployments: Resource<Deployment> = grouped('apps', 'Deployment', {
  plural: 'deployments',
  scope: 'namespaced',
});
/** apps/v1 */
export const replicaSets: Resource<ReplicaSet> = grouped('apps', 'ReplicaSet', {
  plural: 'replicasets',
  scope: 'namespaced',
});
/** batch/v1 */
export const jobs: Resource<Job> = grouped('batch', 'Job', { plural: 'jobs', scope: 'namespaced' });

/** authentication.k8s.io/v1 */
export const tokenReviews: Resource<TokenReview> = grouped('authentication.k8s.io', 'TokenReview', {
  plural: 'tokenreviews',
  scope: 'cluster',
});
/** authorization.k8s.io/v1 */
export const subjectAccessReviews: Resource<SubjectAccessReview> = grouped(
  'authorization.k8s.io',
  'SubjectAccessReview',
  { plural: 'subjectaccessreviews', scope: 'cluster' },
);
/** certificates.k8s.io/v1 */
export const certificateSigningRequests: Resource<CertificateSigningRequest> = grouped(
  'certificates.k8s.io',
  'CertificateSigningRequest',
  { plural: 'certificatesigningrequests', scope: 'cluster' },
);
/** coordination.k8s.io/v1 */
export const leases: Resource<Lease> = grouped('coordination.k8s.io', 'Lease', {
  plural: 'leases',
  scope: 'namespaced',
});
/** discovery.k8s.io/v1 */
export const endpointSlices: Resource<EndpointSlice> = grouped('discovery.k8s.io', 'EndpointSlice', {
  plural: 'endpointslices',
  scope: 'namespaced',
});
/** node.k8s.io/v1 */
export const runtimeClasses: Resource<RuntimeClass> = grouped('node.k8s.io', 'RuntimeClass', {
  plural: 'runtimeclasses',
  scope: 'cluster',
});
