/** The kinds that controllers read, as the store keeps them. */
import type {
  CertificateSigningRequest,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  Endpoints,
  EndpointSlice,
  Event,
  Job,
  Lease,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  ServiceAccount,
  StatefulSet,
} from '@virtual-kubelet/kubernetes';
import type { StoredMeta } from '../store/object.js';

/** The kinds that controllers read by type, by the name they are kept under. */
export interface Kinds {
  readonly 'apiextensions.k8s.io/customresourcedefinitions': CustomResourceDefinition;
  readonly 'apps/controllerrevisions': ControllerRevision;
  readonly 'apps/daemonsets': DaemonSet;
  readonly 'apps/deployments': Deployment;
  readonly 'apps/replicasets': ReplicaSet;
  readonly 'apps/statefulsets': StatefulSet;
  readonly 'batch/cronjobs': CronJob;
  readonly 'batch/jobs': Job;
  readonly 'certificates.k8s.io/certificatesigningrequests': CertificateSigningRequest;
  readonly 'coordination.k8s.io/leases': Lease;
  readonly 'discovery.k8s.io/endpointslices': EndpointSlice;
  readonly configmaps: ConfigMap;
  readonly endpoints: Endpoints;
  readonly events: Event;
  readonly namespaces: Namespace;
  readonly nodes: Node;
  readonly persistentvolumeclaims: PersistentVolumeClaim;
  readonly pods: Pod;
  readonly 'policy/poddisruptionbudgets': PodDisruptionBudget;
  readonly serviceaccounts: ServiceAccount;
  readonly services: Service;
}

/** An object as it is kept: what the server fills in is there. */
export type Stored<T> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
};

/** A pod as it is kept. */
export type StoredPod = Stored<Pod>;
