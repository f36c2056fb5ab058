import type { ApiClient } from '@virtual-kubelet/client';
import { isConflict, isInvalid, isNotFound as isApiNotFound, pods as podResource } from '@virtual-kubelet/client';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';
import { noteAbsent } from './absence.js';
import type { Admission } from './admission.js';
import { admit } from './admission.js';
import { create } from './create-effect.js';
import { evidenceCondition } from './create-evidence.js';
import type { Doing, EffectsOptions } from './effects-options.js';
import { callOf, NotYetError } from './effects-options.js';
import type { Hold, KnownPod, Verdict } from './known-pod.js';
import { withObservation } from './observe.js';
import { stop } from './stop-effect.js';
import { hand, update } from './update-effect.js';

/** One function for each action. Each does one thing, records what it learned in the table, and returns. */
export interface PodEffects {
  look(known: KnownPod, pod: Pod | undefined, signal: AbortSignal): Promise<void>;
  confirm(known: KnownPod, signal: AbortSignal): Promise<boolean>;
  admit(known: KnownPod, pod: Pod): void;
  verdict(known: KnownPod, pod: Pod, action: Doing<'verdict'>): void;
  evidence(known: KnownPod, action: Doing<'evidence'>, signal: AbortSignal): Promise<void>;
  create(known: KnownPod, pod: Pod, call: { action: Doing<'create'>; signal: AbortSignal }): Promise<void>;
  hand(known: KnownPod, pod: Pod, signal: AbortSignal): Promise<void>;
  update(known: KnownPod, pod: Pod, call: { action: Doing<'update'>; signal: AbortSignal }): Promise<boolean>;
  stop(known: KnownPod, pod: Pod | undefined, call: { action: Doing<'stop'>; signal: AbortSignal }): Promise<void>;
  remove(known: KnownPod, signal: AbortSignal): Promise<void>;
}

async function look(
  options: EffectsOptions,
  known: KnownPod,
  call: { pod: Pod | undefined; signal: AbortSignal },
): Promise<void> {
  const { provider, calls, table, clock, capabilities } = options;
  const began = clock.monotonic();
  const found = await calls(callOf(known, 'getPod', call.signal), (context) => provider.getPod(known.ref, context));
  table.change(known.ref.uid, (now) =>
    found
      ? withObservation(now, found, { began, ...(call.pod ? { pod: call.pod } : {}) })
      : noteAbsent(now, capabilities.reads, began),
  );
  if (found) options.acted(known.ref.uid);
  options.touch(known.ref.uid);
}

/** Whether a consistent read says that the pod with this UID does not exist. */
async function confirmGone(client: ApiClient, ref: PodRef, signal: AbortSignal): Promise<boolean> {
  try {
    const found = await client.get(podResource, ref, { signal });
    return found.metadata?.uid !== ref.uid;
  } catch (error) {
    if (isApiNotFound(error)) return true;
    throw error;
  }
}

function settle(options: EffectsOptions, pod: Pod, outcome: { verdict?: Verdict; hold?: Hold }): void {
  const uid = pod.metadata?.uid ?? '';
  const said = outcome.verdict ?? outcome.hold;
  const before = options.table.get(uid);
  options.table.change(uid, (known) => ({ ...known, ...outcome }));
  const news = said && said.message !== (before?.verdict ?? before?.hold)?.message;
  if (news) options.events.event(pod, { type: 'Warning', reason: said.reason, message: said.message });
  options.touch(uid);
}

function applyAdmission(options: EffectsOptions, pod: Pod, admission: Admission): void {
  if ('admitted' in admission) options.table.change(pod.metadata?.uid ?? '', (known) => ({ ...known, admitted: true }));
  else settle(options, pod, admission);
}

async function writeEvidence(
  options: EffectsOptions,
  known: KnownPod,
  call: { attempt: number; signal: AbortSignal },
): Promise<void> {
  const { client, clock, table } = options;
  const condition = evidenceCondition(call.attempt, formatTime(clock.wall()));
  const body = { metadata: { uid: known.ref.uid }, status: { conditions: [condition] } };
  await client.patchQuietly(podResource, known.ref, {
    subresource: 'status',
    patch: { type: 'strategic', body },
    signal: call.signal,
  });
  table.change(known.ref.uid, (now) => ({ ...now, announced: call.attempt }));
}

async function remove(options: EffectsOptions, known: KnownPod, signal: AbortSignal): Promise<void> {
  const { uid } = known.ref;
  try {
    await options.client.delete(podResource, known.ref, { uid, gracePeriodSeconds: 0, signal });
  } catch (error) {
    if (!isApiNotFound(error) && !isConflict(error)) throw error;
    options.table.change(uid, (now) => ({ ...now, vanished: true }));
  }
  options.table.change(uid, (now) => ({ ...now, removed: true }));
}

/** Binds the effects to what they act on. */
export function podEffects(options: EffectsOptions): PodEffects {
  return {
    look: (known, pod, signal) => look(options, known, { pod, signal }),
    async confirm(known, signal) {
      if (!(await confirmGone(options.client, known.ref, signal))) return false;
      await options.verifyNode(signal);
      options.table.change(known.ref.uid, (now) => ({ ...now, vanished: true }));
      return true;
    },
    admit: (_known, pod) => applyAdmission(options, pod, admit(pod, options.admission)),
    verdict: (_known, pod, action) => settle(options, pod, { verdict: action.verdict }),
    async evidence(known, action, signal) {
      try {
        await writeEvidence(options, known, { attempt: action.attempt, signal });
      } catch (error) {
        if (!isApiNotFound(error) && !isInvalid(error, 'metadata.uid')) throw error;
        options.table.change(known.ref.uid, (now) => ({ ...now, vanished: true }));
        throw new NotYetError('the pod is gone');
      }
    },
    create: (known, pod, { action, signal }) => create(options, pod, { known, attempt: action.attempt, signal }),
    hand: (known, pod, signal) => hand(options, pod, { known, signal }),
    update: (known, pod, { action, signal }) => update(options, pod, { known, action, signal }),
    stop: (known, pod, { action, signal }) => stop(options, pod, { known, action, signal }),
    remove: (known, signal) => remove(options, known, signal),
  };
}
