import { inputsOf, podOf, requestOf } from '@virtual-kubelet/testing';
import { scriptPrefix } from '../src/index.js';
/** A request for the pod `default/web` with this script: names of annotations without their prefix. */
export function scriptedPod(script = {}, more = {}) {
    const { uid = 'u1', attempt = 1, spec = {}, inputs = {} } = more;
    const annotations = Object.fromEntries(Object.entries(script).map(([name, value]) => [scriptPrefix + name, value]));
    const pod = podOf({ uid, annotations, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } });
    return requestOf(pod, { attempt, inputs: inputsOf(pod, inputs) });
}
//# sourceMappingURL=scripted-pod.js.map