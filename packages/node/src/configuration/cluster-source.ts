/** The configuration of pods, read from the API server. */
import type { Clock, Limiter, Logger, Random } from '@virtual-kubelet/base';
import { limiter, Sensitive } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, ObjectName, Resource } from '@virtual-kubelet/client';
import { isNotFound, resources } from '@virtual-kubelet/client';
import type { ConfigMap, Secret, Service, TokenRequest } from '@virtual-kubelet/kubernetes';
import type { Absent } from './config-content.js';
import { configMapContent, secretContent } from './config-content.js';
import { defaultTokenSeconds } from './config-snapshot.js';
import type { ConfigSource, ReadOptions } from './config-source.js';
import type { FreshCache } from './fresh-cache.js';
import { freshCache } from './fresh-cache.js';
import type { IssuedToken, TokenQuery } from './service-account-tokens.js';
import { serviceAccountTokens } from './service-account-tokens.js';

/** What {@link clusterSource} needs. */
export interface ClusterSourceOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Milliseconds an answer is used for by pods that run already. */
  readonly ttl: number;
  /** Ends reads under way. */
  readonly life: AbortSignal;
}

/** Requests under way at the same time, and objects in one page of a list. */
const mostReads = 16;
const pageSize = 500;
/** Milliseconds for which something counts as missing without another look. */
const absentTtl = 2_000;

/** One reader for each kind of object, each with its cache. */
interface Reader {
  readonly client: ApiClient;
  readonly reads: Limiter;
  cacheOf<V>(ttlOf: (value: V) => number): FreshCache<V>;
}

/** Objects of one kind, kept as what `take` makes of them. */
interface Objects<V> {
  get(name: ObjectName, options?: ReadOptions): Promise<V | Absent>;
  outdate(name: ObjectName): void;
}

function objects<T extends ApiObject, V>(
  reader: Reader,
  resource: Resource<T>,
  how: { readonly take: (object: T) => V; readonly ttlOf: (value: V | Absent) => number },
): Objects<V> {
  const cache = reader.cacheOf(how.ttlOf);
  const keyOf = ({ namespace = '', name }: ObjectName): string => `${namespace}/${name}`;
  const read = async (name: ObjectName, signal: AbortSignal): Promise<V | Absent> => {
    try {
      return how.take(await reader.client.get(resource, name, { signal }));
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  };
  return {
    get: (name, options = {}) =>
      cache.get(keyOf(name), { read: (life) => reader.reads.run(() => read(name, life), life), ...options }),
    outdate: (name) => cache.outdate(keyOf(name)),
  };
}

/**
 * Version 0 asks for what the server has at hand, as the watches of kubelets do: waiting until it is sure to have seen
 * every write to etcd would keep each pod for some 80 ms, since Services seldom change.
 */
async function listServices(client: ApiClient, namespace: string, signal: AbortSignal): Promise<readonly Service[]> {
  const all: Service[] = [];
  let next: string | undefined;
  do {
    const from = next === undefined ? { resourceVersion: '0' } : { continue: next };
    const options = { namespace, limit: pageSize, signal, ...from };
    const page = await client.list(resources.services, options);
    all.push(...page.items);
    next = page.continue;
  } while (next);
  return all;
}

function tokenRequest({ pod, parameters }: TokenQuery): TokenRequest {
  const { audience, expirationSeconds = defaultTokenSeconds } = parameters;
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid },
    },
  };
}

/** The server may grant another life than was asked for. */
function issuedToken(answer: TokenRequest, asked: number): IssuedToken {
  const seconds = answer.spec?.expirationSeconds ?? asked;
  return { text: new Sensitive(answer.status?.token ?? ''), life: seconds * 1_000 };
}

async function issue(client: ApiClient, query: TokenQuery, signal: AbortSignal): Promise<IssuedToken | Absent> {
  const where = { namespace: query.pod.namespace, name: query.serviceAccount };
  const body = tokenRequest(query);
  try {
    // A token more than needed does no harm, so the call may be repeated.
    const call = { subresource: 'token', body, signal, retry: true };
    const answer = await client.createSubresource<TokenRequest>(resources.serviceAccounts, where, call);
    return issuedToken(answer, body.spec?.expirationSeconds ?? defaultTokenSeconds);
  } catch (error) {
    if (isNotFound(error)) return 'absent';
    throw error;
  }
}

/**
 * Reads objects one by one when a pod refers to them; lists only the Services of namespaces with pods. Nothing is
 * watched, so the rights needed are `get` on what pods use and `list` on Services.
 */
export function clusterSource(options: ClusterSourceOptions): ConfigSource {
  const { client, clock, random, logger, ttl, life } = options;
  const sequence = { last: 0 };
  const reads = limiter(mostReads);
  const sweeps: (() => void)[] = [];
  const reader: Reader = {
    client,
    reads,
    cacheOf(ttlOf) {
      const cache = freshCache({ clock, sequence, ttlOf, unused: 2 * ttl, life });
      sweeps.push(() => cache.sweep());
      return cache;
    },
  };
  const unlessAbsent = <V>(value: V | Absent, present: (value: V) => number): number =>
    value === 'absent' ? Math.min(absentTtl, ttl) : present(value);
  const untilChanged = (value: { immutable: boolean } | Absent): number =>
    unlessAbsent(value, (content) => (content.immutable ? Infinity : ttl));

  const configMap = objects(reader, resources.configMaps, {
    take: (object: ConfigMap) => configMapContent(object),
    ttlOf: untilChanged,
  });
  const secret = objects(reader, resources.secrets, {
    take: (object: Secret) => secretContent(object),
    ttlOf: untilChanged,
  });
  // Whether a claim is bound is asked only by pods that wait for it: an old answer would make them wait longer.
  const claim = objects(reader, resources.persistentVolumeClaims, { take: (object) => object, ttlOf: () => 0 });
  const volume = objects(reader, resources.persistentVolumes, { take: (object) => object, ttlOf: () => 0 });
  const service = objects(reader, resources.services, {
    take: (object) => object,
    ttlOf: (value) => unlessAbsent(value, () => ttl),
  });
  const lists = reader.cacheOf<readonly Service[]>(() => ttl);
  const tokens = serviceAccountTokens({
    clock,
    random,
    logger,
    issue: (query) => reads.run(() => issue(client, query, life), life),
  });

  return {
    configMap: (namespace, name, how) => configMap.get({ namespace, name }, how),
    secret: (namespace, name, how) => secret.get({ namespace, name }, how),
    claim: (namespace, name, how) => claim.get({ namespace, name }, how),
    volume: (name, how) => volume.get({ name }, how),
    services: (namespace, how = {}) =>
      lists.get(namespace, {
        read: (signal) => reads.run(() => listServices(client, namespace, signal), signal),
        ...how,
      }),
    kubernetesService: (how) => service.get({ namespace: 'default', name: 'kubernetes' }, how),
    token: (query) => tokens.token(query),
    mark: () => sequence.last,
    outdate: ({ kind, ...name }) => (kind === 'Secret' ? secret : configMap).outdate(name),
    forget(uid) {
      tokens.forget(uid);
      for (const sweep of sweeps) sweep();
    },
  };
}
