/**
 * Logs, exec, attach and port-forward of pods: what the kubelet is asked instead. Its paths and parameters are its own
 * (kubernetes:pkg/registry/core/pod/strategy.go).
 */
import type { Call } from '../call.js';
import { currentObject } from '../current-object.js';
import { list, text } from '../json.js';
import type { StoredObject } from '../object.js';
import { badRequest } from '../refusal.js';
import type { Query } from '../request.js';

/** What to ask the kubelet of a pod's node. */
export interface PodStream {
  readonly node: string;
  /** Path with query. */
  readonly path: string;
}

type Maker = (pod: StoredObject, query: Query) => string;

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['attach', (pod, query) => `/attach/${placeOf(pod)}/${containerOf(pod, query)}${flags(query)}`],
  ['exec', (pod, query) => `/exec/${placeOf(pod)}/${containerOf(pod, query)}${flags(query)}`],
  ['log', (pod, query) => `/containerLogs/${placeOf(pod)}/${containerOf(pod, query)}${logQuery(query)}`],
  [
    'portforward',
    (pod, query) => `/portForward/${placeOf(pod)}${search(all(query, 'ports').map((port) => ['port', port]))}`,
  ],
]);

/** Whether a subresource of pods is one of these. */
export function isPodStream(subresource: string): boolean {
  return makers.has(subresource);
}

/** What a request for a stream of a pod asks of the kubelet. Throws a Refusal. */
export function podStream(call: Call): PodStream {
  const { subresource = '', query } = call.request;
  const pod = currentObject(call);
  const make = makers.get(subresource);
  const path = make?.(pod, query) ?? '';
  const node = text(pod, 'spec', 'nodeName');
  if (node === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return { node, path };
}

function placeOf({ metadata }: StoredObject): string {
  return `${encodeURIComponent(metadata.namespace ?? '')}/${encodeURIComponent(metadata.name)}`;
}

function containerOf(pod: StoredObject, query: Query): string {
  const names = (key: string): readonly string[] => list(pod, 'spec', key).map((one) => text(one, 'name'));
  const [containers, init, ephemeral] = [names('containers'), names('initContainers'), names('ephemeralContainers')];
  const { name } = pod.metadata;
  const asked = query.get('container') ?? '';
  if (asked === '') return only(name, containers, init);
  if (![...containers, ...init, ...ephemeral].includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return encodeURIComponent(asked);
}

function only(pod: string, containers: readonly string[], init: readonly string[]): string {
  const [first = ''] = containers;
  if (containers.length === 1 && init.length === 0) return encodeURIComponent(first);
  const others = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`;
  throw badRequest(
    `a container name must be specified for pod ${pod}, choose one of: [${containers.join(' ')}]${others}`,
  );
}

/** The parameters of exec and attach have other names at the kubelet, and are there or not. */
const streamFlags = [
  ['stdin', 'input'],
  ['stdout', 'output'],
  ['stderr', 'error'],
  ['tty', 'tty'],
] as const;

function flags(query: Query): string {
  const set = streamFlags.filter(([name]) => isSet(query.get(name))).map(([, name]): Pair => [name, '1']);
  return search([...set, ...all(query, 'command').map((word): Pair => ['command', word])]);
}

function isSet(value: string | null): boolean {
  return value !== null && value !== '' && value !== 'false' && value !== '0';
}

const logParameters = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
  'stream',
] as const;

function logQuery(query: Query): string {
  return search(logParameters.flatMap((name) => all(query, name).map((value): Pair => [name, value])));
}

type Pair = readonly [string, string];

function all(query: Query, name: string): readonly string[] {
  return query.getAll(name);
}

function search(pairs: readonly Pair[]): string {
  const words = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return words.length === 0 ? '' : `?${words.join('&')}`;
}
