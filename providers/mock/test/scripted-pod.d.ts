import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRequest } from '@virtual-kubelet/provider';
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
export declare function scriptedPod(script?: Readonly<Record<string, string>>, more?: ScriptedPod): PodRequest;
//# sourceMappingURL=scripted-pod.d.ts.map