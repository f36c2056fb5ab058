/** A server with controllers and a hand that plays the node, on a clock that only the test moves. */
import type { LogLine } from '@virtual-kubelet/base';
import { ManualClock, seededIds, seededRandom, recordingLogger } from '@virtual-kubelet/base';
import { createPlaygroundServer } from '../server.js';
import type { PlaygroundServer } from '../server.js';
import type { ObjectAnswer } from '../store/answer.js';
import type { Json } from '../store/json.js';
import type { OwnRequest } from '../store/own-requests.js';
import type { Kinds, Stored, StoredPod } from './kinds.js';
import type { Controller } from './controller.js';
import { allControllers } from './index.js';
import { runControllers } from './runner.js';

/** A cluster for a test. */
export interface TestCluster {
  readonly server: PlaygroundServer;
  readonly clock: ManualClock;
  request(request: OwnRequest): ObjectAnswer;
  /** Creates an object and lets controllers react. Fails where it is refused. */
  create(body: Json & { readonly apiVersion: string; readonly kind: string }, resource: string): Promise<Json>;
  /** Merges a patch into an object of the namespace `default`. */
  patch(resource: string, name: string, body: Json): Promise<void>;
  remove(resource: string, name: string, body?: Json): Promise<void>;
  get<K extends keyof Kinds>(storage: K, key: string): Stored<Kinds[K]> | undefined;
  list<K extends keyof Kinds>(storage: K): readonly Stored<Kinds[K]>[];
  /** Gives pods a status, as a node does. */
  report(pods: readonly StoredPod[], phase: 'Running' | 'Succeeded' | 'Failed', more?: Json): Promise<void>;
  /** Ends pods that are being deleted, as a node does. */
  finishDeletions(): Promise<void>;
  /** Messages of events in the order of their names, as `reason: message`. */
  events(): readonly string[];
  /** What controllers could not do, as `controller key: why`. */
  troubles(): readonly string[];
  /** Lets everything that is due happen. */
  settle(): Promise<void>;
}

/** The apiVersion that a resource is served under in these tests. */
const versions: Readonly<Record<string, string>> = {
  deployments: 'apps/v1',
  replicasets: 'apps/v1',
  statefulsets: 'apps/v1',
  daemonsets: 'apps/v1',
  jobs: 'batch/v1',
  cronjobs: 'batch/v1',
  certificatesigningrequests: 'certificates.k8s.io/v1',
  endpointslices: 'discovery.k8s.io/v1',
  leases: 'coordination.k8s.io/v1',
  poddisruptionbudgets: 'policy/v1',
};
const clusterScoped: ReadonlySet<string> = new Set(['nodes', 'namespaces', 'certificatesigningrequests']);

/** Starts a cluster. */
export function testCluster(controllers: readonly Controller[] = allControllers()): TestCluster {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const server = createPlaygroundServer({ clock, random, ids: seededIds(random) });
  const lines: LogLine[] = [];
  runControllers(server, { controllers, clock, random, logger: recordingLogger(lines) });
  const at = (resource: string, name?: string): Omit<OwnRequest, 'verb'> => ({
    apiVersion: versions[resource] ?? 'v1',
    resource,
    ...(clusterScoped.has(resource) ? {} : { namespace: 'default' }),
    ...(name === undefined ? {} : { name }),
  });
  const request = (one: OwnRequest): ObjectAnswer => {
    const answer = server.request(one);
    if (answer.is !== 'object') throw new TypeError('not an object');
    return answer;
  };
  const must = async (one: OwnRequest): Promise<Json> => {
    const { code, body } = request(one);
    if (code >= 300) throw new Error(`${one.verb} ${one.resource}: ${JSON.stringify(body)}`);
    await clock.settle();
    return body as Json;
  };
  const list = <K extends keyof Kinds>(storage: K): readonly Stored<Kinds[K]>[] =>
    server.store.state.collection(storage).objects() as unknown as readonly Stored<Kinds[K]>[];
  return {
    server,
    clock,
    request,
    create: (body, resource) => must({ verb: 'create', ...at(resource), body }),
    async patch(resource, name, body) {
      await must({ verb: 'patch', patchType: 'merge', ...at(resource, name), body });
    },
    async remove(resource, name, body = {}) {
      await must({ verb: 'delete', ...at(resource, name), body });
    },
    get: (storage, key) => server.store.state.collection(storage).get(key) as never,
    list,
    async report(pods, phase, more = {}) {
      for (const pod of pods) {
        const status = { ...statusOf(phase, clock), ...more };
        await must({
          verb: 'patch',
          patchType: 'merge',
          ...at('pods', pod.metadata.name),
          namespace: pod.metadata.namespace ?? '',
          subresource: 'status',
          body: { status },
        });
      }
    },
    async finishDeletions() {
      for (const pod of list('pods'))
        if (pod.metadata.deletionTimestamp !== undefined)
          await must({
            verb: 'delete',
            ...at('pods', pod.metadata.name),
            namespace: pod.metadata.namespace ?? '',
            body: { gracePeriodSeconds: 0 },
          });
    },
    events: () => list('events').map(({ reason, message }) => `${reason}: ${message}`),
    troubles: () => lines.map(({ fields }) => `${String(fields['key'])}: ${String(fields['why'])}`),
    settle: () => clock.settle(),
  };
}

function statusOf(phase: string, clock: ManualClock): Json {
  const now = new Date(clock.wall()).toISOString().replace('.000', '');
  const ready = phase === 'Running' ? 'True' : 'False';
  return { phase, conditions: [{ type: 'Ready', status: ready, lastTransitionTime: now }] };
}

/** A node with room. */
export function node(
  name: string,
  more: { readonly labels?: Json; readonly spec?: Json; readonly allocatable?: Json } = {},
): Json & { apiVersion: string; kind: string } {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '10', ...more.allocatable };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } },
    spec: more.spec ?? {},
    status: { allocatable, capacity: allocatable, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A pod of one container. */
export function pod(name: string, spec: Json = {}, container: Json = {}): Json & { apiVersion: string; kind: string } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'nginx:1', ...container }], ...spec },
  };
}

/** A template of one container, with the label `app`. */
export function template(app: string, image = 'nginx:1', spec: Json = {}): Json {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image }], ...spec } };
}

/** Names of pods in order. */
export function namesOf(pods: readonly { readonly metadata: { readonly name: string } }[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.name);
}

/** A Service that selects the pods of {@link webPod} by a named port. */
export const webService = (spec: object = {}): Json & { apiVersion: string; kind: string } => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels: { of: 'web' } },
  spec: { ports: [{ port: 80, targetPort: 'http' }], selector: { app: 'web' }, ...spec },
});

/** A pod on node `a` that {@link webService} selects. */
export const webPod = (name: string, containerPort = 8080): Json & { apiVersion: string; kind: string } => ({
  ...pod(name, {}, { ports: [{ name: 'http', containerPort }] }),
  metadata: { name, labels: { app: 'web' } },
});
