import { extended, messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { givenOf } from '../configuration/index.js';
import { without } from '../without.js';
import type { EffectsOptions } from './effects-options.js';
import { acting, callOf } from './effects-options.js';
import { createFailure } from './failures.js';
import type { KnownPod, Verdict } from './known-pod.js';
import { consideredOf, inputsOf } from './resolved-inputs.js';

/** Asks the provider to run the pod, and records that it was asked before it is. */
export async function create(
  options: EffectsOptions,
  pod: Pod,
  call: { known: KnownPod; attempt: number; signal: AbortSignal },
): Promise<void> {
  const { provider, calls, table, events, clock, configuration } = options;
  const { known, attempt, signal } = call;
  const { uid } = known.ref;
  const inputs = await inputsOf(options, pod, signal);
  const given = givenOf(inputs.volumes);
  table.change(uid, (now) =>
    extended(without(now, 'hold', 'observation'), {
      attempt,
      handed: pod,
      ...consideredOf(pod),
      given,
      workload: 'unknown',
      misses: { count: 0, first: 0, last: 0 },
      ...firstAttempt(now, attempt),
    }),
  );
  acting(options, known.ref);
  const attempted = table.get(uid) ?? known;
  try {
    await calls(callOf(attempted, 'createPod', signal), (context) =>
      provider.createPod({ ref: known.ref, pod, inputs, attempt }, context),
    );
  } catch (error) {
    createFailed(options, pod, { error, signal });
    throw error;
  }
  table.change(uid, (now) => extended(now, { workload: 'present', activeSince: now.activeSince ?? clock.monotonic() }));
  options.shortage(undefined);
  configuration.watch(pod, given);
  options.acted(uid);
  events.event(pod, {
    type: 'Normal',
    reason: 'ProviderCreateSuccess',
    message: 'Create pod in provider successfully',
  });
}

/** A first creation keeps the last truth; a further attempt starts from nothing but the API's counts. */
function firstAttempt(now: KnownPod, attempt: number): Pick<KnownPod, 'observation'> {
  return attempt === now.attempt && now.observation ? { observation: now.observation } : {};
}

function createFailed(options: EffectsOptions, pod: Pod, failed: { error: unknown; signal: AbortSignal }): void {
  const { table, events, clock, policy } = options;
  const uid = pod.metadata?.uid ?? '';
  if (failed.signal.aborted) return;
  const { hold, verdict, nothingDone, shortage } = createFailure(pod, failed.error, policy);
  const now = clock.monotonic();
  table.change(uid, (known) => ({
    ...known,
    unplacedSince: known.unplacedSince ?? now,
    ...(nothingDone ? { workload: 'absent' } : {}),
  }));
  if (shortage !== undefined) options.shortage(shortage);
  events.event(pod, {
    type: 'Warning',
    reason: 'ProviderCreateFailed',
    message: messageOf(failed.error),
  });
  const since = table.get(uid)?.unplacedSince ?? now;
  const outOfTime =
    policy.provisioningTimeout !== undefined && nothingDone && now - since >= policy.provisioningTimeout;
  const late: Verdict = {
    phase: 'Failed',
    reason: 'ProvisioningTimeout',
    message: `no room within the provisioning timeout: ${messageOf(failed.error)}`,
  };
  table.change(uid, (known) => ({
    ...known,
    ...(outOfTime ? { verdict: late } : { ...(hold ? { hold } : {}), ...(verdict ? { verdict } : {}) }),
  }));
  options.touch(uid);
}
