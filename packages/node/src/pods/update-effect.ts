import { messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { givenOf } from '../configuration/index.js';
import type { Doing, EffectsOptions } from './effects-options.js';
import { acting, callOf, NotYetError } from './effects-options.js';
import type { KnownPod } from './known-pod.js';
import { changesBetween } from './pod-changes.js';
import { consideredOf, inputsOf, resolved } from './resolved-inputs.js';

/** Tells the provider what changed. Resolves to false where the provider will do it later. */
export async function update(
  options: EffectsOptions,
  pod: Pod,
  call: { known: KnownPod; action: Doing<'update'>; signal: AbortSignal },
): Promise<boolean> {
  const { provider, calls, table, events, configuration } = options;
  const { known, action, signal } = call;
  const inputs = await inputsOf(options, pod, signal);
  acting(options, known.ref);
  try {
    const request = {
      ref: known.ref,
      pod,
      inputs,
      attempt: known.attempt,
      changes: action.changes,
    };
    const outcomes = await calls(callOf(known, 'updatePod', signal), (context) => provider.updatePod(request, context));
    const deferred = outcomes.some((outcome) => outcome.result === 'deferred');
    table.change(known.ref.uid, (now) => ({
      ...now,
      ...consideredOf(pod),
      outcomes,
      ...(deferred ? {} : { handed: pod }),
    }));
    // Volumes go their own way: what they hold now is compared with what was given before, which stays on record until then.
    configuration.watch(pod, known.given);
    events.event(pod, {
      type: 'Normal',
      reason: 'ProviderUpdateSuccess',
      message: 'Update pod in provider successfully',
    });
    options.acted(known.ref.uid);
    options.touch(known.ref.uid);
    return !deferred;
  } catch (error) {
    events.event(pod, {
      type: 'Warning',
      reason: 'ProviderUpdateFailed',
      message: messageOf(error),
    });
    throw error;
  }
}

/**
 * Hands a running pod over once more. It goes on whatever comes of it, so nothing about it is shown differently when its
 * configuration is not there any more: that is tried again.
 */
export async function hand(
  options: EffectsOptions,
  pod: Pod,
  call: { known: KnownPod; signal: AbortSignal },
): Promise<void> {
  const { provider, calls, table, configuration } = options;
  const { known, signal } = call;
  const { ref, attempt } = known;
  const outcome = await resolved(options, pod, signal);
  if (outcome.kind === 'missing') throw new NotYetError(outcome.message);
  const { inputs } = outcome;
  await calls(callOf(known, 'createPod', signal), (context) =>
    provider.createPod({ ref, pod, inputs, attempt }, context),
  );
  const given = givenOf(inputs.volumes);
  table.change(ref.uid, (now) => ({ ...now, given }));
  configuration.watch(pod, given);
  // What changed while nobody was there is a change like any other, not part of the pod that was found.
  const changes = changesBetween(undefined, pod);
  if (changes.length > 0)
    await update(options, pod, { known: { ...known, given }, action: { do: 'update', changes }, signal });
  else table.change(ref.uid, (now) => ({ ...now, handed: pod, ...consideredOf(pod) }));
}
