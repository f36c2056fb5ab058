/** Reads everything a pod refers to, all at once. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ConsumedInputs, PodRef } from '@virtual-kubelet/provider';
import { boundVolume, claimAnswer } from './claims.js';
import type { ClaimAnswer, ConfigSnapshot, PodToken, TokenParameters } from './config-snapshot.js';
import { configSnapshot, tokenKey } from './config-snapshot.js';
import type { Absent, ConfigMapContent } from './config-content.js';
import { configReadError } from './config-read-error.js';
import type { ConfigSource, ReadOptions } from './config-source.js';
import type { ConfigReference } from './references.js';
import { claimNameOf, serviceAccountOf } from './references.js';
import type { ServiceLinks } from './service-environment.js';

/** How to read. */
export interface SnapshotOptions extends ReadOptions {
  readonly source: ConfigSource;
  /** Where pods reach the API server, when it is not by its Service. */
  readonly apiServer?: ServiceLinks['apiServer'];
  /** Which links to Services are needed. */
  readonly services: boolean;
  readonly consumes: Pick<ConsumedInputs, 'tokens' | 'volumes'>;
}

/** Names the pod as the contract does. */
export function podRefOf(pod: Pod): PodRef {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

/** The first reference to each object of a kind; a mandatory one before an optional one, for what is said on failure. */
function distinct(references: readonly ConfigReference[], kind: ConfigReference['kind']): readonly ConfigReference[] {
  const byName = new Map<string, ConfigReference>();
  for (const reference of references) {
    if (reference.kind !== kind) continue;
    const known = byName.get(reference.name);
    if (!known || (known.optional && !reference.optional)) byName.set(reference.name, reference);
  }
  return [...byName.values()];
}

async function readAll<V>(
  references: readonly ConfigReference[],
  read: (name: string) => Promise<V>,
): Promise<ReadonlyMap<string, V>> {
  const entries = references.map(async (reference): Promise<[string, V]> => {
    try {
      return [reference.name, await read(reference.name)];
    } catch (error) {
      throw configReadError(reference, error);
    }
  });
  return new Map(await Promise.all(entries));
}

/** The cluster's authorities, published in every namespace (kubernetes/kubernetes:pkg/controller/certificates/rootcacertpublisher). */
const publishedAuthorities = 'kube-root-ca.crt';

/** Nobody publishes authorities for a pod, as they do other configuration, so an answer of a while ago will do. */
async function readConfigMap(
  namespace: string,
  name: string,
  options: SnapshotOptions,
): Promise<ConfigMapContent | Absent> {
  const { source } = options;
  const known = name === publishedAuthorities ? await source.configMap(namespace, name) : 'absent';
  return known === 'absent' ? source.configMap(namespace, name, options) : known;
}

async function readClaim(pod: Pod, name: string, options: SnapshotOptions): Promise<ClaimAnswer> {
  const { source } = options;
  const ephemeral = pod.spec?.volumes?.some((volume) => volume.ephemeral && claimNameOf(pod, volume) === name) === true;
  const claim = await source.claim(podRefOf(pod).namespace, name, options);
  const bound = boundVolume(claim, { name, pod, ephemeral });
  if ('waiting' in bound || claim === 'absent') return 'waiting' in bound ? bound : { waiting: '' };
  return claimAnswer(await source.volume(bound.volumeName, options), claim);
}

function tokensOf(pod: Pod): readonly TokenParameters[] {
  const projections = (pod.spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  return projections.flatMap((projection) => projection.serviceAccountToken ?? []);
}

async function readTokens(pod: Pod, options: SnapshotOptions): Promise<ReadonlyMap<string, PodToken | Absent>> {
  const { source, consumes } = options;
  if (!consumes.tokens || !consumes.volumes) return new Map();
  const serviceAccount = serviceAccountOf(pod);
  const entries = tokensOf(pod).map(async (parameters): Promise<[string, PodToken | Absent]> => [
    tokenKey(parameters),
    await source.token({ pod: podRefOf(pod), serviceAccount, parameters }),
  ]);
  return new Map(await Promise.all(entries));
}

async function readServices(pod: Pod, options: SnapshotOptions): Promise<ServiceLinks> {
  const { source, apiServer, services } = options;
  if (!services) return { services: [] };
  const wantsLinks = pod.spec?.enableServiceLinks !== false;
  const noService: Absent = 'absent';
  const [own, kubernetes] = await Promise.all([
    wantsLinks ? source.services(podRefOf(pod).namespace, options) : [],
    // No pod comes with an API server of its own, so an answer of a while ago will do.
    apiServer ? noService : source.kubernetesService(),
  ]);
  return {
    services: own,
    ...(kubernetes === 'absent' ? {} : { kubernetes }),
    ...(apiServer ? { apiServer } : {}),
  };
}

/** Wraps a failure that is about no single reference. */
async function about<V>(kind: string, name: string, reading: Promise<V>): Promise<V> {
  try {
    return await reading;
  } catch (error) {
    throw configReadError({ kind, name }, error);
  }
}

/**
 * Reads what the references name, and the tokens and Services the pod gets. Throws a `ConfigReadError` for the first
 * thing that could not be read.
 */
export async function readSnapshot(
  pod: Pod,
  references: readonly ConfigReference[],
  options: SnapshotOptions,
): Promise<ConfigSnapshot> {
  const { source } = options;
  const { namespace } = podRefOf(pod);
  const [configMaps, secrets, claims, tokens, services] = await Promise.all([
    readAll(distinct(references, 'ConfigMap'), (name) => readConfigMap(namespace, name, options)),
    readAll(distinct(references, 'Secret'), (name) => source.secret(namespace, name, options)),
    readAll(distinct(references, 'PersistentVolumeClaim'), (name) => readClaim(pod, name, options)),
    about('token of ServiceAccount', serviceAccountOf(pod), readTokens(pod, options)),
    about('Services of namespace', namespace, readServices(pod, options)),
  ]);
  return configSnapshot({ configMaps, secrets, claims, tokens, services });
}
