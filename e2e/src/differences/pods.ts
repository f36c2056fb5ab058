import { paths } from './objects.js';
import { as, create, patch, spec } from './pod-steps.js';
import type { Scenario, Step } from './scenario.js';

const { pods } = paths;

function container(title: string, changes: Readonly<Record<string, unknown>>): Step {
  return spec(title, { containers: [{ name: 'main', image: 'nginx', ...changes }] });
}

function image(name: string): unknown {
  return { spec: { containers: [{ name: 'main', image: name }] } };
}

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
];
