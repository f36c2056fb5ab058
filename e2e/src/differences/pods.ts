import { paths, pod } from './objects.js';
import type { Scenario, Seen, Step } from './scenario.js';
import { patchTypes } from './scenario.js';

const { pods } = paths;

function create(title: string, body: unknown): Step {
  return { title, method: 'POST', path: pods, body };
}

function spec(title: string, changes: Readonly<Record<string, unknown>>): Step {
  return create(title, pod(title.replaceAll(/[^a-z0-9]+/g, '-'), changes));
}

function container(title: string, changes: Readonly<Record<string, unknown>>): Step {
  return spec(title, { containers: [{ name: 'main', image: 'nginx', ...changes }] });
}

function patch(title: string, name: string, body: unknown): Step {
  return { title, method: 'PATCH', path: `${pods}/${name}`, type: patchTypes.strategic, body };
}

/** The same patch in another form. */
function as(type: keyof typeof patchTypes, step: Step): Step {
  return { ...step, type: patchTypes[type] };
}

function image(name: string): unknown {
  return { spec: { containers: [{ name: 'main', image: name }] } };
}

const uid = (seen: Seen): string => seen.text('create', 'metadata', 'uid');
const resources = { requests: { cpu: '100m', memory: '64Mi' } };

/** Defaults, validation and everything that may change in a pod. */
export const podScenarios: readonly Scenario[] = [
  {
    name: 'pod defaults',
    steps: [
      spec('plain', {}),
      spec('never', { restartPolicy: 'Never', terminationGracePeriodSeconds: 0 }),
      spec('host network', {
        hostNetwork: true,
        containers: [
          {
            name: 'main',
            image: 'nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
            ports: [{ containerPort: 80 }],
          },
        ],
      }),
      spec('probes', {
        containers: [
          {
            name: 'main',
            image: 'nginx:latest',
            livenessProbe: { httpGet: { port: 80 } },
            readinessProbe: { grpc: { port: 5 } },
            startupProbe: { exec: { command: ['a'] }, periodSeconds: 3 },
            lifecycle: { preStop: { httpGet: { port: 'x', path: '/y' } }, postStart: { exec: { command: ['b'] } } },
          },
        ],
      }),
      spec('limits', {
        containers: [{ name: 'main', image: 'nginx:1', resources: { limits: { cpu: '0.5', memory: '1Gi' } } }],
      }),
      spec('mixed', {
        initContainers: [
          { name: 'init', image: 'b' },
          { name: 'side', image: 'c', restartPolicy: 'Always' },
        ],
        containers: [{ name: 'main', image: 'nginx:1', resources: { requests: { cpu: 1 } } }],
      }),
      spec('volumes', {
        volumes: [
          { name: 'a' },
          { name: 'b', configMap: { name: 'x' } },
          { name: 'c', secret: { secretName: 'y' } },
          { name: 'd', hostPath: { path: '/z' } },
          { name: 'e', downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
          { name: 'f', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
          { name: 'g', emptyDir: { sizeLimit: '1024Mi' } },
        ],
      }),
      spec('environment', {
        containers: [
          {
            name: 'main',
            image: 'nginx',
            env: [
              { name: 'A', value: '' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            ],
            envFrom: [{ configMapRef: { name: 'x' } }],
            stdin: false,
            tty: true,
            securityContext: { privileged: false },
            volumeMounts: [{ name: 'v', mountPath: '/m', readOnly: false }],
          },
        ],
        volumes: [{ name: 'v' }],
      }),
      spec('tolerations', { tolerations: [{ operator: 'Exists' }] }),
      spec('some tolerations', {
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
        ],
      }),
      spec('no token', { automountServiceAccountToken: false }),
      spec('missing account', { serviceAccountName: 'nobody' }),
      spec('priority', { priorityClassName: 'system-node-critical' }),
      spec('missing priority', { priorityClassName: 'nothing' }),
      spec('gated', { schedulingGates: [{ name: 'example.com/wait' }] }),
      create("what is not the client's", {
        metadata: { name: 'status', generation: 9 },
        spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'nginx' }] },
        status: { phase: 'Running', podIP: '1.2.3.4' },
      }),
      create('empty collections', {
        metadata: { name: 'empty', labels: {}, annotations: {} },
        spec: {
          schedulerName: 'nobody',
          volumes: [],
          nodeSelector: {},
          containers: [{ name: 'main', image: 'nginx', env: [], command: [], ports: null }],
        },
      }),
    ],
  },
  {
    name: 'pod validation',
    steps: [
      create('no spec', { metadata: { name: 'x' } }),
      spec('no containers', { containers: [] }),
      container('no image', { image: '' }),
      container('no name', { name: '' }),
      container('bad name', { name: 'A_' }),
      container('image with spaces', { image: ' nginx' }),
      spec('same name twice', {
        containers: [
          { name: 'a', image: 'b' },
          { name: 'a', image: 'b' },
        ],
      }),
      spec('init with the same name', { initContainers: [{ name: 'main', image: 'b' }] }),
      container('bad pull policy', { imagePullPolicy: 'Sometimes' }),
      container('bad port', { ports: [{ containerPort: 0 }] }),
      container('big port', { ports: [{ containerPort: 70000 }] }),
      container('bad protocol', { ports: [{ containerPort: 80, protocol: 'XYZ' }] }),
      container('same port name twice', {
        ports: [
          { containerPort: 80, name: 'a' },
          { containerPort: 81, name: 'a' },
        ],
      }),
      container('bad variable', { env: [{ name: '' }] }),
      container('variable with equals', { env: [{ name: 'a=b' }] }),
      container('two values', {
        env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      }),
      container('bad field', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.nothing' } } }] }),
      container('mount of nothing', { volumeMounts: [{ name: 'nothing', mountPath: '/x' }] }),
      spec('mounts at one path', {
        volumes: [{ name: 'v' }],
        containers: [
          {
            name: 'main',
            image: 'nginx',
            volumeMounts: [
              { name: 'v', mountPath: '/x' },
              { name: 'v', mountPath: '/x' },
            ],
          },
        ],
      }),
      spec('volume twice', { volumes: [{ name: 'v' }, { name: 'v' }] }),
      spec('bad volume name', { volumes: [{ name: 'V' }] }),
      spec('two sources', { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }),
      spec('config map without name', { volumes: [{ name: 'v', configMap: {} }] }),
      spec('secret without name', { volumes: [{ name: 'v', secret: {} }] }),
      spec('bad restart policy', { restartPolicy: 'Sometimes' }),
      spec('bad dns policy', { dnsPolicy: 'Sometimes' }),
      spec('bad node name', { nodeName: 'A_' }),
      spec('bad deadline', { activeDeadlineSeconds: 0 }),
      spec('negative grace', { terminationGracePeriodSeconds: -3 }),
      container('requests above limits', { resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }),
      container('negative request', { resources: { requests: { cpu: -1 } } }),
      container('bad quantity', { resources: { requests: { cpu: 'abc' } } }),
      container('unknown resource', { resources: { requests: { nothing: 1 } } }),
      container('probe without handler', { livenessProbe: {} }),
      container('liveness threshold', { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
      spec('bad toleration', { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
      spec('toleration without key', { tolerations: [{ operator: 'Equal', value: 'b' }] }),
      spec('bad hostname', { hostname: 'A_' }),
      spec('bad gate', { schedulingGates: [{ name: 'a b' }] }),
      spec('gated and bound', { schedulingGates: [{ name: 'a.b/c' }], nodeName: 'x' }),
      spec('os', { os: { name: 'dos' } }),
      create('wrong type', { metadata: { name: 'x' }, spec: { containers: {} } }),
      create('unknown field', {
        metadata: { name: 'unknown' },
        spec: { schedulerName: 'nobody', foo: 1, containers: [{ name: 'a', image: 'b', bar: 2 }] },
      }),
      {
        title: 'unknown field, strict',
        method: 'POST',
        path: `${pods}?fieldValidation=Strict`,
        body: { metadata: { name: 'x' }, spec: { foo: 1, containers: [{ name: 'a', image: 'b', bar: 2 }] } },
      },
    ],
  },
  {
    name: 'pod changes',
    steps: [
      spec('create', {
        activeDeadlineSeconds: 100,
        tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 }],
      }),
      patch('image', 'create', image('nginx:2')),
      patch('same image', 'create', image('nginx:2')),
      patch('empty image', 'create', image('')),
      as(
        'json',
        patch('name of a container', 'create', [{ op: 'replace', path: '/spec/containers/0/name', value: 'other' }]),
      ),
      patch('command', 'create', { spec: { containers: [{ name: 'main', command: ['x'] }] } }),
      patch('another container', 'create', { spec: { containers: [{ name: 'more', image: 'b' }] } }),
      patch('lower deadline', 'create', { spec: { activeDeadlineSeconds: 50 } }),
      patch('higher deadline', 'create', { spec: { activeDeadlineSeconds: 60 } }),
      patch('no deadline', 'create', { spec: { activeDeadlineSeconds: null } }),
      as(
        'json',
        patch('another toleration', 'create', [
          { op: 'add', path: '/spec/tolerations/-', value: { key: 'b', operator: 'Exists' } },
        ]),
      ),
      as('json', patch('fewer tolerations', 'create', [{ op: 'remove', path: '/spec/tolerations/0' }])),
      as(
        'json',
        patch('longer toleration', 'create', [
          { op: 'replace', path: '/spec/tolerations/0/tolerationSeconds', value: 20 },
        ]),
      ),
      patch('grace', 'create', { spec: { terminationGracePeriodSeconds: 5 } }),
      patch('node name', 'create', { spec: { nodeName: 'x' } }),
      patch('labels', 'create', { metadata: { labels: { a: 'b' } } }),
      patch('status by the main resource', 'create', { status: { phase: 'Running' } }),
      patch('resources', 'create', { spec: { containers: [{ name: 'main', resources }] } }),
      spec('gated', { schedulingGates: [{ name: 'a.b/c' }, { name: 'a.b/d' }] }),
      patch('add a gate', 'gated', { spec: { schedulingGates: [{ name: 'a.b/e' }] } }),
      patch('node selector while gated', 'gated', { spec: { nodeSelector: { a: 'b' } } }),
      patch('other node selector while gated', 'gated', { spec: { nodeSelector: { a: 'c' } } }),
      patch('lift a gate', 'gated', { spec: { schedulingGates: [{ $patch: 'delete', name: 'a.b/c' }] } }),
      as('merge', patch('lift the gates', 'gated', { spec: { schedulingGates: null } })),
      patch('node selector', 'gated', { spec: { nodeSelector: { c: 'd' } } }),
    ],
  },
  {
    name: 'pod status',
    steps: [
      spec('create', {}),
      {
        title: 'wrong uid',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { metadata: { uid: '11111111-2222-4333-8444-555555555555' }, status: { phase: 'Running' } },
      },
      {
        title: 'missing pod',
        method: 'PATCH',
        path: `${pods}/nobody/status`,
        type: patchTypes.strategic,
        body: { status: { phase: 'Running' } },
      },
      {
        title: 'running',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: (seen: Seen) => ({
          metadata: { uid: uid(seen) },
          status: {
            phase: 'Running',
            podIP: '10.1.2.3',
            podIPs: [{ ip: '10.1.2.3' }],
            observedGeneration: 1,
            startTime: '2026-01-01T00:00:00Z',
            conditions: [
              { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 },
            ],
            containerStatuses: [
              {
                name: 'main',
                ready: true,
                image: 'nginx:1.27',
                imageID: 'x',
                restartCount: 0,
                state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
              },
            ],
          },
        }),
      },
      {
        title: 'same again',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { phase: 'Running' } },
      },
      {
        title: 'second address',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { podIP: '10.1.2.4', podIPs: [{ ip: '10.1.2.4' }] } },
      },
      {
        title: 'replaced address',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { podIP: '10.1.2.4', podIPs: [{ $patch: 'replace' }, { ip: '10.1.2.4' }] } },
      },
      {
        title: 'two families',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { podIPs: [{ ip: 'fd00::1' }] } },
      },
      {
        title: 'bad address',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { podIP: 'abc', podIPs: [{ ip: 'abc' }] } },
      },
      {
        title: 'only the single address',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { podIP: '10.1.2.5', podIPs: null } },
      },
      {
        title: 'another condition',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { conditions: [{ type: 'Initialized', status: 'True' }] } },
      },
      {
        title: 'without observed generation',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { observedGeneration: null, conditions: [{ type: 'Ready', status: 'False' }] } },
      },
      {
        title: 'removed condition',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { status: { conditions: [{ type: 'Ready', $patch: 'delete' }] } },
      },
      {
        title: 'spec by status',
        method: 'PATCH',
        path: `${pods}/create/status`,
        type: patchTypes.strategic,
        body: { spec: { nodeName: 'x' }, metadata: { labels: { a: 'b' } } },
      },
      { title: 'qos by status', method: 'PATCH', path: `${pods}/create/status`, body: { status: { qosClass: null } } },
      {
        title: 'other qos by status',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { qosClass: 'Guaranteed' } },
      },
      {
        title: 'terminal',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { phase: 'Failed', reason: 'Evicted', message: 'm' } },
      },
      {
        title: 'back from the dead',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { phase: 'Running', reason: null } },
      },
      {
        title: 'owners by status',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: {
          metadata: {
            ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
            finalizers: ['a.b/c'],
          },
        },
      },
      {
        title: 'unfinalize by status',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { metadata: { finalizers: null } },
      },
      { title: 'get status', method: 'GET', path: `${pods}/create/status` },
      {
        title: 'put status',
        method: 'PUT',
        path: `${pods}/create/status`,
        body: (seen: Seen) => ({ ...seen.object('get status'), status: { phase: 'Succeeded' } }),
      },
      {
        title: 'put old status',
        method: 'PUT',
        path: `${pods}/create/status`,
        body: (seen: Seen) => ({ ...seen.object('create'), status: { phase: 'Running' } }),
      },
      {
        title: 'container restarts go back',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { containerStatuses: [{ name: 'nobody', restartCount: 3 }] } },
      },
      {
        title: 'bad quantities',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { containerStatuses: [{ name: 'main', allocatedResources: { cpu: 'x' } }] } },
      },
      {
        title: 'host addresses',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.1' }] } },
      },
      {
        title: 'other host addresses',
        method: 'PATCH',
        path: `${pods}/create/status`,
        body: { status: { hostIP: '10.0.0.2', hostIPs: [{ ip: '10.0.0.1' }] } },
      },
      spec('never', { restartPolicy: 'Never', nodeName: 'no-such-node' }),
      {
        title: 'ended',
        method: 'PATCH',
        path: `${pods}/never/status`,
        body: {
          status: {
            phase: 'Running',
            containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 3, reason: 'Error' } } }],
          },
        },
      },
      {
        title: 'restarted',
        method: 'PATCH',
        path: `${pods}/never/status`,
        body: { status: { containerStatuses: [{ name: 'main', state: { running: {} } }] } },
      },
    ],
  },
  {
    name: 'binding',
    steps: [
      spec('a', {}),
      {
        title: 'wrong kind',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: { metadata: { name: 'a' }, target: { kind: 'Pod', name: 'n' } },
      },
      {
        title: 'no target',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: { metadata: { name: 'a' }, target: { kind: 'Node' } },
      },
      {
        title: 'other name',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: { metadata: { name: 'b' }, target: { name: 'n' } },
      },
      {
        title: 'wrong uid',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: { metadata: { name: 'a', uid: '11111111-2222-4333-8444-555555555555' }, target: { name: 'n' } },
      },
      {
        title: 'bind',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: {
          metadata: { name: 'a', annotations: { x: 'y' }, labels: { l: 'm' } },
          target: { kind: 'Node', name: 'no-such-node' },
        },
      },
      { title: 'bound', method: 'GET', path: `${pods}/a` },
      {
        title: 'bind again',
        method: 'POST',
        path: `${pods}/a/binding`,
        body: { metadata: { name: 'a' }, target: { name: 'other' } },
      },
      {
        title: 'bind nobody',
        method: 'POST',
        path: `${pods}/nobody/binding`,
        body: { metadata: { name: 'nobody' }, target: { name: 'n' } },
      },
      spec('gated', { schedulingGates: [{ name: 'a.b/c' }] }),
      {
        title: 'bind gated',
        method: 'POST',
        path: `${pods}/gated/binding`,
        body: { metadata: { name: 'gated' }, target: { name: 'n' } },
      },
      create('held', { ...(pod('held') as object), metadata: { name: 'held', finalizers: ['a.b/c'] } }),
      { title: 'delete held', method: 'DELETE', path: `${pods}/held` },
      {
        title: 'bind deleted',
        method: 'POST',
        path: `${pods}/held/binding`,
        body: { metadata: { name: 'held' }, target: { name: 'n' } },
      },
      { title: 'let go', method: 'PATCH', path: `${pods}/held`, body: { metadata: { finalizers: null } } },
      spec('z', {}),
      {
        title: 'old way',
        method: 'POST',
        path: '/api/v1/namespaces/{ns}/bindings',
        body: { metadata: { name: 'z' }, target: { kind: 'Node', name: 'no-such-node' } },
      },
      { title: 'old way bound', method: 'GET', path: `${pods}/z` },
    ],
  },
  {
    name: 'eviction',
    steps: [
      spec('a', { nodeName: 'no-such-node' }),
      {
        title: 'dry run',
        method: 'POST',
        path: `${pods}/a/eviction`,
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'a' },
          deleteOptions: { dryRun: ['All'] },
        },
      },
      {
        title: 'other name',
        method: 'POST',
        path: `${pods}/a/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } },
      },
      {
        title: 'wrong uid',
        method: 'POST',
        path: `${pods}/a/eviction`,
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'a' },
          deleteOptions: { preconditions: { uid: '11111111-2222-4333-8444-555555555555' } },
        },
      },
      {
        title: 'evict',
        method: 'POST',
        path: `${pods}/a/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } },
      },
      { title: 'evicted', method: 'GET', path: `${pods}/a` },
      {
        title: 'evict again',
        method: 'POST',
        path: `${pods}/a/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } },
      },
      {
        title: 'history',
        method: 'GET',
        path: (seen) =>
          `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${seen.text('a', 'metadata', 'resourceVersion')}`,
      },
      spec('b', {}),
      {
        title: 'evict unbound',
        method: 'POST',
        path: `${pods}/b/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } },
      },
      { title: 'unbound is gone', method: 'GET', path: `${pods}/b` },
      {
        title: 'evict nobody',
        method: 'POST',
        path: `${pods}/nobody/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'nobody' } },
      },
    ],
  },
  {
    name: 'resize and ephemeral containers',
    steps: [
      spec('a', {
        containers: [
          { name: 'main', image: 'nginx:1', resources: { requests: { cpu: '100m' }, limits: { cpu: '200m' } } },
        ],
      }),
      {
        title: 'resize',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '150m' } } }] } },
      },
      {
        title: 'resize to the same',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '150m' } } }] } },
      },
      {
        title: 'resize the image',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', image: 'other' }] } },
      },
      {
        title: 'resize another resource',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', resources: { requests: { 'ephemeral-storage': '1Gi' } } }] } },
      },
      {
        title: 'resize out of the class',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', resources: { requests: null, limits: null } }] } },
      },
      {
        title: 'resize beyond limits',
        method: 'PATCH',
        path: `${pods}/a/resize`,
        type: patchTypes.strategic,
        body: { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '300m' } } }] } },
      },
      { title: 'get resize', method: 'GET', path: `${pods}/a/resize` },
      {
        title: 'add ephemeral',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox', targetContainerName: 'main' }] } },
      },
      {
        title: 'change ephemeral',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'other' }] } },
      },
      {
        title: 'add another',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug2', image: 'busybox' }] } },
      },
      {
        title: 'remove ephemeral',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        body: { spec: { ephemeralContainers: null } },
      },
      {
        title: 'ephemeral with a taken name',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'main', image: 'busybox' }] } },
      },
      {
        title: 'ephemeral with ports',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug3', image: 'busybox', ports: [{ containerPort: 80 }] }] } },
      },
      {
        title: 'ephemeral with unknown target',
        method: 'PATCH',
        path: `${pods}/a/ephemeralcontainers`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug4', image: 'busybox', targetContainerName: 'nobody' }] } },
      },
      {
        title: 'ephemeral by the main resource',
        method: 'PATCH',
        path: `${pods}/a`,
        type: patchTypes.strategic,
        body: { spec: { ephemeralContainers: [{ name: 'debug5', image: 'busybox' }] } },
      },
      spec('with ephemeral', { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }),
    ],
  },
];
