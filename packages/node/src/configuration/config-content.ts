/** ConfigMaps and Secrets as the resolver sees them: maps, because any word may be a key, and Secret values hidden. */
import { Sensitive } from '@virtual-kubelet/base';
import type { ConfigMap, Secret } from '@virtual-kubelet/kubernetes';

/** The data of a ConfigMap. */
export interface ConfigMapContent {
  readonly data: ReadonlyMap<string, string>;
  /** Base64. */
  readonly binaryData: ReadonlyMap<string, string>;
  readonly immutable: boolean;
}

/** The data of a Secret. */
export interface SecretContent {
  /** Base64. */
  readonly data: ReadonlyMap<string, Sensitive>;
  readonly immutable: boolean;
}

/** Says that an object does not exist, as opposed to a failure to look. */
export type Absent = 'absent';

function sortedEntries<T>(record: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(record ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Takes what is needed from a ConfigMap; keys in ascending order. */
export function configMapContent(object: ConfigMap): ConfigMapContent {
  return {
    data: new Map(sortedEntries(object.data)),
    binaryData: new Map(sortedEntries(object.binaryData)),
    immutable: object.immutable === true,
  };
}

/** Takes what is needed from a Secret and hides it; keys in ascending order. */
export function secretContent(object: Secret): SecretContent {
  const hidden = sortedEntries(object.data).map(([key, value]): [string, Sensitive] => [key, new Sensitive(value)]);
  return { data: new Map(hidden), immutable: object.immutable === true };
}
