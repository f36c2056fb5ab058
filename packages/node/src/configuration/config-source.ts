/** Where the configuration of pods is read. Answers say `absent` for what does not exist, and throw for "could not look". */
import type { PersistentVolume, PersistentVolumeClaim, Service } from '@virtual-kubelet/kubernetes';
import type { Absent, ConfigMapContent, SecretContent } from './config-content.js';
import type { PodToken } from './config-snapshot.js';
import type { TokenQuery } from './service-account-tokens.js';

/** How an object is to be read. */
export interface ReadOptions {
  /** Only reads begun after this {@link ConfigSource.mark} will do. @default any that is young enough */
  readonly after?: number;
}

/** Names a ConfigMap or Secret. */
export interface ConfigObject {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/** Reads what pods refer to. */
export interface ConfigSource {
  configMap(namespace: string, name: string, options?: ReadOptions): Promise<ConfigMapContent | Absent>;
  secret(namespace: string, name: string, options?: ReadOptions): Promise<SecretContent | Absent>;
  claim(namespace: string, name: string, options?: ReadOptions): Promise<PersistentVolumeClaim | Absent>;
  volume(name: string, options?: ReadOptions): Promise<PersistentVolume | Absent>;
  /** All Services of a namespace. */
  services(namespace: string, options?: ReadOptions): Promise<readonly Service[]>;
  /** The Service `kubernetes` of namespace `default`. */
  kubernetesService(options?: ReadOptions): Promise<Service | Absent>;
  token(query: TokenQuery): Promise<PodToken | Absent>;
  /**
   * Names this moment. A pod is resolved from reads begun after it was first seen, or a ConfigMap changed just before
   * would reach it in its old form, and its environment for ever.
   */
  mark(): number;
  /** Says that an object is not what it was: the next who asks gets it anew. */
  outdate(object: ConfigObject): void;
  /** Drops what belongs to a pod that is gone. */
  forget(uid: string): void;
}
