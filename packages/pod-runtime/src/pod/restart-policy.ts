import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import { isSidecar, shouldRestart } from '@virtual-kubelet/kubernetes';

function isOrdinaryInit(container: Container, spec: PodSpec): boolean {
  return (spec.initContainers?.includes(container) ?? false) && !isSidecar(container);
}

/** Whether a container that ended runs again. An ordinary init container does so after a failure only, even under `Always`. */
export function restartsAfter(container: Container, spec: PodSpec, exitCode: number): boolean {
  if (exitCode === 0 && isOrdinaryInit(container, spec)) return false;
  return shouldRestart(container, spec, exitCode);
}
