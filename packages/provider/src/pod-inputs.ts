import type { Sensitive } from '@virtual-kubelet/base';
import type { PersistentVolumeSpec } from '@virtual-kubelet/kubernetes';
import type { EnvironmentVariable, Expression } from './expression.js';

/** Environment and command line of one container, resolved. */
export interface ContainerInputs {
  readonly name: string;
  /** In effect order, `envFrom` and service variables included. Empty when the provider does not consume env. */
  readonly env: readonly EnvironmentVariable[];
  /** Replaces the image's entry point; absent: the image's own. */
  readonly command?: readonly Expression[];
  /** Replaces the image's arguments; absent: the image's own. */
  readonly args?: readonly Expression[];
  /** One entry per volume mount with a `subPathExpr`; read them with `subPathOf`. */
  readonly subPaths?: readonly SubPath[];
}

/** A `subPathExpr` of a volume mount, expanded. Mount paths are unique within a container. */
export interface SubPath {
  readonly mountPath: string;
  readonly path: Expression;
}

/** One file of a volume. */
export interface VolumeFile {
  /** Relative to the mount point; may contain `/`, never `..`. */
  readonly path: string;
  /** Base64 of the content. Always hidden: a volume can hold secrets whatever its kind. */
  readonly content: Sensitive;
  /** Permission bits, already widened for the group that owns the volume. */
  readonly mode: number;
  /** User that owns the file: tokens belong to the one user all containers run as. @default root */
  readonly uid?: number;
}

/** A volume whose contents come from the cluster: ConfigMap, Secret, downward API, projected. */
export interface ContentVolume {
  readonly kind: 'contents';
  readonly name: string;
  readonly files: readonly VolumeFile[];
  /** Group that owns files and folders, from `fsGroup`; folders get setgid. @default root */
  readonly gid?: number;
  /** Some file is from a Secret or a token. */
  readonly sensitive: boolean;
  /** Changes when a file changes; equal revisions have equal contents. */
  readonly revision: string;
  /** Wall time in milliseconds at which contents are renewed (tokens); absent: only when sources change. */
  readonly renewAt?: number;
}

/** A claim with the volume it is bound to. */
export interface ClaimVolume {
  readonly kind: 'claim';
  readonly name: string;
  readonly claimName: string;
  readonly readOnly: boolean;
  /** The bound PersistentVolume's spec: its source, modes and node affinity. */
  readonly volume: PersistentVolumeSpec;
}

/** A volume the provider makes from the pod spec alone (emptyDir, hostPath, csi, ...). */
export interface OtherVolume {
  readonly kind: 'other';
  readonly name: string;
}

/** A volume of the pod, in the spec's order. */
export type VolumeInputs = ContentVolume | ClaimVolume | OtherVolume;

/** A registry credential from an image pull secret. */
export interface PullSecret {
  /** Registry host, optionally with a path, as written in the secret. */
  readonly registry: string;
  readonly username: string;
  readonly password: Sensitive;
}

/** Name resolution of the pod, as a kubelet would write it. */
export interface PodDns {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `name` or `name:value`, such as `ndots:5`. */
  readonly options: readonly string[];
}

/** How the pod reaches its cluster from wherever it runs. Absent parts are not known to the node. */
export interface ClusterNetwork {
  /** The API server as pods can reach it. */
  readonly apiServer?: { readonly host: string; readonly port: number };
  readonly clusterDomain: string;
  /** Address of the cluster's DNS service. */
  readonly dnsAddresses: readonly string[];
}

/**
 * Everything a pod takes from the cluster, read and expanded. Only what the provider declares to consume is read;
 * the rest is empty.
 */
export interface PodInputs {
  /** One entry per init, regular and ephemeral container. */
  readonly containers: readonly ContainerInputs[];
  readonly volumes: readonly VolumeInputs[];
  readonly pullSecrets: readonly PullSecret[];
  readonly dns: PodDns;
  /** `spec.hostname`, or the pod's name cut to 63 characters. */
  readonly hostname: string;
  readonly clusterNetwork: ClusterNetwork;
}
