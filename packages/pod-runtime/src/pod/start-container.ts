import { messageOf } from '@virtual-kubelet/base';
import type { BackendImage } from '../backend.js';
import { containerSpec } from '../spec/container-spec.js';
import { startFailure } from '../images/image-pull.js';
import { obtainImage } from '../images/obtain-image.js';
import type { PodEntry } from './pod-entry.js';
import { setMark } from './pod-entry.js';
import { containerMounts } from '../spec/pod-mounts.js';
import { latestRun } from './pod-situation.js';
import { ContainerConfigError } from '../spec/security.js';
import type { Start, StartOptions } from './start-options.js';
import { tell } from './start-options.js';

async function create(options: StartOptions, start: Start, found: BackendImage): Promise<string> {
  const { entry, container, action } = start;
  const { storage, rights, backend, machineMemory, seccompFolder } = options;
  // The pod was looked at when it came; a container for debugging came later.
  if (container.securityContext?.privileged && !rights.privileged)
    throw new ContainerConfigError('the operator of this node does not allow privileged containers');
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
    round: action.round,
    facts,
    imageUser: found.user ?? '',
    seccompFolder,
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
  const found = await obtainImage(options, start);
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
