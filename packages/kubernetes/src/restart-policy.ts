/** When containers run again (KEP-753 for sidecars, KEP-5307 for rules of containers, KEP-5532 for the whole pod). */
import type { Container, PodSpec } from './generated/types.js';

function ruleAction(container: Container, exitCode: number): string | undefined {
  for (const { exitCodes, action } of container.restartPolicyRules ?? []) {
    if (!exitCodes) continue;
    const listed = exitCodes.values?.includes(exitCode) ?? false;
    if (exitCodes.operator === 'In' && listed) return action;
    if (exitCodes.operator === 'NotIn' && !listed) return action;
  }
  return undefined;
}

function policyWants(policy: string | undefined, exitCode: number): boolean | undefined {
  if (policy === 'Always') return true;
  if (policy === 'OnFailure') return exitCode !== 0;
  return policy === 'Never' ? false : undefined;
}

/**
 * Whether a container that ended with this exit code is run again: first matching rule of the container, then the
 * container's policy, then the pod's (KEP-5307; kubernetes/kubernetes:pkg/api/v1/pod/util.go, ContainerShouldRestart).
 */
export function shouldRestart(container: Container, spec: PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const action = ruleAction(container, exitCode);
    if (action === 'Restart' || action === 'RestartAllContainers') return true;
    const wanted = policyWants(container.restartPolicy, exitCode);
    if (wanted !== undefined) return wanted;
  }
  return policyWants(spec.restartPolicy, exitCode) ?? true;
}

/** Whether a container that ended with this exit code takes all containers of its pod with it into another run (KEP-5532). */
export function restartsAllAfter(container: Container, exitCode: number): boolean {
  return container.restartPolicy !== undefined && ruleAction(container, exitCode) === 'RestartAllContainers';
}

function restartsAll(container: Container): boolean {
  return container.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers') ?? false;
}

/** Whether some exit can restart the whole pod in place (KEP-5532), so that any container may leave its terminated state. */
export function mayRestartAll(spec: PodSpec): boolean {
  return spec.containers.some(restartsAll) || (spec.initContainers?.some(restartsAll) ?? false);
}
