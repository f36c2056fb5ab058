import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import type {
  CallContext,
  ListedPod,
  PodDeletion,
  PodObservation,
  PodRef,
  PodRequest,
  PodSink,
  Provider,
} from '@virtual-kubelet/provider';
import { abilities, failures, isNotFound, podName } from '@virtual-kubelet/provider';
import { resolvedPod } from './resolved-pod.js';
import type { SimpleCall, SimpleProvider } from './simple-handler.js';

/** Annotations the adapter writes on the pods it hands over, to know them again. */
export const simpleAnnotations: Readonly<Record<'cluster' | 'attempt', string>> = {
  cluster: 'virtual-kubelet.io/cluster',
  attempt: 'virtual-kubelet.io/attempt',
};

/** Whose provider is adapted. */
export interface SimpleOwner {
  readonly node: string;
  readonly cluster?: string;
  /** Whether the provider wants env, command and args resolved. @default true */
  readonly env?: boolean;
}

async function foundOr<T>(call: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function refOf({ metadata }: Pod): PodRef {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
}

function annotation(pod: Pod, key: string): string | undefined {
  const annotations = pod.metadata?.annotations ?? {};
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}

function observed(ref: PodRef, status: PodStatus, attempt: number): PodObservation {
  return { ref, containers: [], status, attempt };
}

function attemptOf(pod: Pod): number {
  return Math.max(Number.parseInt(annotation(pod, simpleAnnotations.attempt) ?? '', 10) || 1, 1);
}

function listed(pod: Pod, status: PodStatus | undefined): ListedPod {
  const cluster = annotation(pod, simpleAnnotations.cluster);
  const node = pod.spec?.nodeName;
  return {
    ...observed(refOf(pod), status ?? pod.status ?? {}, attemptOf(pod)),
    ...(node === undefined ? {} : { node }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** The pod to hand over: resolved, and with the annotations by which it is known again. */
function handed(request: PodRequest, owner: SimpleOwner): Pod {
  const pod = owner.env === false ? request.pod : resolvedPod(request);
  const annotations = {
    ...pod.metadata?.annotations,
    ...(owner.cluster === undefined ? {} : { [simpleAnnotations.cluster]: owner.cluster }),
    [simpleAnnotations.attempt]: String(request.attempt),
  };
  const nodeName = pod.spec?.nodeName ?? owner.node;
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName },
  };
}

/** Everything beside the life cycle and notifications is passed through. */
function others(simple: SimpleProvider): Partial<Provider> {
  const methods = abilities.map(({ method }) => method).filter((method) => method !== 'notifyPods');
  const present = methods.flatMap((method) => {
    const found: unknown = simple[method];
    return typeof found === 'function' ? [[method, found.bind(simple) as unknown] as const] : [];
  });
  return Object.fromEntries(present) as Partial<Provider>;
}

/**
 * Makes a provider out of one in the simple shape. What the shape leaves open is settled here: names are checked against
 * the UID, a creation adopts the pod that is there, a predecessor of the same name is waited for, and the disappearance of
 * a deleted pod is told.
 */
export function adaptSimple(simple: SimpleProvider, owner: SimpleOwner): Provider {
  let sink: PodSink | undefined;

  const current = async ({ namespace, name }: PodRef, context: CallContext): Promise<Pod | undefined> =>
    foundOr(() => simple.getPod(namespace, name, context));

  const own = async (ref: PodRef, context: CallContext): Promise<Pod | undefined> => {
    const pod = await current(ref, context);
    return pod?.metadata?.uid === ref.uid ? pod : undefined;
  };

  const statusOf = async (ref: PodRef, context: CallContext): Promise<PodStatus | undefined> =>
    foundOr(() => simple.getPodStatus(ref.namespace, ref.name, context));

  const createPod = async (request: PodRequest, context: CallContext): Promise<void> => {
    const there = await current(request.ref, context);
    if (there?.metadata?.uid === request.ref.uid && attemptOf(there) >= request.attempt) return;
    if (there) throw failures.retryable(`an earlier pod ${podName(request.ref)} has not gone yet`, 1_000);
    const call: SimpleCall = { ...context, inputs: request.inputs };
    await simple.createPod(handed(request, owner), call);
  };

  const deletePod = async (ref: PodRef, deletion: PodDeletion, context: CallContext): Promise<void> => {
    const pod = await own(ref, context);
    if (!pod) throw failures.notFound(`no pod ${podName(ref)} with this UID`);
    const deletionGracePeriodSeconds = deletion.gracePeriodSeconds;
    await simple.deletePod({ ...pod, metadata: { ...pod.metadata, deletionGracePeriodSeconds } }, context);
    if (sink && !(await own(ref, context))) sink.missing(ref);
  };

  const provider: Provider = {
    ...others(simple),
    createPod,
    deletePod,
    async updatePod(update, context) {
      if (!(await own(update.ref, context))) throw failures.notFound(`no pod ${podName(update.ref)} with this UID`);
      await simple.updatePod(handed(update, owner), { ...context, inputs: update.inputs });
      return [];
    },
    async getPod(ref, context) {
      const pod = await own(ref, context);
      return pod && listed(pod, await statusOf(ref, context));
    },
    async getPodStatus(ref, context) {
      const pod = await own(ref, context);
      const status = pod && ((await statusOf(ref, context)) ?? pod.status);
      return pod && status && observed(ref, status, attemptOf(pod));
    },
    async getPods(context) {
      const pods = await simple.getPods(context);
      const withStatus = async (pod: Pod): Promise<ListedPod> =>
        listed(pod, pod.status ?? (await statusOf(refOf(pod), context)));
      return { pods: await Promise.all(pods.map(withStatus)), complete: 'all' };
    },
  };
  if (!simple.notifyPods) return provider;
  return {
    ...provider,
    notifyPods(to, context) {
      sink = to;
      context.signal.addEventListener('abort', () => (sink = undefined), { once: true });
      const changed = (pod: Pod): void => sink?.observed(observed(refOf(pod), pod.status ?? {}, attemptOf(pod)));
      simple.notifyPods?.(changed, context);
      // Nothing can have been missed: the node lists everything once by itself.
      to.synced();
    },
  };
}
