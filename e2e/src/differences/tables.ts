import type { Scenario, Step } from './scenario.js';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

function table(title: string, path: string): Step {
  return { title, method: 'GET', path, accept };
}

function post(title: string, path: string, body: object): Step {
  return { title, method: 'POST', path, body };
}

function status(title: string, path: string, body: object): Step {
  return { title, method: 'PATCH', path: `${path}/status`, body: { status: body } };
}

const core = '/api/v1/namespaces/{ns}';
const container = { name: 'c', image: 'nginx:1' };
const running = { name: 'c', image: '', imageID: '', ready: true, restartCount: 2, state: { running: {} } };
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [container] } };
const selector = { matchLabels: { app: 'a' } };
// Long ago, so that ages are the same in the end.
const longAgo = '2001-01-01T00:00:00Z';

/** What kubectl prints. */
export const tableScenarios: readonly Scenario[] = [
  {
    name: 'tables of pods',
    steps: [
      post('create', `${core}/pods`, { metadata: { name: 'a' }, spec: { nodeName: 'none', containers: [container] } }),
      table('pending', `${core}/pods/a`),
      status('runs', `${core}/pods/a`, {
        phase: 'Running',
        podIP: '10.0.0.1',
        podIPs: [{ ip: '10.0.0.1' }],
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ ...running, lastState: { terminated: { exitCode: 1, finishedAt: longAgo } } }],
      }),
      table('running', `${core}/pods?includeObject=None`),
      status('fails', `${core}/pods/a`, {
        phase: 'Failed',
        containerStatuses: [{ ...running, ready: false, state: { terminated: { exitCode: 137, signal: 9 } } }],
      }),
      table('failed', `${core}/pods/a`),
      post('create gated', `${core}/pods`, {
        metadata: { name: 'g' },
        spec: {
          schedulingGates: [{ name: 'example.com/g' }],
          readinessGates: [{ conditionType: 'example.com/r' }],
          containers: [container, { ...container, name: 'd' }],
        },
      }),
      table('gated', `${core}/pods/g`),
      post('create with init containers', `${core}/pods`, {
        metadata: { name: 'i' },
        spec: {
          nodeName: 'none',
          initContainers: [
            { ...container, name: 'side', restartPolicy: 'Always' },
            { ...container, name: 'init' },
          ],
          containers: [container],
        },
      }),
      status('initialises', `${core}/pods/i`, {
        phase: 'Pending',
        initContainerStatuses: [
          { ...running, name: 'side', started: true },
          {
            ...running,
            name: 'init',
            ready: false,
            restartCount: 1,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
          },
        ],
      }),
      table('initialising', `${core}/pods/i`),
      table('whole objects', `${core}/pods/i?includeObject=Object`),
    ],
  },
  {
    name: 'tables of nodes',
    steps: [
      post('create', '/api/v1/nodes', {
        metadata: { name: '{ns}', labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'agent' } },
        spec: { unschedulable: true },
      }),
      table('unknown', '/api/v1/nodes/{ns}'),
      status('ready', '/api/v1/nodes/{ns}', {
        conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: longAgo, lastTransitionTime: longAgo }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.9' }],
        nodeInfo: {
          kubeletVersion: 'v1',
          osImage: 'os',
          kernelVersion: '',
          containerRuntimeVersion: 'mock://1',
          architecture: 'arm64',
          operatingSystem: 'linux',
          machineID: '',
          systemUUID: '',
          bootID: '',
          kubeProxyVersion: '',
        },
      }),
      table('known', '/api/v1/nodes/{ns}'),
      { title: 'delete', method: 'DELETE', path: '/api/v1/nodes/{ns}' },
    ],
  },
  {
    name: 'tables of workloads',
    steps: [
      post('deployment', '/apis/apps/v1/namespaces/{ns}/deployments', {
        metadata: { name: 'a' },
        spec: { replicas: 0, paused: true, selector, template },
      }),
      table('deployments', '/apis/apps/v1/namespaces/{ns}/deployments'),
      post('stateful set', '/apis/apps/v1/namespaces/{ns}/statefulsets', {
        metadata: { name: 'a' },
        spec: { replicas: 0, serviceName: 's', selector, template },
      }),
      table('stateful sets', '/apis/apps/v1/namespaces/{ns}/statefulsets'),
      post('daemon set', '/apis/apps/v1/namespaces/{ns}/daemonsets', {
        metadata: { name: 'a' },
        spec: {
          selector,
          template: { ...template, spec: { ...template.spec, nodeSelector: { no: 'where', b: 'c' } } },
        },
      }),
      table('daemon sets', '/apis/apps/v1/namespaces/{ns}/daemonsets'),
      post('job', '/apis/batch/v1/namespaces/{ns}/jobs', {
        metadata: { name: 'a' },
        spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
      }),
      post('cron job', '/apis/batch/v1/namespaces/{ns}/cronjobs', {
        metadata: { name: 'a' },
        spec: {
          schedule: '@yearly',
          suspend: true,
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } } },
        },
      }),
      table('cron jobs', '/apis/batch/v1/namespaces/{ns}/cronjobs'),
    ],
  },
  {
    name: 'tables of other kinds',
    steps: [
      table('namespace', '/api/v1/namespaces/{ns}'),
      table('service accounts', `${core}/serviceaccounts`),
      post('config map', `${core}/configmaps`, {
        metadata: { name: 'a' },
        data: { a: 'b' },
        binaryData: { c: 'AA==' },
      }),
      table('config maps', `${core}/configmaps/a`),
      post('secret', `${core}/secrets`, { metadata: { name: 'a' }, stringData: { a: 'b' } }),
      table('secrets', `${core}/secrets`),
      post('service', `${core}/services`, {
        metadata: { name: 'a' },
        spec: {
          clusterIP: 'None',
          selector: { b: 'c', a: 'b' },
          ports: [{ port: 80 }, { name: 'x', port: 81, protocol: 'UDP' }],
        },
      }),
      post('external service', `${core}/services`, {
        metadata: { name: 'e' },
        spec: { type: 'ExternalName', externalName: 'example.com' },
      }),
      table('services', `${core}/services`),
      post('event', `${core}/events`, {
        metadata: { name: 'a' },
        involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}', fieldPath: 'spec.containers{c}' },
        reason: 'Because',
        message: ' words ',
        type: 'Normal',
        source: { component: 'me', host: 'here' },
        firstTimestamp: longAgo,
        lastTimestamp: longAgo,
        count: 4,
      }),
      table('events', `${core}/events/a`),
      table('new events', '/apis/events.k8s.io/v1/namespaces/{ns}/events/a'),
      post('lease', '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases', {
        metadata: { name: 'a' },
        spec: { holderIdentity: 'me' },
      }),
      table('leases', '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases'),
      post('budget', '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets', {
        metadata: { name: 'a' },
        spec: { minAvailable: '50%', selector },
      }),
      table('budgets', '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets'),
      post('role binding', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings', {
        metadata: { name: 'a' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
          { kind: 'ServiceAccount', name: 's', namespace: 'n' },
        ],
      }),
      table('role bindings', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings'),
      post('ingress', '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses', {
        metadata: { name: 'a' },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      }),
      table('ingresses', '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses'),
      post('policy', '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies', {
        metadata: { name: 'a' },
        spec: { podSelector: { matchExpressions: [{ key: 'k', operator: 'NotIn', values: ['b', 'a'] }] } },
      }),
      table('policies', '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies'),
      post('slice', '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices', {
        metadata: { name: 'a' },
        addressType: 'IPv4',
        endpoints: ['1', '2', '3', '4', '5'].map((last) => ({ addresses: [`10.0.0.${last}`] })),
        ports: [{ port: 80, protocol: 'TCP', name: '' }],
      }),
      table('slices', '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices/a'),
      post('claim', `${core}/persistentvolumeclaims`, {
        metadata: { name: 'a' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } },
      }),
      table('claims', `${core}/persistentvolumeclaims`),
      post('volume', '/api/v1/persistentvolumes', {
        metadata: { name: '{ns}' },
        spec: {
          accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
          capacity: { storage: '1Gi' },
          hostPath: { path: '/x' },
          storageClassName: 'none',
        },
      }),
      table('priority class', '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical'),
      post('class', '/apis/storage.k8s.io/v1/storageclasses', {
        metadata: { name: '{ns}', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        provisioner: 'example.com/p',
      }),
      table('classes', '/apis/storage.k8s.io/v1/storageclasses/{ns}'),
      post('runtime class', '/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: '{ns}' }, handler: 'h' }),
      table('runtime classes', '/apis/node.k8s.io/v1/runtimeclasses/{ns}'),
      post('quota', `${core}/resourcequotas`, { metadata: { name: 'a' }, spec: { hard: { pods: '2' } } }),
      post('limits', `${core}/limitranges`, { metadata: { name: 'a' }, spec: { limits: [] } }),
      table('limit ranges', `${core}/limitranges`),
      post('autoscaler', '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers', {
        metadata: { name: 'a' },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          ],
        },
      }),
      table('autoscalers', '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers'),
      table('missing', `${core}/configmaps/missing`),
    ],
  },
];
