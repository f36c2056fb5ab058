/** Getting the image of a container that is to start: what is there, or a pull that tells how far it has come. */
import { messageOf } from '@virtual-kubelet/base';
import { formatDurationMs } from '@virtual-kubelet/kubernetes';
import type { BackendImage, PullProgress } from '../backend.js';
import type { ImagePlan } from './image-pull.js';
import { inspectFault, nameFault, planImage, pullFailure, startFailure } from './image-pull.js';
import type { Pulled, RunningPull } from './image-puller.js';
import type { Start, StartOptions } from '../pod/start-options.js';
import { tell } from '../pod/start-options.js';

/** Milliseconds after which a pull tells for the first time how far it has come; each next time is twice as late. */
export const firstProgress = 5_000;

/** Whole milliseconds as Go writes a duration. */
function goDuration(milliseconds: number): string {
  return formatDurationMs(Math.floor(milliseconds));
}

function progressText({ layers, bytes }: PullProgress): string {
  if (bytes && bytes.all > 0) return `${Math.floor((bytes.got * 100) / bytes.all)} % of ${bytes.all} bytes`;
  return `${layers} ${layers === 1 ? 'layer' : 'layers'} begun`;
}

/**
 * Tells of a long pull, as events and in the container's message, until the signal. A kubelet says nothing between the
 * beginning and the end. However long it takes these are few: the time between two doubles.
 */
async function tellProgress(
  options: StartOptions,
  start: Start,
  call: { readonly pull: RunningPull; readonly signal: AbortSignal },
): Promise<void> {
  const { clock } = options;
  const { entry, container } = start;
  const began = clock.monotonic();
  for (let at = firstProgress; ; at *= 2) {
    await clock.sleep(began + at - clock.monotonic(), call.signal);
    const seen = call.pull.progress();
    if (!seen) continue;
    const message = `Pulling image "${container.image ?? ''}": ${progressText(seen)} after ${goDuration(at)}`;
    entry.pulling.set(container.name, message);
    tell(options, start, { type: 'Normal', reason: 'Pulling', message });
  }
}

async function pulledWithProgress(options: StartOptions, start: Start): Promise<Pulled> {
  const { container, entry, signal } = start;
  const pull = options.puller.pull(container.image ?? '', start.pod.inputs.pullSecrets, signal);
  const over = new AbortController();
  // It ends by the signal alone.
  tellProgress(options, start, { pull, signal: over.signal }).catch(() => undefined);
  try {
    return await pull.done;
  } finally {
    over.abort(new DOMException('the pull is over', 'AbortError'));
    entry.pulling.delete(container.name);
  }
}

async function pullImage(
  options: StartOptions,
  start: Start,
  present: BackendImage | undefined,
): Promise<BackendImage | undefined> {
  const { entry, container, signal } = start;
  const name = container.image ?? '';
  tell(options, start, { type: 'Normal', reason: 'Pulling', message: `Pulling image "${name}"` });
  const began = options.clock.monotonic();
  try {
    const { image, took } = await pulledWithProgress(options, start);
    await options.images.pulled(name, image, present);
    const waited = goDuration(options.clock.monotonic() - began);
    const size = image.size === undefined ? '' : ` Image size: ${image.size} bytes.`;
    const message = `Successfully pulled image "${name}" in ${goDuration(took)} (${waited} including waiting).${size}`;
    tell(options, start, { type: 'Normal', reason: 'Pulled', message });
    return image;
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

/** What to do about the image, and what the machine has of it. */
async function plan(
  options: StartOptions,
  { container }: Start,
): Promise<{ readonly plan: ImagePlan; readonly present?: BackendImage }> {
  const name = container.image ?? '';
  const fault = nameFault(name);
  if (fault) return { plan: fault };
  try {
    const present = await options.backend.findImage(name, options.life);
    return { plan: planImage(container, present !== undefined), ...(present ? { present } : {}) };
  } catch (error) {
    return { plan: inspectFault(name, messageOf(error)) };
  }
}

/** The image, pulled if need be; undefined when it cannot be had, which is noted as the container's failure. */
export async function obtainImage(options: StartOptions, start: Start): Promise<BackendImage | undefined> {
  const { entry, container } = start;
  const { plan: planned, present } = await plan(options, start);
  if (options.life.aborted) return undefined;
  if (planned.image === 'pull') return pullImage(options, start, present);
  if (planned.image === 'use') {
    const message = `Container image "${container.image ?? ''}" already present on machine`;
    tell(options, start, { type: 'Normal', reason: 'Pulled', message });
    return present;
  }
  tell(options, start, { type: 'Warning', reason: planned.event, message: planned.message });
  tell(options, start, { type: 'Warning', reason: 'Failed', message: `Error: ${planned.reason}` });
  entry.failures.set(container.name, startFailure(planned.reason, planned.message, options.clock.monotonic()));
  return undefined;
}
