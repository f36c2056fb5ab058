import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRequest } from '@virtual-kubelet/provider';
import { inputsOf, podOf, requestOf } from '@virtual-kubelet/testing';
import { scriptPrefix } from '../src/index.js';

/** What differs from an ordinary pod of the mock. */
export interface ScriptedPod {
  /** @default u1 */
  readonly uid?: string;
  readonly attempt?: number;
  /** Laid over the spec, which has one container `c`. */
  readonly spec?: Partial<PodSpec>;
  /** Laid over what the pod takes from the cluster. */
  readonly inputs?: Partial<PodInputs>;
}

/** A request for the pod `default/web` with this script: names of annotations without their prefix. */
export function scriptedPod(script: Readonly<Record<string, string>> = {}, more: ScriptedPod = {}): PodRequest {
  const { uid = 'u1', attempt = 1, spec = {}, inputs = {} } = more;
  const annotations = Object.fromEntries(Object.entries(script).map(([name, value]) => [scriptPrefix + name, value]));
  const pod = podOf({ uid, annotations, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } });
  return requestOf(pod, { attempt, inputs: inputsOf(pod, inputs) });
}
