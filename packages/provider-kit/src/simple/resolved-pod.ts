/** A pod as providers of the simple shape want it: everything it takes from the cluster is written into its spec. Pure. */
import type { Container, EnvVar, EphemeralContainer, Pod, VolumeMount } from '@virtual-kubelet/kubernetes';
import type { ContainerInputs, Expression, PodRequest } from '@virtual-kubelet/provider';
import { failures, needsRuntime, reveal, subPathOf } from '@virtual-kubelet/provider';

const unknownFacts = { podIPs: [], hostIPs: [] };

/** @throws a failure of kind Unsupported when the value depends on an address the pod does not have yet */
function textOf(value: Expression, field: string): string {
  if (needsRuntime(value)) throw failures.unsupported(field, `${field} needs an address of the pod before it has one`);
  return reveal(value);
}

/** A value that is nothing but an address stays a reference, for providers that can fill it in. */
function variable(name: string, value: Expression, container: string): EnvVar {
  const [first, ...rest] = value.parts;
  if (first?.from === 'runtime' && rest.length === 0) {
    return { name, valueFrom: { fieldRef: { fieldPath: first.field } } };
  }
  return { name, value: textOf(value, `env ${name} of container ${container}`) };
}

function mount(before: VolumeMount, inputs: ContainerInputs): VolumeMount {
  const { subPathExpr, ...rest } = before;
  if (!subPathExpr) return before;
  const subPath = subPathOf(before, inputs, unknownFacts);
  return subPath === undefined ? rest : { ...rest, subPath };
}

function resolvedContainer<C extends Container | EphemeralContainer>(container: C, inputs: ContainerInputs): C {
  const { name } = container;
  const words = (list: readonly Expression[], what: string): string[] =>
    list.map((word) => textOf(word, `${what} of container ${name}`));
  return {
    ...container,
    ...(container.envFrom ? { envFrom: [] } : {}),
    env: inputs.env.map((entry) => variable(entry.name, entry.value, name)),
    ...(inputs.command ? { command: words(inputs.command, 'command') } : {}),
    ...(inputs.args ? { args: words(inputs.args, 'args') } : {}),
    ...(container.volumeMounts ? { volumeMounts: container.volumeMounts.map((m) => mount(m, inputs)) } : {}),
  };
}

/**
 * The pod of a request with environment, command lines and sub-paths filled in. Values of Secrets stand in it in the clear:
 * that is what the simple shape is.
 */
export function resolvedPod({ pod, inputs }: PodRequest): Pod {
  const { spec } = pod;
  if (!spec) return pod;
  const all = <C extends Container | EphemeralContainer>(list: readonly C[]): C[] =>
    list.map((container) => {
      const found = inputs.containers.find(({ name }) => name === container.name);
      return found ? resolvedContainer(container, found) : container;
    });
  return {
    ...pod,
    spec: {
      ...spec,
      containers: all(spec.containers),
      ...(spec.initContainers ? { initContainers: all(spec.initContainers) } : {}),
      ...(spec.ephemeralContainers ? { ephemeralContainers: all(spec.ephemeralContainers) } : {}),
    },
  };
}
