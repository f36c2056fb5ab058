import type { Scenario, Step } from './scenario.js';
import { patchTypes } from './scenario.js';

function post(title: string, path: string, body: unknown): Step {
  return { title, method: 'POST', path, body };
}

function patch(title: string, path: string, body: unknown): Step {
  return { title, method: 'PATCH', path, type: patchTypes.merge, body };
}

function remove(title: string, path: string): Step {
  return { title, method: 'DELETE', path };
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const csr = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
// A P-256 request for CN=system:node:n, O=system:nodes.
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIcU1JR1JBZ0VBTUM4eEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVXTUJRR0ExVUVBd3dOYzNsegpkR1Z0T201dlpHVTZiakJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCRUNTWnZKRXIvZjBUT0tHCnNpckw0RkpicC9vaC9CdkdMSEdDbnVWa3pTTlVqRm5OaHMzWHdLZ3BLMDR2M011dmFJM3d1YTZrUlJDYW9ybTgKVmc1anpnMmdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBMzdnM1pTYlRGdDJ2RmEzRXJHNW5VSk5XNmdVUgpwZ3ZUc1djdHliRWtVQlVDSUNtcUFPLzZBc1BFdzNuMVdYVjVDQkhmTitpSW5CY3IrbVFDRk5EN2VhazgKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

/** Groups beside core, apps and batch. */
export const otherScenarios: readonly Scenario[] = [
  {
    name: 'rbac',
    steps: [
      post('role', `${rbac}/namespaces/{ns}/roles`, {
        metadata: { name: 'a:b' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      }),
      post('empty role', `${rbac}/namespaces/{ns}/roles`, { metadata: { name: 'empty' } }),
      post('bad name', `${rbac}/namespaces/{ns}/roles`, { metadata: { name: 'a/b' } }),
      post('binding', `${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: 'b' },
        roleRef: { kind: 'Role', name: 'a:b' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', name: 's', namespace: '{ns}' },
        ],
      }),
      patch('another role', `${rbac}/namespaces/{ns}/rolebindings/b`, { roleRef: { name: 'other' } }),
      {
        title: 'put a new role',
        method: 'PUT',
        path: `${rbac}/namespaces/{ns}/roles/new`,
        body: { metadata: { name: 'new' }, rules: [] },
      },
      post('cluster role', `${rbac}/clusterroles`, {
        metadata: { name: '{ns}' },
        rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }],
      }),
      remove('delete cluster role', `${rbac}/clusterroles/{ns}`),
    ],
  },
  {
    name: 'discovery and policy',
    steps: [
      post('endpoints', '/api/v1/namespaces/{ns}/endpoints', {
        metadata: { name: 'e' },
        subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }],
      }),
      post('slice', '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices', {
        metadata: { name: 's' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
        ports: [{ port: 80 }],
      }),
      patch('slice label', '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices/s', {
        metadata: { labels: { a: 'b' } },
      }),
      post('budget', '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets', {
        metadata: { name: 'p' },
        spec: { minAvailable: 1, selector: { matchLabels: { nobody: 'here' } } },
      }),
      post('network policy', '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies', {
        metadata: { name: 'n' },
        spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] },
      }),
      post('ingress', '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses', {
        metadata: { name: 'i' },
        spec: {
          rules: [
            {
              host: 'a.b',
              http: {
                paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
              },
            },
          ],
        },
      }),
      post('autoscaler', '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers', {
        metadata: { name: 'h' },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
      }),
      post('old autoscaler', '/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers', {
        metadata: { name: 'o' },
        spec: {
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        },
      }),
    ],
  },
  {
    name: 'storage and scheduling',
    steps: [
      post('claim', '/api/v1/namespaces/{ns}/persistentvolumeclaims', {
        metadata: { name: 'c' },
        spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      }),
      post('volume', '/api/v1/persistentvolumes', {
        metadata: { name: '{ns}' },
        spec: {
          storageClassName: 'none',
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          hostPath: { path: '/x' },
        },
      }),
      post('class', '/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: '{ns}' }, provisioner: 'a.b/c' }),
      patch('change class', '/apis/storage.k8s.io/v1/storageclasses/{ns}', { provisioner: 'd.e/f' }),
      remove('delete class', '/apis/storage.k8s.io/v1/storageclasses/{ns}'),
      post('driver', '/apis/storage.k8s.io/v1/csidrivers', { metadata: { name: '{ns}' } }),
      remove('delete driver', '/apis/storage.k8s.io/v1/csidrivers/{ns}'),
      post('csi node', '/apis/storage.k8s.io/v1/csinodes', {
        metadata: { name: '{ns}' },
        spec: { drivers: [{ name: 'a.b', nodeID: 'x', topologyKeys: [] }] },
      }),
      remove('delete csi node', '/apis/storage.k8s.io/v1/csinodes/{ns}'),
      post('priority', '/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: '{ns}' }, value: 5 }),
      patch('change priority', '/apis/scheduling.k8s.io/v1/priorityclasses/{ns}', { value: 6 }),
      remove('delete priority', '/apis/scheduling.k8s.io/v1/priorityclasses/{ns}'),
      post('runtime class', '/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: '{ns}' }, handler: 'h' }),
      remove('delete runtime class', '/apis/node.k8s.io/v1/runtimeclasses/{ns}'),
    ],
  },
  {
    name: 'signing requests',
    steps: [
      post('without usages', csr, {
        metadata: { name: '{ns}-x' },
        spec: { request, signerName: 'example.com/nobody' },
      }),
      post('without request', csr, {
        metadata: { name: '{ns}-x' },
        spec: { signerName: 'example.com/nobody', usages: ['client auth'] },
      }),
      post('create', csr, {
        metadata: { name: '{ns}' },
        spec: { request, signerName: 'example.com/nobody', usages: ['client auth'], username: 'somebody' },
        status: { certificate: 'eA==' },
      }),
      patch('spec', `${csr}/{ns}`, { spec: { usages: ['server auth'] }, metadata: { labels: { a: 'b' } } }),
      patch('approve by status', `${csr}/{ns}/status`, {
        status: { conditions: [{ type: 'Approved', status: 'True' }] },
      }),
      patch('approve', `${csr}/{ns}/approval`, {
        status: { conditions: [{ type: 'Approved', status: 'True', reason: 'R', message: 'M' }] },
      }),
      patch('deny too', `${csr}/{ns}/approval`, {
        status: {
          conditions: [
            { type: 'Approved', status: 'True' },
            { type: 'Denied', status: 'True' },
          ],
        },
      }),
      patch('take it back', `${csr}/{ns}/approval`, { status: { conditions: [] } }),
      {
        title: 'by signer',
        method: 'GET',
        path: `${csr}?fieldSelector=spec.signerName%3Dexample.com/nobody,metadata.name%3D{ns}`,
      },
      remove('delete', `${csr}/{ns}`),
      {
        title: 'approve what is not there',
        method: 'PUT',
        path: `${csr}/{ns}-nobody/approval`,
        body: { metadata: { name: '{ns}-nobody' }, spec: { request, signerName: 'a.b/c', usages: ['client auth'] } },
      },
    ],
  },
];
