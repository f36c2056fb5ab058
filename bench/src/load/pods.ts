import type { Pod } from '@virtual-kubelet/kubernetes';

/** The pods of one run: numbered, bound to one node, in a namespace of their own. */
export interface PodBatch {
  readonly namespace: string;
  readonly node: string;
  /** Whether the scheduler finds the node; otherwise the pods are bound from the start. @default false */
  readonly isScheduled?: boolean;
  /** The numbers from `from` to before `to`. */
  readonly from: number;
  readonly to: number;
}

/** The name of the pod with a number. */
export function podName(number: number): string {
  return `pod-${String(number).padStart(6, '0')}`;
}

/** The numbers of a batch, in order. */
export function numbersOf({ from, to }: PodBatch): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** A pod of a usual size: labels, an owner's hash, two variables, resources, a probe. The API server adds the token's volume. */
export function podOf(batch: PodBatch, number: number): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(number),
      namespace: batch.namespace,
      labels: { app: 'web', 'pod-template-hash': (number * 2_654_435_761).toString(36).slice(0, 10), tier: 'front' },
      annotations: { 'example.com/built': `2026-01-01T00:00:00Z/${number}` },
    },
    spec: {
      ...(batch.isScheduled === true
        ? { nodeSelector: { 'kubernetes.io/hostname': batch.node } }
        : { nodeName: batch.node }),
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'web',
          image: `registry.example/web:1.${number % 50}`,
          imagePullPolicy: 'IfNotPresent',
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [
            { name: 'LEVEL', value: 'info' },
            { name: 'NUMBER', value: String(number) },
          ],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 10 },
        },
      ],
    },
  };
}

/** The smallest status with which a pod counts as Running and Ready. */
export function runningStatus(at: string): object {
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: at });
  return {
    phase: 'Running',
    startTime: at,
    podIP: '5.6.7.8',
    podIPs: [{ ip: '5.6.7.8' }],
    conditions: ['Initialized', 'ContainersReady', 'Ready'].map(condition),
    containerStatuses: [
      {
        name: 'web',
        image: 'registry.example/web:1.0',
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
      },
    ],
  };
}

/** The status of a pod that ended well. */
export function endedStatus(at: string): object {
  return {
    phase: 'Succeeded',
    containerStatuses: [
      {
        name: 'web',
        image: 'registry.example/web:1.0',
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        state: { terminated: { exitCode: 0, startedAt: at, finishedAt: at, reason: 'Completed' } },
      },
    ],
  };
}
