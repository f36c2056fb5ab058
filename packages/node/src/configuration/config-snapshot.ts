/** Everything one pod refers to, read at one time, so that resolving it is a pure function. */
import type { Sensitive } from '@virtual-kubelet/base';
import type { PersistentVolumeSpec } from '@virtual-kubelet/kubernetes';
import type { Absent, ConfigMapContent, SecretContent } from './config-content.js';
import type { ServiceLinks } from './service-environment.js';

/** What tells two tokens of one pod apart. */
export interface TokenParameters {
  /** Absent: the API server's own. */
  readonly audience?: string;
  /** Absent: an hour. */
  readonly expirationSeconds?: number;
}

/** A token of the pod's ServiceAccount. */
export interface PodToken {
  readonly text: Sensitive;
  /** Wall time in milliseconds at which to ask for another. */
  readonly renewAt: number;
}

/** A claim and what it is bound to, or why the pod has to wait for it. */
export type ClaimAnswer = { readonly bound: PersistentVolumeSpec } | { readonly waiting: string };

/** The answers for one pod. Asking for what was not read is a mistake of this package and throws. */
export interface ConfigSnapshot {
  configMap(name: string): ConfigMapContent | Absent;
  secret(name: string): SecretContent | Absent;
  claim(name: string): ClaimAnswer;
  token(parameters: TokenParameters): PodToken | Absent;
  readonly services: ServiceLinks;
}

/** What was read, by name. */
export interface SnapshotContents {
  readonly configMaps?: ReadonlyMap<string, ConfigMapContent | Absent>;
  readonly secrets?: ReadonlyMap<string, SecretContent | Absent>;
  readonly claims?: ReadonlyMap<string, ClaimAnswer>;
  /** By {@link tokenKey}. */
  readonly tokens?: ReadonlyMap<string, PodToken | Absent>;
  readonly services?: ServiceLinks;
}

/** Tokens with the same key are the same token. */
export function tokenKey(parameters: TokenParameters): string {
  return JSON.stringify([parameters.audience ?? '', parameters.expirationSeconds ?? defaultTokenSeconds]);
}

/** Life of a token for which none is asked, as in the API. */
export const defaultTokenSeconds: number = 3_600;

function lookUp<T>(map: ReadonlyMap<string, T> | undefined, kind: string, name: string): T {
  const value = map?.get(name);
  if (value === undefined) throw new TypeError(`${kind} ${JSON.stringify(name)} was not read beforehand`);
  return value;
}

/** A snapshot of what was read. An object without a name never exists: the API once let such references through. */
export function configSnapshot(contents: SnapshotContents): ConfigSnapshot {
  const { configMaps, secrets, claims, tokens, services = { services: [] } } = contents;
  return {
    configMap: (name) => (name === '' ? 'absent' : lookUp(configMaps, 'ConfigMap', name)),
    secret: (name) => (name === '' ? 'absent' : lookUp(secrets, 'Secret', name)),
    claim: (name) => lookUp(claims, 'PersistentVolumeClaim', name),
    token: (parameters) => lookUp(tokens, 'token', tokenKey(parameters)),
    services,
  };
}
