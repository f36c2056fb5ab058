import { extended, messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { isNotFound } from '@virtual-kubelet/provider';
import { noteAbsent } from './absence.js';
import type { Doing, EffectsOptions } from './effects-options.js';
import { acting, callOf } from './effects-options.js';
import type { KnownPod } from './known-pod.js';
import { without } from '../without.js';

/** Asks the provider to end the pod. Without the pod itself nobody is told. */
export async function stop(
  options: EffectsOptions,
  pod: Pod | undefined,
  call: { known: KnownPod; action: Doing<'stop'>; signal: AbortSignal },
): Promise<void> {
  const { provider, calls, table, events, clock, capabilities } = options;
  const { known, action, signal } = call;
  const { uid } = known.ref;
  const now = clock.monotonic();
  const deletion = { grace: action.grace, since: known.deletion?.since ?? now, askedAt: now };
  try {
    acting(options, known.ref);
    // Recorded before the call: the end may be reported before the call returns.
    table.change(uid, (latest) => extended(latest, { deletion }));
    await calls(callOf(known, 'deletePod', signal), (context) =>
      provider.deletePod(known.ref, { gracePeriodSeconds: action.grace, reason: action.reason }, context),
    );
    if (pod)
      events.event(pod, {
        type: 'Normal',
        reason: 'ProviderDeleteSuccess',
        message: 'Delete pod in provider successfully',
      });
    options.acted(uid);
  } catch (error) {
    if (isNotFound(error)) {
      table.change(uid, (latest) => noteAbsent(latest, capabilities.reads, clock.monotonic()));
      return;
    }
    table.change(uid, (latest) => withoutDeletion(latest, known));
    if (pod)
      events.event(pod, {
        type: 'Warning',
        reason: 'ProviderDeleteFailed',
        message: messageOf(error),
      });
    throw error;
  }
}

function withoutDeletion(latest: KnownPod, before: KnownPod): KnownPod {
  const rest = without(latest, 'deletion');
  return before.deletion ? extended(rest, { deletion: before.deletion }) : rest;
}
