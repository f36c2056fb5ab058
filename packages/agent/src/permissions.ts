import type { ConsumedInputs } from '@virtual-kubelet/provider';

/** What a group of permissions is for; features that are off need none of theirs. */
export type PermissionFeature =
  | 'node'
  | 'pods'
  | 'environment'
  | 'volumes'
  | 'tokens'
  | 'config-watch'
  | 'kubelet-api'
  | 'serving-certificate'
  | 'deregister';

/** One thing the agent does at the API server. Roles, the reference page and its test are made from these rows. */
export interface Permission {
  readonly feature: PermissionFeature;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, with `/subresource`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Enough in this namespace only; absent: cluster-wide, or in every namespace whose pods are served. */
  readonly namespace?: string;
  /** Enough for these objects only. */
  readonly names?: readonly string[];
  readonly why: string;
  /** When it happens, if an agent can live long without. */
  readonly seldom?: string;
}

/** Namespace of node Leases (kubernetes/kubernetes:pkg/apis/core/v1, NamespaceNodeLease). */
const leases = 'kube-node-lease';

const noStreams = 'only where the API server has no streaming lists';

/** Everything the agent asks of the API server, nothing more: the end-to-end tests compare it with the audit log. */
export const permissions: readonly Permission[] = [
  {
    feature: 'node',
    group: '',
    resource: 'nodes',
    verbs: ['get', 'watch', 'create', 'patch'],
    why: 'registers the Node, keeps its labels and taints, and notices when it is deleted',
  },
  {
    feature: 'node',
    group: '',
    resource: 'nodes',
    verbs: ['list'],
    why: 'the first look at the Nodes of virtual kubelets',
    seldom: noStreams,
  },
  { feature: 'node', group: '', resource: 'nodes/status', verbs: ['patch'], why: 'conditions, addresses, capacity' },
  {
    feature: 'node',
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: leases,
    verbs: ['get', 'create', 'update'],
    why: 'heartbeat, and the claim that keeps a second agent from acting for the same node',
  },
  {
    feature: 'node',
    group: '',
    resource: 'namespaces',
    names: ['kube-system'],
    verbs: ['get'],
    why: "its UID is the cluster's identity in the tags of workloads",
  },
  {
    feature: 'pods',
    group: '',
    resource: 'pods',
    verbs: ['watch', 'delete'],
    why: 'follows the pods bound to the node, and removes those whose workload has ended after they were deleted',
  },
  {
    feature: 'pods',
    group: '',
    resource: 'pods',
    verbs: ['list'],
    why: 'the first look at the pods of the node',
    seldom: noStreams,
  },
  {
    feature: 'pods',
    group: '',
    resource: 'pods',
    verbs: ['get'],
    why: 'makes sure that a pod is gone before a workload is ended that nobody seems to want',
    seldom: 'only when workloads without a pod are found',
  },
  { feature: 'pods', group: '', resource: 'pods/status', verbs: ['patch'], why: 'reports the status of pods' },
  {
    feature: 'pods',
    group: '',
    resource: 'events',
    verbs: ['create', 'patch'],
    why: 'tells what happened to pods; repetitions are counted on the first one',
  },
  {
    feature: 'environment',
    group: '',
    resource: 'configmaps',
    verbs: ['get'],
    why: 'those that pods refer to, when they do',
  },
  {
    feature: 'environment',
    group: '',
    resource: 'secrets',
    verbs: ['get'],
    why: 'those that pods refer to, and pull secrets, when the provider uses them',
  },
  {
    feature: 'environment',
    group: '',
    resource: 'services',
    verbs: ['get', 'list'],
    why: 'service variables of pods, in the namespaces of pods and for the API server in default',
  },
  {
    feature: 'tokens',
    group: '',
    resource: 'serviceaccounts/token',
    verbs: ['create'],
    why: 'tokens of projected volumes',
  },
  {
    feature: 'volumes',
    group: '',
    resource: 'persistentvolumeclaims',
    verbs: ['get'],
    why: 'finds the volume behind a claim that a pod mounts',
  },
  {
    feature: 'volumes',
    group: '',
    resource: 'persistentvolumes',
    verbs: ['get'],
    why: 'where the storage of a claim is',
  },
  {
    feature: 'config-watch',
    group: '',
    resource: 'configmaps',
    verbs: ['list', 'watch'],
    why: '--config-refresh=watch: changes are seen at once instead of after a time',
  },
  {
    feature: 'config-watch',
    group: '',
    resource: 'secrets',
    verbs: ['list', 'watch'],
    why: '--config-refresh=watch: changes are seen at once instead of after a time',
  },
  {
    feature: 'kubelet-api',
    group: 'authentication.k8s.io',
    resource: 'tokenreviews',
    verbs: ['create'],
    why: 'whose token a client of the kubelet API shows',
    seldom: 'only when clients show tokens, as metrics-server and Prometheus do',
  },
  {
    feature: 'kubelet-api',
    group: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    verbs: ['create'],
    why: 'what a client of the kubelet API may do',
  },
  {
    feature: 'kubelet-api',
    group: '',
    resource: 'configmaps',
    namespace: 'kube-system',
    names: ['extension-apiserver-authentication'],
    verbs: ['get'],
    why: "the authority of the API server's own client certificate, unless --client-ca-file names it",
  },
  {
    feature: 'serving-certificate',
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    verbs: ['get', 'create'],
    why: '--rotate-server-certificates',
  },
  { feature: 'deregister', group: '', resource: 'nodes', verbs: ['delete'], why: 'virtual-kubelet deregister' },
  {
    feature: 'deregister',
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: leases,
    verbs: ['delete'],
    why: 'virtual-kubelet deregister',
  },
];

/** The features an agent uses with a provider: what a provider does not consume is never read. */
export function featuresOf(consumes: ConsumedInputs): readonly PermissionFeature[] {
  const { env, volumes, tokens, pullSecrets } = consumes;
  return [
    'node',
    'pods',
    ...(env || volumes || pullSecrets ? (['environment'] as const) : []),
    ...(volumes ? (['volumes'] as const) : []),
    ...(volumes && tokens ? (['tokens'] as const) : []),
  ];
}
