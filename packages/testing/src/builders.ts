import { silentLogger, silentSpan } from '@virtual-kubelet/base';
import type { Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import { literal } from '@virtual-kubelet/provider';
import type {
  CallContext,
  ContainerInputs,
  PodDeletion,
  PodInputs,
  PodRef,
  PodRequest,
} from '@virtual-kubelet/provider';

/** What differs from an ordinary pod. */
export interface PodOptions {
  /** @default web */
  readonly name?: string;
  /** @default default */
  readonly namespace?: string;
  /** @default made from namespace and name */
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Laid over the spec. */
  readonly spec?: Partial<PodSpec>;
}

/** A pod as the API server would give it to a node: one container that runs until it is stopped. */
export function podOf(options: PodOptions = {}): Pod {
  const { name = 'web', namespace = 'default', labels, annotations, spec } = options;
  const uid = options.uid ?? `uid-${namespace}-${name}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid,
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', imagePullPolicy: 'IfNotPresent' }],
      ...spec,
    },
  };
}

/** The name of a pod for ever. */
export function refOf({ metadata }: Pod): PodRef {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
}

function containerInputs(pod: Pod): readonly ContainerInputs[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name, env = [], command, args }) => ({
    name,
    env: env.map((entry) => ({ name: entry.name, value: literal(entry.value ?? '') })),
    ...(command ? { command: command.map(literal) } : {}),
    ...(args ? { args: args.map(literal) } : {}),
  }));
}

/** Inputs of a pod that takes nothing from the cluster: its plain variables and words, and no volume contents. */
export function inputsOf(pod: Pod, more: Partial<PodInputs> = {}): PodInputs {
  return {
    containers: containerInputs(pod),
    volumes: (pod.spec?.volumes ?? []).map(({ name }) => ({ kind: 'other', name })),
    pullSecrets: [],
    dns: { nameservers: [], searches: [], options: [] },
    hostname: (pod.metadata?.name ?? '').slice(0, 63),
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
    ...more,
  };
}

/** A request to run a pod. */
export function requestOf(pod: Pod, more: Partial<Omit<PodRequest, 'pod' | 'ref'>> = {}): PodRequest {
  return { ref: refOf(pod), pod, inputs: inputsOf(pod), attempt: 1, ...more };
}

/** A wish of a user that a pod goes. */
export function deletionOf(gracePeriodSeconds: number = 0): PodDeletion {
  return { gracePeriodSeconds, reason: 'deleted' };
}

/** What accompanies a call; silent and without an end unless told otherwise. */
export function callContext(more: Partial<CallContext> = {}): CallContext {
  return {
    signal: new AbortController().signal,
    deadline: Infinity,
    logger: silentLogger,
    span: silentSpan,
    idempotencyKey: 'test/1',
    ...more,
  };
}
