/**
 * The objects whose patches are recorded: small, with every way of merging. They are complete, and their values are
 * not the defaults, so that one sees where the server has filled something in.
 */
import type { Fields } from './fields.js';
import type { Json } from './server.js';

/** One kind of object. */
export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** Patches go to this subresource. */
  readonly subresource?: string;
  /** What never changes. */
  readonly base: Json;
  readonly fields: Fields;
}

const letters = ['a', 'b', 'c', 'd'];
const letterMap = { is: 'map', keys: [...letters, 'constructor'], values: letters } as const;
const dataMap = { ...letterMap, keys: [...letterMap.keys, '__proto__'] } as const;
const metadata = {
  is: 'object',
  fields: {
    labels: letterMap,
    annotations: letterMap,
    finalizers: { is: 'set', values: letters.map((letter) => `example.com/${letter}`) },
  },
} as const;

const container: Fields = {
  image: { is: 'scalar', values: ['x:1', 'y:2'] },
  imagePullPolicy: { is: 'scalar', values: ['Never', 'Always'] },
  terminationMessagePath: { is: 'scalar', values: ['/end'] },
  terminationMessagePolicy: { is: 'scalar', values: ['FallbackToLogsOnError'] },
  command: { is: 'list', element: { is: 'scalar', values: letters } },
  env: { is: 'keyed', key: 'name', keys: ['A', 'B', 'C'], fields: { value: { is: 'scalar', values: letters } } },
  ports: {
    is: 'keyed',
    key: 'containerPort',
    keys: [80, 443, 8080],
    fields: { protocol: { is: 'scalar', values: ['SCTP', 'UDP'] } },
  },
  volumeDevices: { is: 'keyed', key: 'devicePath', keys: [], fields: {} },
  securityContext: {
    is: 'object',
    optional: true,
    fields: {
      runAsUser: { is: 'scalar', values: [1, 2], optional: true },
      readOnlyRootFilesystem: { is: 'scalar', values: [true, false], optional: true },
    },
  },
};

const volume: Fields = {
  '*': {
    is: 'oneOf',
    fields: {
      emptyDir: { is: 'object', fields: { medium: { is: 'scalar', values: ['Memory'] } } },
      configMap: {
        is: 'object',
        fields: { name: { is: 'scalar', values: letters }, defaultMode: { is: 'scalar', values: [384, 256] } },
      },
      hostPath: {
        is: 'object',
        fields: { path: { is: 'scalar', values: ['/a', '/b'] }, type: { is: 'scalar', values: ['Directory'] } },
      },
    },
  },
};

const condition: Fields = {
  status: { is: 'scalar', values: ['True', 'False', 'Unknown'] },
  reason: { is: 'scalar', values: ['R', 'S'], optional: true },
  message: { is: 'scalar', values: ['m', 'n'], optional: true },
};

const containerStatus: Fields = {
  name: { is: 'scalar', values: ['main'] },
  image: { is: 'scalar', values: ['x:1'] },
  imageID: { is: 'scalar', values: ['', 'id'] },
  ready: { is: 'scalar', values: [true, false] },
  restartCount: { is: 'scalar', values: [0, 1] },
  state: {
    is: 'object',
    fields: {
      '*': {
        is: 'oneOf',
        fields: {
          waiting: { is: 'object', fields: { reason: { is: 'scalar', values: ['R', 'S'] } } },
          running: { is: 'object', fields: { startedAt: { is: 'scalar', values: ['2024-01-01T00:00:00Z'] } } },
        },
      },
    },
  },
};

