import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodInputs } from '@virtual-kubelet/provider';
import { ConfigReadError } from '../configuration/index.js';
import type { InputsOutcome } from '../configuration/index.js';
import type { EffectsOptions } from './effects-options.js';
import { NotYetError } from './effects-options.js';
import type { Hold, KnownPod } from './known-pod.js';

/** Resolves the pod's inputs; what could not be read is told as events, too. */
export async function resolved(options: EffectsOptions, pod: Pod, signal: AbortSignal): Promise<InputsOutcome> {
  try {
    return await options.configuration.resolve(pod, signal);
  } catch (error) {
    if (error instanceof ConfigReadError) for (const event of error.events) options.events.event(pod, event);
    throw error;
  }
}

/** The pod's inputs, or their lack shown on the pod. @throws NotYetError where something is missing */
export async function inputsOf(options: EffectsOptions, pod: Pod, signal: AbortSignal): Promise<PodInputs> {
  const outcome = await resolved(options, pod, signal);
  const notes = outcome.kind === 'resolved' ? outcome.notes : outcome.events;
  for (const note of notes) options.events.event(pod, note);
  if (outcome.kind === 'resolved') return outcome.inputs;
  const { container, waitingReason, message } = outcome;
  const hold: Hold = {
    reason: waitingReason,
    message,
    untilChanged: false,
    ...(container === undefined ? {} : { container }),
  };
  options.table.change(pod.metadata?.uid ?? '', (known) => ({ ...known, hold }));
  options.touch(pod.metadata?.uid ?? '');
  throw new NotYetError(message);
}

/** The spec as far as the provider was asked for it. */
export function consideredOf(pod: Pod): Pick<KnownPod, 'considered'> {
  const generation = pod.metadata?.generation;
  return generation === undefined ? {} : { considered: generation };
}
