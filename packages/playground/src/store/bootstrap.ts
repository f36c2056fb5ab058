/** What is there before the first client: system namespaces, the `kubernetes` Service, and what each namespace has. */
import type { ApplyContext } from './call.js';
import type { Json } from './json.js';
import type { OwnRequest } from './own-requests.js';
import { ownRequest } from './own-requests.js';
import type { Store } from './store.js';

/** Namespaces that every cluster has. */
export const systemNamespaces: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

const priorityClasses = [
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
] as const;

/** Fills an empty store. What exists already stays as it is. */
export function bootstrap(store: Store, context: ApplyContext): void {
  const make = maker(store, context);
  for (const name of systemNamespaces) {
    make({ apiVersion: 'v1', resource: 'namespaces', body: { metadata: { name } } });
    furnishNamespace(store, name, context);
  }
  for (const { name, value, description } of priorityClasses)
    make({
      apiVersion: 'scheduling.k8s.io/v1',
      resource: 'priorityclasses',
      body: { metadata: { name }, value, description },
    });
  make({ apiVersion: 'v1', resource: 'services', namespace: 'default', body: kubernetesService(store) });
}

/** Gives a namespace its `default` service account and the certificate of the server's authority. */
export function furnishNamespace(store: Store, namespace: string, context: ApplyContext): void {
  const make = maker(store, context);
  make({ apiVersion: 'v1', resource: 'serviceaccounts', namespace, body: { metadata: { name: 'default' } } });
  const annotations = { 'kubernetes.io/description': rootDescription };
  const certificate = {
    metadata: { name: 'kube-root-ca.crt', annotations },
    data: { 'ca.crt': store.settings.rootCertificate },
  };
  make({ apiVersion: 'v1', resource: 'configmaps', namespace, body: certificate });
}

const rootDescription = 'The certificate of the authority that vouches for the API server inside the cluster.';

function maker(
  store: Store,
  context: ApplyContext,
): (request: Omit<OwnRequest, 'verb'> & { readonly body: Json }) => void {
  return (request) => void ownRequest(store, { verb: 'create', ...request }, context);
}

function kubernetesService(store: Store): Json {
  const port = { name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 };
  const clusterIP = `${store.settings.serviceNetwork}.0.1`;
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return { metadata: { name: 'kubernetes', labels }, spec: { clusterIP, ports: [port] } };
}
