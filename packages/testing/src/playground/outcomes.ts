/** Scripted outcomes: what becomes of a pod is decided by the test, not written on the pod. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import { scriptPrefix } from '@virtual-kubelet/mock';
import type { Provider, ProviderDefinition, ProviderSession } from '@virtual-kubelet/provider';

/** What becomes of a pod of the mock. Times are durations such as `5s`; what is left out is as if the pod said nothing. */
export interface PodOutcome {
  /** From creation until the containers run. */
  readonly startDelay?: string;
  /** Time after which containers exit; without it they run until they are deleted. */
  readonly runTime?: string;
  /** Exit code after {@link PodOutcome.runTime}. @default 0 */
  readonly exitCode?: number;
  /** From the start of a container to its readiness, or `never`. */
  readonly readyAfter?: string;
  /** Time containers take to end when the pod is deleted. */
  readonly stopDelay?: string;
  /** Creates that fail first, or `always`. */
  readonly createFails?: number | 'always';
  /** How they fail, such as `Quota` or `Capacity`. */
  readonly createFailure?: string;
}

const annotations = {
  startDelay: 'start-delay',
  runTime: 'run-time',
  exitCode: 'exit-code',
  readyAfter: 'ready-after',
  stopDelay: 'stop-delay',
  createFails: 'create-fails',
  createFailure: 'create-failure',
} as const satisfies Readonly<Record<keyof PodOutcome, string>>;

function scripted(pod: Pod, outcome: PodOutcome): Pod {
  const own = Object.entries(annotations).flatMap(([name, annotation]) => {
    const value = outcome[name as keyof PodOutcome];
    return value === undefined ? [] : [[scriptPrefix + annotation, String(value)] as const];
  });
  const { metadata } = pod;
  return { ...pod, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...Object.fromEntries(own) } } };
}

/** A provider, the mock or one that reads its annotations, whose pods have the outcomes that a test decides. */
export function withOutcomes(definition: ProviderDefinition, outcome: (pod: Pod) => PodOutcome): ProviderDefinition {
  const over = (provider: Provider): Provider =>
    Object.assign(Object.create(provider) as Provider, {
      createPod: ((request, context) =>
        provider.createPod(
          { ...request, pod: scripted(request.pod, outcome(request.pod)) },
          context,
        )) satisfies Provider['createPod'],
    });
  return {
    ...definition,
    async open(context) {
      const session: ProviderSession = await definition.open(context);
      return {
        forNode: async (node) => over(await session.forNode(node)),
        close: (deadline) => session.close(deadline),
      };
    },
  };
}
