/** The little of a Node's spec that is ours: taints, the provider's ID, and a cordon we made ourselves. */
import type { Node, Taint } from '@virtual-kubelet/kubernetes';
import { valueAt } from './dictionary.js';
import { cordonedAnnotation } from './node-metadata.js';
import { taintsWith } from './node-taints.js';

/** What the spec should say. */
export interface WantedSpec {
  readonly taints: readonly Taint[];
  /** Keys of taints that are ours beside the fixed ones, wanted now or not. */
  readonly taintKeys: ReadonlySet<string>;
  readonly providerID?: string;
}

/** What differs, as fields of a merge patch; undefined when the spec says what it should. */
export interface SpecDifference {
  readonly spec: {
    readonly taints?: readonly Taint[];
    readonly providerID?: string;
    readonly unschedulable?: null;
  };
  readonly annotations?: Readonly<Record<string, null>>;
}

/** `unschedulable` is the users': it is touched only where our own mark says that we set it when we stopped. */
export function specDifference(seen: Node, wanted: WantedSpec): SpecDifference | undefined {
  const taints = taintsWith(seen.spec?.taints, wanted.taints, wanted.taintKeys);
  // The API lets the ID be set once and never changed.
  const isIdentified = wanted.providerID === undefined || (seen.spec?.providerID ?? '') !== '';
  const isCordonedByUs = valueAt(seen.metadata?.annotations, cordonedAnnotation) !== undefined;
  if (taints === undefined && isIdentified && !isCordonedByUs) return undefined;
  return {
    spec: {
      ...(taints === undefined ? {} : { taints }),
      ...(isIdentified ? {} : { providerID: wanted.providerID }),
      ...(isCordonedByUs ? { unschedulable: null } : {}),
    },
    ...(isCordonedByUs ? { annotations: { [cordonedAnnotation]: null } } : {}),
  };
}

/** Body of the merge patch: only for this very Node, and only as it was seen, since the list of taints is one value. */
export function specPatch(seen: Node, { spec, annotations }: SpecDifference): unknown {
  const { uid, resourceVersion } = seen.metadata ?? {};
  const guard = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return { metadata: { ...guard, ...(annotations === undefined ? {} : { annotations }) }, spec };
}

/** Body of the merge patch that cordons a Node on exit; undefined where it is cordoned already. */
export function cordonPatch(seen: Node): unknown {
  if (seen.spec?.unschedulable === true) return undefined;
  const uid = seen.metadata?.uid;
  const metadata = {
    ...(uid === undefined ? {} : { uid }),
    annotations: { [cordonedAnnotation]: 'true' },
  };
  return { metadata, spec: { unschedulable: true } };
}
