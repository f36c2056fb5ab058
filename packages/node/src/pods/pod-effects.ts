import type { Clock } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { isConflict, isInvalid, isNotFound as isApiNotFound, pods as podResource } from '@virtual-kubelet/client';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Capabilities, PodInputs, PodRef, Provider } from '@virtual-kubelet/provider';
import { isNotFound, podName } from '@virtual-kubelet/provider';
import { ConfigReadError, givenOf } from '../configuration/index.js';
import type { InputsOutcome, PodConfiguration } from '../configuration/index.js';
import type { EventRecorder } from '../events/event-recorder.js';
import { noteAbsent } from './absence.js';
import type { Admission, AdmissionOptions } from './admission.js';
import { admit } from './admission.js';
import { evidenceCondition } from './create-evidence.js';
import type { Action } from './decide.js';
import { createFailure } from './failures.js';
import type { Hold, KnownPod, Verdict } from './known-pod.js';
import { withObservation } from './observe.js';
import { changesBetween } from './pod-changes.js';
import type { PodPolicy } from './pod-policy.js';
import type { PodTable } from './pod-table.js';
import type { ProviderCalls } from './provider-calls.js';
import { without } from '../without.js';

/** What the effects act on. */
export interface EffectsOptions {
  readonly provider: Provider;
  readonly capabilities: Capabilities;
  readonly calls: ProviderCalls;
  readonly client: ApiClient;
  readonly configuration: PodConfiguration;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly policy: PodPolicy;
  readonly admission: AdmissionOptions;
  readonly table: PodTable;
  /** The pod's status may be different now. */
  readonly touch: (uid: string) => void;
  /** The pod's workload may change from now on. */
  readonly acted: (uid: string) => void;
  /** The platform is out of something, or (undefined) has given room again. */
  readonly shortage: (resource: string | undefined) => void;
  /** Looks whether the Node object still exists, before a pod that vanished without a word is believed to be deleted. */
  readonly verifyNode: (signal: AbortSignal) => Promise<void>;
}

/** The pod cannot be created yet for a reason shown on it; a rejection of this kind is only there to be tried again. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
}

/** An action that touches the world, of one kind. */
type Doing<K extends Action['do']> = Extract<Action, { do: K }>;

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

/** Marks the moment a call about the workload begins: polls begun earlier say nothing any more. */
function acting(options: EffectsOptions, ref: PodRef): void {
  options.table.change(ref.uid, (known) => ({ ...known, actedAt: options.clock.monotonic() }));
}

function callOf(
  known: KnownPod,
  name: string,
  signal: AbortSignal,
): { name: string; key: string; pod: string; signal: AbortSignal } {
  return { name, key: `${known.ref.uid}/${known.attempt}`, pod: podName(known.ref), signal };
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

/** Resolves the pod's inputs; what could not be read is told as events, too. */
async function resolved(options: EffectsOptions, pod: Pod, signal: AbortSignal): Promise<InputsOutcome> {
  try {
    return await options.configuration.resolve(pod, signal);
  } catch (error) {
    if (error instanceof ConfigReadError) for (const event of error.events) options.events.event(pod, event);
    throw error;
  }
}

async function inputsOf(options: EffectsOptions, pod: Pod, signal: AbortSignal): Promise<PodInputs> {
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

async function create(
  options: EffectsOptions,
  pod: Pod,
  call: { known: KnownPod; attempt: number; signal: AbortSignal },
): Promise<void> {
  const { provider, calls, table, events, clock, configuration } = options;
  const { known, attempt, signal } = call;
  const { uid } = known.ref;
  const inputs = await inputsOf(options, pod, signal);
  const given = givenOf(inputs.volumes);
  table.change(uid, (now) => ({
    ...without(now, 'hold', 'observation'),
    attempt,
    handed: pod,
    ...consideredOf(pod),
    given,
    workload: 'unknown',
    misses: { count: 0, first: 0, last: 0 },
    ...firstAttempt(now, attempt),
  }));
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
  table.change(uid, (now) => ({
    ...now,
    workload: 'present',
    activeSince: now.activeSince ?? clock.monotonic(),
  }));
  options.shortage(undefined);
  configuration.watch(pod, given);
  options.acted(uid);
  events.event(pod, {
    type: 'Normal',
    reason: 'ProviderCreateSuccess',
    message: 'Create pod in provider successfully',
  });
}

/**
 * Hands a running pod over once more. It goes on whatever comes of it, so nothing about it is shown differently when its
 * configuration is not there any more: that is tried again.
 */
async function hand(options: EffectsOptions, pod: Pod, call: { known: KnownPod; signal: AbortSignal }): Promise<void> {
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

/** The spec as far as the provider was asked for it. */
function consideredOf(pod: Pod): Pick<KnownPod, 'considered'> {
  const generation = pod.metadata?.generation;
  return generation === undefined ? {} : { considered: generation };
}

/** A first creation keeps the last truth; a further attempt starts from nothing but the API's counts. */
function firstAttempt(now: KnownPod, attempt: number): Partial<KnownPod> {
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

async function update(
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

async function stop(
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
    table.change(uid, (latest) => ({ ...latest, deletion }));
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
  const { deletion: _, ...rest } = latest;
  return before.deletion ? { ...rest, deletion: before.deletion } : rest;
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
