/** Objects that many scenarios begin with. */

/** A pod that no scheduler takes. */
export function pod(name: string, changes: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'nginx:1.27' }], ...changes },
  };
}

/** Paths of collections in the scenario's namespace. */
export const paths = {
  pods: '/api/v1/namespaces/{ns}/pods',
  configMaps: '/api/v1/namespaces/{ns}/configmaps',
  secrets: '/api/v1/namespaces/{ns}/secrets',
  services: '/api/v1/namespaces/{ns}/services',
  serviceAccounts: '/api/v1/namespaces/{ns}/serviceaccounts',
  events: '/api/v1/namespaces/{ns}/events',
  leases: '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
} as const;
