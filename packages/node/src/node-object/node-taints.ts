/** The taints of a virtual node. `spec.taints` is one value for the API, so ours are put among those of others with care. */
import type { Taint } from '@virtual-kubelet/kubernetes';
import type { NodeOptions } from './node-options.js';

/** Key of the taint every virtual node has unless configured otherwise. */
export const providerTaintKey = 'virtual-kubelet.io/provider';

/** Key of the taint a node has while its provider does not answer. */
export const unreachableTaintKey = 'virtual-kubelet.io/provider-unreachable';

/** Key of the taint a node has while its platform has no room; the value is the resource that is short. */
export const shortageTaintKey = 'virtual-kubelet.io/out-of-capacity';

/** The configured taint, or undefined where there shall be none. */
export function providerTaint({ taint, providerName }: NodeOptions): Taint | undefined {
  if (taint === false) return undefined;
  const { key = providerTaintKey, value = providerName, effect = 'NoSchedule' } = taint ?? {};
  return { key, value, effect };
}

/** What makes taints come and go. */
export interface TaintCauses {
  readonly isProviderReachable: boolean;
  /** Resource the platform is short of. */
  readonly shortage: string | undefined;
}

/** The taints of the moment. */
export function passingTaints({ isProviderReachable, shortage }: TaintCauses): readonly Taint[] {
  const taints: Taint[] = [];
  if (!isProviderReachable) taints.push({ key: unreachableTaintKey, effect: 'NoSchedule' });
  if (shortage !== undefined) taints.push({ key: shortageTaintKey, value: taintValue(shortage), effect: 'NoSchedule' });
  return taints;
}

/** Values follow the rule of label values, which names of resources such as `example.com/gpu` break. */
function taintValue(resource: string): string {
  const shortened = resource.replace(/[^-A-Za-z0-9_.]/g, '-').slice(0, 63);
  return shortened.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/**
 * The whole list with our taints put right; undefined when it is right already. Ours are those whose key is one of our three
 * or in `ownKeys`. Others stay as they are and where they are.
 */
export function taintsWith(
  seen: readonly Taint[] | undefined,
  wanted: readonly Taint[],
  ownKeys: ReadonlySet<string>,
): readonly Taint[] | undefined {
  const present = seen ?? [];
  const isOurs = ({ key }: Taint): boolean => fixedKeys.has(key) || ownKeys.has(key);
  const kept = present.filter((taint) => !isOurs(taint) || wanted.some((each) => isSame(each, taint)));
  const added = wanted.filter(
    (taint, index) =>
      !kept.some((each) => isSame(each, taint)) && !wanted.slice(0, index).some((each) => isTwin(each, taint)),
  );
  if (added.length === 0 && kept.length === present.length) return undefined;
  // The API allows one taint for each key and effect: a foreign one gives way to what is wanted.
  return [...kept.filter((taint) => !added.some((each) => isTwin(each, taint))), ...added];
}

const fixedKeys: ReadonlySet<string> = new Set([providerTaintKey, unreachableTaintKey, shortageTaintKey]);

function isTwin(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** `timeAdded` is the API's business. */
function isSame(a: Taint, b: Taint): boolean {
  return isTwin(a, b) && (a.value ?? '') === (b.value ?? '');
}
