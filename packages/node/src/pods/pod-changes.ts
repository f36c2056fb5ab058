import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type { PodChange } from '@virtual-kubelet/provider';

type Named = Pick<Container, 'name' | 'image' | 'resources'>;

function containersOf(pod: Pod): readonly Named[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

function* containerChanges(before: Pod, after: Pod): Iterable<PodChange> {
  const old = new Map(containersOf(before).map((c) => [c.name, c]));
  for (const container of containersOf(after)) {
    const was = old.get(container.name);
    if (was?.image !== container.image) yield { change: 'image', container: container.name };
    if (!deepEqual(was?.resources ?? {}, container.resources ?? {}))
      yield { change: 'resources', container: container.name };
  }
}

function* ephemeralChanges(before: Pod, after: Pod): Iterable<PodChange> {
  const old = new Set(before.spec?.ephemeralContainers?.map((c) => c.name));
  for (const { name } of after.spec?.ephemeralContainers ?? []) {
    if (!old.has(name)) yield { change: 'ephemeralContainer', container: name };
  }
}

function* podChanges(before: Pod, after: Pod): Iterable<PodChange> {
  const [a, b] = [before.metadata ?? {}, after.metadata ?? {}];
  if (!deepEqual(a.labels ?? {}, b.labels ?? {}) || !deepEqual(a.annotations ?? {}, b.annotations ?? {}))
    yield { change: 'metadata' };
  if (!deepEqual(before.spec?.tolerations ?? [], after.spec?.tolerations ?? [])) yield { change: 'tolerations' };
  if (before.spec?.activeDeadlineSeconds !== after.spec?.activeDeadlineSeconds) yield { change: 'activeDeadline' };
}

/**
 * What differs between the pod last handed to the provider and the pod now, among the few things the API server lets
 * change on a running pod. An adopted pod (`handed` undefined) is compared by generation: a spec nobody has
 * considered yet counts as changed in everything it could be.
 */
export function changesBetween(handed: Pod | undefined, pod: Pod): readonly PodChange[] {
  if (handed === pod) return [];
  if (handed) return [...containerChanges(handed, pod), ...ephemeralChanges(handed, pod), ...podChanges(handed, pod)];
  const considered = pod.status?.observedGeneration ?? 0;
  if (considered === 0 || (pod.metadata?.generation ?? 0) <= considered) return [];
  return containersOf(pod).flatMap(({ name }): PodChange[] => [
    { change: 'image', container: name },
    { change: 'resources', container: name },
  ]);
}
