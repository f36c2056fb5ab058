import { messageOf } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { BackendImage } from './backend.js';
import { containerSpec } from './container-spec.js';
import { planImage, pullFailure, startFailure } from './image-pull.js';
import type { ImageKeeper } from './image-keeper.js';
import type { ImagePuller } from './image-puller.js';
import type { PodAction } from './pod-action.js';
import type { PodEntry } from './pod-entry.js';
import { setMark } from './pod-entry.js';
import { containerMounts } from './pod-mounts.js';
import type { PodToRun } from './pod-record.js';
import { latestRun } from './pod-situation.js';
import type { PodNotice, Surroundings } from './runtime-options.js';
import { ContainerConfigError } from './security.js';

/** What starting works with. */
export interface StartOptions extends Surroundings {
  readonly puller: ImagePuller;
  readonly images: Pick<ImageKeeper, 'pulled'>;
  /** Bytes of memory of the machine. */
  readonly machineMemory: number;
  readonly life: AbortSignal;
}

type StartAction = Extract<PodAction, { do: 'start' }>;

/** One start of one container. */
interface Start {
  readonly entry: PodEntry;
  readonly pod: PodToRun;
  readonly container: Container;
  readonly action: StartAction;
  /** Ends the waiting for an image; what was asked of the engine is not taken back. */
  readonly signal: AbortSignal;
}

function tell(options: StartOptions, start: Start, notice: Pick<PodNotice, 'type' | 'reason' | 'message'>): void {
  options.notice({ ref: start.entry.record.ref, container: start.container.name, ...notice });
}

/** The image, pulled if need be; undefined when it cannot be had, which is noted as the container's failure. */
async function image(options: StartOptions, start: Start): Promise<BackendImage | undefined> {
  const { entry, container, signal } = start;
  const name = container.image ?? '';
  const present = await options.backend.findImage(name, options.life).catch(() => undefined);
  const plan = planImage(container, present !== undefined);
  if (plan.image === 'use') {
    const message = `Container image "${name}" already present on machine`;
    tell(options, start, { type: 'Normal', reason: 'Pulled', message });
    return present;
  }
  if (plan.image === 'fail') {
    tell(options, start, { type: 'Warning', reason: plan.event, message: plan.message });
    tell(options, start, { type: 'Warning', reason: 'Failed', message: `Error: ${plan.reason}` });
    entry.failures.set(container.name, startFailure(plan.reason, plan.message, options.clock.monotonic()));
    return undefined;
  }
  tell(options, start, { type: 'Normal', reason: 'Pulling', message: `Pulling image "${name}"` });
  const began = options.clock.monotonic();
  try {
    const pulled = await options.puller.pull(name, start.pod.inputs.pullSecrets, signal);
    const seconds = ((options.clock.monotonic() - began) / 1_000).toFixed(3);
    await options.images.pulled(name, pulled, present);
    const message = `Successfully pulled image "${name}" in ${seconds}s`;
    tell(options, start, { type: 'Normal', reason: 'Pulled', message });
    return pulled;
  } catch (error) {
    if (signal.aborted) return undefined;
    const last = entry.failures.get(container.name);
    const before = last?.message.startsWith(`failed to pull image "${name}"`) ? last : undefined;
    const failure = pullFailure(name, messageOf(error), {
      at: options.clock.monotonic(),
      ...(before ? { before } : {}),
    });
    const message = `F${failure.message.slice(1)}`;
    tell(options, start, { type: 'Warning', reason: 'Failed', message });
    tell(options, start, { type: 'Warning', reason: 'Failed', message: `Error: ${failure.reason}` });
    entry.failures.set(container.name, failure);
    return undefined;
  }
}

async function create(options: StartOptions, start: Start, found: BackendImage): Promise<string> {
  const { entry, container, action } = start;
  const { storage, rights, backend, machineMemory } = options;
  const sandbox = entry.sandboxes.find(({ id }) => id === action.sandboxId);
  const facts = { podIPs: sandbox?.ips.length ? sandbox.ips : options.hostIPs(), hostIPs: options.hostIPs() };
  const mounts = await containerMounts(start.pod, container, { storage, rights, facts, attempt: action.attempt });
  const target = entry.record.pod.spec?.ephemeralContainers?.find(({ name }) => name === container.name);
  const targetId = target?.targetContainerName ? latestRun(entry, target.targetContainerName)?.id : undefined;
  const spec = containerSpec(start.pod, container, {
    owner: options.owner,
    sandboxId: action.sandboxId,
    attempt: action.attempt,
    backoff: action.backoff,
    facts,
    imageUser: found.user ?? '',
    mounts,
    machineMemory,
    ...(targetId === undefined ? {} : { targetId }),
  });
  return backend.createContainer(spec, options.life);
}

/** Starts a made container. One that cannot start counts as a run that ended. */
export async function startMade(
  options: StartOptions,
  entry: PodEntry,
  made: { id: string; container: string },
): Promise<void> {
  const { id, container } = made;
  try {
    await options.backend.startContainer(id, options.life);
    options.notice({
      ref: entry.record.ref,
      container,
      type: 'Normal',
      reason: 'Started',
      message: `Started container ${container}`,
    });
  } catch (error) {
    if (options.life.aborted) return;
    const message = messageOf(error);
    setMark(entry, id, { startFailure: { at: options.clock.wall(), message } });
    options.notice({
      ref: entry.record.ref,
      container,
      type: 'Warning',
      reason: 'Failed',
      message: `Error: ${message}`,
    });
  }
}

/** Gets the image, makes the container and starts it. Never rejects: what fails is noted on the entry. */
export async function startContainer(options: StartOptions, wanted: Omit<Start, 'pod'>): Promise<void> {
  const { entry, container, signal } = wanted;
  if (!entry.inputs) return;
  const start: Start = { ...wanted, pod: { ...entry.record, inputs: entry.inputs } };
  const found = await image(options, start);
  if (!found || signal.aborted) return;
  let id: string;
  try {
    id = await create(options, start, found);
  } catch (error) {
    const message = messageOf(error);
    const reason = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : 'CreateContainerError';
    tell(options, start, { type: 'Warning', reason: 'Failed', message: `Error: ${message}` });
    entry.failures.set(container.name, startFailure(reason, message, options.clock.monotonic()));
    return;
  }
  entry.failures.delete(container.name);
  tell(options, start, { type: 'Normal', reason: 'Created', message: `Created container: ${container.name}` });
  await startMade(options, entry, { id, container: container.name });
}
