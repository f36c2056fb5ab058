/** The volumes of a pod (kubernetes/kubernetes:pkg/volume/{configmap,secret,downwardapi,projected}). Pure. */
import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ProjectedVolumeSource,
  SecretProjection,
  Volume,
  VolumeProjection,
} from '@virtual-kubelet/kubernetes';
import type { ConsumedInputs, VolumeInputs } from '@virtual-kubelet/provider';
import type { ConfigEvent, ConfigProblem, Found } from './config-event.js';
import { warning } from './config-event.js';
import type { ConfigMapContent } from './config-content.js';
import type { ConfigSnapshot } from './config-snapshot.js';
import { metadataField } from './field-reference.js';
import { claimNameOf, serviceAccountOf } from './references.js';
import type { ResourceList } from './resource-reference.js';
import { resourceField } from './resource-reference.js';
import { encodedSecret, encodedText } from './text-encoding.js';
import type { GatheredFile } from './volume-files.js';
import { contentVolume } from './volume-files.js';
import { ownedTokenMode, volumeOwner } from './volume-owner.js';

/** What volumes are made of. */
export interface VolumeContext {
  readonly pod: Pod;
  readonly snapshot: ConfigSnapshot;
  readonly consumes: Pick<ConsumedInputs, 'tokens'>;
  readonly nodeAllocatable: ResourceList;
}

/** One volume, or why the pod has to wait for it. */
export interface VolumeOutcome {
  readonly volume?: VolumeInputs;
  readonly problem?: ConfigProblem;
  readonly notes: readonly ConfigEvent[];
}

/** Mode of files for which none is given, as the API fills in. */
const usualMode = 0o644;

/** The volume under work. */
interface Work {
  readonly context: VolumeContext;
  readonly volume: Volume;
  readonly mode: number;
  readonly files: GatheredFile[];
  readonly problems: string[];
  readonly notes: ConfigEvent[];
  renewAt?: number;
}

function fail(work: Work, message: string): void {
  work.problems.push(message);
}

function noteMissing(work: Work, reason: string, message: string): void {
  work.notes.push(warning(reason, `${message}, wanted by volume "${work.volume.name}"`));
}

interface KeyedSource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly optional: boolean;
  readonly items: readonly KeyToPath[];
}

const encodings = new WeakMap<ConfigMapContent, ReadonlyMap<string, string>>();

/** Base64 of all keys, made once for all pods that mount the ConfigMap. */
function encoded(configMap: ConfigMapContent): ReadonlyMap<string, string> {
  const known = encodings.get(configMap);
  if (known) return known;
  const texts = [...configMap.data].map(([key, text]): [string, string] => [key, encodedText(text)]);
  const made = new Map([...texts, ...configMap.binaryData]);
  encodings.set(configMap, made);
  return made;
}

/** All keys with their base64 content; undefined when the object does not exist. */
function contentOf(work: Work, source: KeyedSource): ReadonlyMap<string, GatheredFile['content']> | undefined {
  const { snapshot } = work.context;
  if (source.kind === 'Secret') {
    const secret = snapshot.secret(source.name);
    return secret === 'absent' ? undefined : secret.data;
  }
  const configMap = snapshot.configMap(source.name);
  return configMap === 'absent' ? undefined : encoded(configMap);
}

function gatherItems(work: Work, source: KeyedSource, content: ReadonlyMap<string, GatheredFile['content']>): void {
  const secret = source.kind === 'Secret';
  for (const item of source.items) {
    const found = content.get(item.key);
    if (found !== undefined) work.files.push({ path: item.path, content: found, mode: item.mode ?? work.mode, secret });
    else if (source.optional) {
      noteMissing(
        work,
        `Optional${source.kind}KeyNotFound`,
        `couldn't find key ${item.key} in ${source.kind} ${source.name}`,
      );
    } else {
      const kind = secret ? 'secret' : 'config';
      fail(work, `references non-existent ${kind} key: ${item.key}`);
    }
  }
}

function gatherKeyed(work: Work, source: KeyedSource): void {
  const content = contentOf(work, source);
  const missing = `${source.kind.toLowerCase()} "${source.name}" not found`;
  if (!content)
    return source.optional ? noteMissing(work, `Optional${source.kind}NotFound`, missing) : fail(work, missing);
  if (source.items.length > 0) return gatherItems(work, source, content);
  const secret = source.kind === 'Secret';
  for (const [path, value] of content) work.files.push({ path, content: value, mode: work.mode, secret });
}

function keyed(kind: KeyedSource['kind'], source: ConfigMapProjection | SecretProjection): KeyedSource {
  return { kind, name: source.name ?? '', optional: source.optional === true, items: source.items ?? [] };
}

function downwardText(work: Work, item: DownwardAPIVolumeFile): Found<string> {
  const { pod, nodeAllocatable } = work.context;
  if (item.fieldRef) return metadataField(pod, item.fieldRef);
  if (item.resourceFieldRef) return resourceField(item.resourceFieldRef, { pod, nodeAllocatable });
  return { problem: `${item.path} has no source this node knows` };
}

