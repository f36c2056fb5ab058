import type { Container, EphemeralContainer, Pod } from '@virtual-kubelet/kubernetes';
import { parseQuantity, QuantityError, quantityMilliValue, quantityValue } from '@virtual-kubelet/kubernetes';
import type { StreamScript } from './stream-script.js';
import type { WorkloadContainer } from './timeline.js';
import { idle } from './use.js';

type SpecContainer = Pick<Container, 'name' | 'image' | 'stdin' | 'resources'>;

function half(text: string | undefined, unit: typeof quantityValue): number | undefined {
  if (text === undefined) return undefined;
  try {
    return unit(parseQuantity(text)) / 2;
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

function useOf({ resources }: SpecContainer, script: StreamScript | undefined): WorkloadContainer['use'] {
  const { requests, limits } = resources ?? {};
  const milli = half(requests?.['cpu'] ?? limits?.['cpu'], quantityMilliValue);
  const bytes = half(requests?.['memory'] ?? limits?.['memory'], quantityValue);
  return {
    cores: script?.cores ?? (milli === undefined ? idle.cores : milli / 1_000),
    bytes: script?.bytes ?? bytes ?? idle.bytes,
  };
}

function containerOf(
  container: SpecContainer,
  kind: WorkloadContainer['kind'],
  script: StreamScript | undefined,
): WorkloadContainer {
  const use = useOf(container, script);
  return {
    name: container.name,
    image: container.image ?? '',
    kind,
    ...(use ? { use } : {}),
    ...(container.stdin === true ? { interactive: true } : {}),
  };
}

/** The containers of a new pod. */
export function containersOf(pod: Pod, script: StreamScript | undefined): readonly WorkloadContainer[] {
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  return [
    ...initContainers.map((one) => containerOf(one, one.restartPolicy === 'Always' ? 'sidecar' : 'init', script)),
    ...containers.map((one) => containerOf(one, 'regular', script)),
  ];
}

/** A debugging container, running from `since`, milliseconds since 1970. */
export function ephemeralContainer(container: EphemeralContainer, since: number): WorkloadContainer {
  return { ...containerOf(container, 'ephemeral', undefined), since };
}
