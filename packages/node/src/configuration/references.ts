/** Which objects a pod refers to. Pure. What the provider does not consume is not among them, so it is never read. */
import type { Container, EphemeralContainer, Pod, Volume } from '@virtual-kubelet/kubernetes';
import type { ConsumedInputs } from '@virtual-kubelet/provider';

/** An object of the pod's namespace that the pod refers to. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim' | 'ServiceAccount';
  /** Never empty. */
  readonly name: string;
  /** The pod starts without it. */
  readonly optional: boolean;
  /** Path of the referring field, such as `spec.containers[0].env[2]`. */
  readonly where: string;
}

/** Which parts of a pod to look at. */
export type ReferencingParts = Pick<ConsumedInputs, 'env' | 'volumes' | 'tokens' | 'pullSecrets'> & {
  /** @default true, as far as volumes are consumed */
  readonly claims?: boolean;
};

interface OptionalName {
  readonly name?: string;
  readonly optional?: boolean;
}

function toConfig(kind: 'ConfigMap' | 'Secret', ref: OptionalName | undefined, where: string): ConfigReference[] {
  if (!ref?.name) return [];
  return [{ kind, name: ref.name, optional: ref.optional === true, where }];
}

function ofContainer(container: Container | EphemeralContainer, at: string): ConfigReference[] {
  const { envFrom = [], env = [] } = container;
  return [
    ...envFrom.flatMap((source, i) => [
      ...toConfig('ConfigMap', source.configMapRef, `${at}.envFrom[${i}]`),
      ...toConfig('Secret', source.secretRef, `${at}.envFrom[${i}]`),
    ]),
    ...env.flatMap(({ value, valueFrom }, i) =>
      value
        ? []
        : [
            ...toConfig('ConfigMap', valueFrom?.configMapKeyRef, `${at}.env[${i}]`),
            ...toConfig('Secret', valueFrom?.secretKeyRef, `${at}.env[${i}]`),
          ],
    ),
  ];
}

/** All containers of a pod with their paths: init, regular, ephemeral. */
export function containersOf(
  pod: Pod,
): readonly { readonly container: Container | EphemeralContainer; readonly path: string }[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [
    ...initContainers.map((container, i) => ({ container, path: `spec.initContainers[${i}]` })),
    ...containers.map((container, i) => ({ container, path: `spec.containers[${i}]` })),
    ...ephemeralContainers.map((container, i) => ({ container, path: `spec.ephemeralContainers[${i}]` })),
  ];
}

/** The account the pod's tokens are for. */
export function serviceAccountOf(pod: Pod): string {
  return pod.spec?.serviceAccountName || 'default';
}

/** Name of the claim a volume is about; undefined for other volumes. Generic ephemeral volumes have one claim each. */
export function claimNameOf(pod: Pod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral ? `${pod.metadata?.name ?? ''}-${volume.name}` : undefined;
}

function ofProjections(pod: Pod, volume: Volume, options: { at: string; tokens: boolean }): ConfigReference[] {
  return (volume.projected?.sources ?? []).flatMap((source, i): ConfigReference[] => {
    const where = `${options.at}.projected.sources[${i}]`;
    const token = source.serviceAccountToken && options.tokens;
    return [
      ...toConfig('ConfigMap', source.configMap, where),
      ...toConfig('Secret', source.secret, where),
      ...(token ? [{ kind: 'ServiceAccount' as const, name: serviceAccountOf(pod), optional: false, where }] : []),
    ];
  });
}

function ofVolume(
  pod: Pod,
  volume: Volume,
  options: { at: string; tokens: boolean; claims: boolean },
): ConfigReference[] {
  const { at, claims } = options;
  const { configMap, secret } = volume;
  const secretRef = secret && { ...secret, name: secret.secretName ?? '' };
  const claimName = claims ? claimNameOf(pod, volume) : undefined;
  return [
    ...toConfig('ConfigMap', configMap, at),
    ...toConfig('Secret', secretRef, at),
    ...ofProjections(pod, volume, options),
    ...(claimName ? [{ kind: 'PersistentVolumeClaim' as const, name: claimName, optional: false, where: at }] : []),
  ];
}

/** Everything the pod refers to, in the order of its spec; an object occurs once for each reference. */
export function referencesOf(pod: Pod, parts: ReferencingParts): readonly ConfigReference[] {
  const { env, volumes, tokens, pullSecrets, claims = true } = parts;
  const { volumes: all = [], imagePullSecrets = [] } = pod.spec ?? {};
  return [
    ...(volumes ? all.flatMap((volume, i) => ofVolume(pod, volume, { at: `spec.volumes[${i}]`, tokens, claims })) : []),
    ...(env ? containersOf(pod).flatMap(({ container, path }) => ofContainer(container, path)) : []),
    ...(pullSecrets
      ? imagePullSecrets.flatMap(({ name }, i) =>
          toConfig('Secret', name === undefined ? undefined : { name, optional: true }, `spec.imagePullSecrets[${i}]`),
        )
      : []),
  ];
}