function gatherDownward(work: Work, items: readonly DownwardAPIVolumeFile[]): void {
  for (const item of items) {
    const text = downwardText(work, item);
    if ('problem' in text) fail(work, text.problem);
    else
      work.files.push({
        path: item.path,
        content: encodedText(text.found),
        mode: item.mode ?? work.mode,
        secret: false,
      });
  }
}

function gatherToken(work: Work, source: NonNullable<VolumeProjection['serviceAccountToken']>): void {
  const { pod, snapshot, consumes } = work.context;
  if (!consumes.tokens) return;
  const token = snapshot.token(source);
  if (token === 'absent') {
    return fail(work, `failed to fetch token: serviceaccounts "${serviceAccountOf(pod)}" not found`);
  }
  work.renewAt = Math.min(work.renewAt ?? Infinity, token.renewAt);
  const owner = volumeOwner(pod);
  work.files.push({
    path: source.path,
    content: encodedSecret(token.text),
    mode: ownedTokenMode(work.mode, owner),
    secret: true,
    ...(owner.user === undefined ? {} : { uid: owner.user }),
  });
}

function gatherTrustBundle(work: Work, source: NonNullable<VolumeProjection['clusterTrustBundle']>): void {
  if (source.optional !== true) return fail(work, 'ClusterTrustBundles are not supported by this node');
  noteMissing(
    work,
    'OptionalClusterTrustBundleNotFound',
    'ClusterTrustBundles are not supported by this node, an empty file stands in',
  );
  work.files.push({ path: source.path, content: '', mode: work.mode, secret: false });
}

function gatherProjection(work: Work, source: VolumeProjection): void {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (configMap) return gatherKeyed(work, keyed('ConfigMap', configMap));
  if (secret) return gatherKeyed(work, keyed('Secret', secret));
  if (downwardAPI) return gatherDownward(work, downwardAPI.items ?? []);
  if (serviceAccountToken) return gatherToken(work, serviceAccountToken);
  if (clusterTrustBundle) return gatherTrustBundle(work, clusterTrustBundle);
  fail(
    work,
    podCertificate
      ? 'pod certificates are not supported by this node'
      : 'a source is of a kind this node does not know',
  );
}

function gatherProjected(work: Work, source: ProjectedVolumeSource): void {
  for (const projection of source.sources ?? []) gatherProjection(work, projection);
}

/** How to gather the files of a volume; undefined for volumes that are not made of contents. */
function gathering(volume: Volume): { mode: number | undefined; gather: (work: Work) => void } | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap)
    return { mode: configMap.defaultMode, gather: (work) => gatherKeyed(work, keyed('ConfigMap', configMap)) };
  if (secret) {
    const { secretName = '', ...rest } = secret;
    return {
      mode: secret.defaultMode,
      gather: (work) => gatherKeyed(work, keyed('Secret', { ...rest, name: secretName })),
    };
  }
  if (downwardAPI)
    return { mode: downwardAPI.defaultMode, gather: (work) => gatherDownward(work, downwardAPI.items ?? []) };
  if (projected) return { mode: projected.defaultMode, gather: (work) => gatherProjected(work, projected) };
  return undefined;
}

/** Whether the files of the volume come from the cluster. */
export function hasContents(volume: Volume): boolean {
  return gathering(volume) !== undefined;
}

function problemOf(volume: Volume, message: string): ConfigProblem {
  const event = warning('FailedMount', `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`);
  return { message: `volume "${volume.name}": ${message}`, events: [event] };
}

function resolveClaim(volume: Volume, claimName: string, context: VolumeContext): VolumeOutcome {
  const answer = context.snapshot.claim(claimName);
  if ('waiting' in answer) return { problem: problemOf(volume, answer.waiting), notes: [] };
  const readOnly = volume.persistentVolumeClaim?.readOnly === true;
  return { volume: { kind: 'claim', name: volume.name, claimName, readOnly, volume: answer.bound }, notes: [] };
}

function finish(work: Work): VolumeOutcome {
  const { volume, notes, context } = work;
  const made = contentVolume(work.files, {
    name: volume.name,
    salt: context.pod.metadata?.uid ?? '',
    owner: volumeOwner(context.pod),
    ...(work.renewAt === undefined ? {} : { renewAt: work.renewAt }),
  });
  const message = work.problems.length > 0 ? work.problems.join('; ') : 'problem' in made ? made.problem : undefined;
  if (message !== undefined) return { problem: problemOf(volume, message), notes };
  return 'found' in made ? { volume: made.found, notes } : { notes };
}

/** Resolves one volume. */
export function volumeInputs(volume: Volume, context: VolumeContext): VolumeOutcome {
  const claimName = claimNameOf(context.pod, volume);
  if (claimName !== undefined) return resolveClaim(volume, claimName, context);
  const how = gathering(volume);
  if (!how) return { volume: { kind: 'other', name: volume.name }, notes: [] };
  const work: Work = { context, volume, mode: how.mode ?? usualMode, files: [], problems: [], notes: [] };
  how.gather(work);
  return finish(work);
}