const podSpec: Fields = {
  containers: { is: 'keyed', key: 'name', keys: ['a', 'b', 'c'], atLeast: 1, fields: container },
  volumes: { is: 'keyed', key: 'name', keys: ['v', 'w', 'x'], fields: volume },
  tolerations: {
    is: 'list',
    element: {
      is: 'object',
      fields: { key: { is: 'scalar', values: letters }, operator: { is: 'scalar', values: ['Exists'] } },
    },
  },
  nodeSelector: letterMap,
  hostAliases: {
    is: 'keyed',
    key: 'ip',
    keys: ['10.0.0.1', '10.0.0.2'],
    fields: { hostnames: { is: 'list', element: { is: 'scalar', values: letters } } },
  },
  imagePullSecrets: { is: 'keyed', key: 'name', keys: letters, fields: {} },
  securityContext: {
    is: 'object',
    fields: {
      fsGroup: { is: 'scalar', values: [1, 2], optional: true },
      runAsUser: { is: 'scalar', values: [1, 2], optional: true },
    },
  },
};
const podConstants: Json = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 10,
  dnsPolicy: 'Default',
  schedulerName: 'other',
};
const app = { app: 'a' };

/** All subjects. */
export const subjects: readonly Subject[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    resource: 'configmaps',
    namespaced: true,
    base: {},
    fields: { metadata, data: dataMap },
  },
  {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    resource: 'podtemplates',
    namespaced: true,
    base: { template: { spec: podConstants } },
    fields: {
      metadata,
      template: {
        is: 'object',
        fields: { metadata: { is: 'object', fields: { labels: letterMap } }, spec: { is: 'object', fields: podSpec } },
      },
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    resource: 'deployments',
    namespaced: true,
    base: {
      spec: {
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 60,
        selector: { matchLabels: app },
        template: { metadata: { labels: app }, spec: podConstants },
      },
    },
    fields: {
      spec: {
        is: 'object',
        fields: {
          replicas: { is: 'scalar', keep: true, values: [0, 1, 2] },
          strategy: {
            is: 'scalar',
            keep: true,
            values: [
              { type: 'Recreate' },
              { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
              { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
            ],
          },
          template: {
            is: 'object',
            fields: {
              spec: {
                is: 'object',
                fields: { containers: { is: 'keyed', key: 'name', keys: ['a', 'b'], atLeast: 1, fields: container } },
              },
            },
          },
        },
      },
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    namespaced: true,
    base: {},
    fields: {
      spec: {
        is: 'object',
        fields: {
          minAvailable: { is: 'scalar', values: [1, '50%'] },
          selector: {
            is: 'scalar',
            values: [
              { matchLabels: { a: 'b' } },
              { matchLabels: { c: 'd' } },
              { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
            ],
          },
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    resource: 'serviceaccounts',
    namespaced: true,
    base: {},
    fields: {
      metadata,
      secrets: {
        is: 'keyed',
        key: 'name',
        keys: letters,
        fields: {},
      },
      imagePullSecrets: { is: 'list', element: { is: 'object', fields: { name: { is: 'scalar', values: letters } } } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    resource: 'nodes',
    namespaced: false,
    subresource: 'status',
    base: {},
    fields: {
      status: {
        is: 'object',
        fields: {
          conditions: { is: 'keyed', key: 'type', keys: ['Ready', 'A', 'B'], fields: condition },
          addresses: {
            is: 'keyed',
            key: 'type',
            keys: ['InternalIP', 'Hostname', 'ExternalIP'],
            fields: { address: { is: 'scalar', values: ['10.0.0.1', '10.0.0.2'] } },
          },
          capacity: { is: 'map', keys: ['cpu', 'memory', 'pods'], values: ['1', '2'] },
          volumesInUse: { is: 'list', element: { is: 'scalar', values: letters } },
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    namespaced: true,
    subresource: 'status',
    base: { spec: { containers: [{ name: 'main', image: 'x:1' }] } },
    fields: {
      status: {
        is: 'object',
        fields: {
          phase: { is: 'scalar', values: ['Pending', 'Running'] },
          message: { is: 'scalar', values: ['m', 'n'], optional: true },
          conditions: {
            is: 'keyed',
            key: 'type',
            keys: ['Ready', 'Initialized', 'example.com/a', 'example.com/b'],
            fields: condition,
          },
          containerStatuses: { is: 'list', element: { is: 'object', fields: containerStatus } },
          hostIPs: { is: 'keyed', key: 'ip', keys: ['10.0.0.1', 'fd00::1'], fields: {} },
        },
      },
    },
  },
];
