import { extended } from '@virtual-kubelet/base';
import type { Container, ContainerStatus, ResourceRequirements } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, UpdateOutcome } from '@virtual-kubelet/provider';
import { canonicalResources } from './normal-values.js';

/** How far the resources the spec wants for a container have got. `undecided`: nobody was asked yet, or the answer was no. */
export type ResizeStage = 'applied' | 'allocated' | 'undecided';

/** The stage of a container's resize, from what became of the changes handed to the provider. */
export function resizeStage(outcomes: readonly UpdateOutcome[] | undefined, container: string): ResizeStage {
  const outcome = outcomes?.find((o) => o.change === 'resources' && o.container === container);
  if (!outcome || outcome.result === 'applied') return 'applied';
  return outcome.result === 'inProgress' ? 'allocated' : 'undecided';
}

function saysSomething(resources: ResourceRequirements | undefined): resources is ResourceRequirements {
  return resources !== undefined && (resources.limits ?? resources.requests ?? resources.claims) !== undefined;
}

type ResourceFields = Pick<ContainerStatus, 'resources' | 'allocatedResources'>;

/**
 * What a container was allocated and what is in effect. While a resize is under way or refused they lag behind the spec;
 * the last truth is in the status before.
 */
export function resourceFields(
  container: Container,
  options: {
    readonly previous: ContainerStatus | undefined;
    readonly seen: ContainerObservation | undefined;
    readonly stage: ResizeStage;
  },
): ResourceFields {
  const { previous, seen, stage } = options;
  const wanted = container.resources;
  const before: ResourceFields = stage === 'applied' ? {} : (previous ?? {});
  const allocated = stage === 'undecided' ? (before.allocatedResources ?? wanted?.requests) : wanted?.requests;
  const inEffect = seen?.resources ? canonicalResources(seen.resources) : (before.resources ?? wanted);
  const own = allocated ? { allocatedResources: allocated } : {};
  return saysSomething(inEffect) ? extended(own, { resources: inEffect }) : own;
}
