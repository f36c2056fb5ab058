import type { WorkResult } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';
import type { Action, DecisionFacts } from './decide.js';
import { decide } from './decide.js';
import type { KnownPod } from './known-pod.js';
import type { PodEffects } from './pod-effects.js';
import type { PodTable } from './pod-table.js';

/** What one action led to: decide again at once, leave the pod until something happens, or until a time. */
type Next = 'again' | 'rest' | { readonly again: number };

/** What a reconciler works with. */
export interface ReconcilerOptions {
  readonly table: PodTable;
  readonly pod: (uid: string) => Pod | undefined;
  readonly facts: (known: KnownPod) => DecisionFacts;
  readonly effects: PodEffects;
  readonly touch: (uid: string) => void;
  readonly forget: (known: KnownPod) => void;
}

/** Actions for one pod in one go; far more than any chain of them. */
const mostSteps = 12;
/** Time until a pod is looked at again whose actions go in circles, milliseconds. */
const circlePause = 1_000;
/** Time until the API is asked again about a pod its watch says is gone, milliseconds. */
const confirmPause = 5_000;
/** Time until a deferred update is tried again, milliseconds. */
const deferredPause = 30_000;

interface At {
  readonly known: KnownPod;
  readonly signal: AbortSignal;
}

/** Names a pod as the API has it. */
export function refOf(pod: Pod): PodRef {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

/** Actions that need the API object. */
async function performOnPod(options: ReconcilerOptions, action: Action, at: At & { readonly pod: Pod }): Promise<Next> {
  const { effects } = options;
  const { known, pod, signal } = at;
  switch (action.do) {
    case 'admit':
      effects.admit(known, pod);
      return 'again';
    case 'verdict':
      effects.verdict(known, pod, action);
      return 'again';
    case 'evidence':
      await effects.evidence(known, action, signal);
      return 'again';
    case 'create':
      await effects.create(known, pod, { action, signal });
      return 'again';
    case 'hand':
      await effects.hand(known, pod, signal);
      return 'again';
    case 'update':
      return (await effects.update(known, pod, { action, signal })) ? 'again' : { again: deferredPause };
    default:
      return 'rest';
  }
}

async function perform(
  options: ReconcilerOptions,
  action: Action,
  at: At & { readonly pod: Pod | undefined },
): Promise<Next> {
  const { effects } = options;
  const { known, pod, signal } = at;
  switch (action.do) {
    case 'nothing':
      return 'rest';
    case 'wait':
      return { again: action.ms };
    case 'forget':
      options.forget(known);
      return 'rest';
    case 'report':
      options.touch(known.ref.uid);
      return 'rest';
    case 'look':
      await effects.look(known, pod, signal);
      return 'again';
    case 'confirm':
      return (await effects.confirm(known, signal)) ? 'again' : { again: confirmPause };
    case 'stop':
      await effects.stop(known, pod, { action, signal });
      return 'again';
    case 'remove':
      await effects.remove(known, signal);
      return 'again';
    default:
      return pod ? performOnPod(options, action, { known, pod, signal }) : 'rest';
  }
}

/** Brings one pod forward: decide, act, decide again with what the action learned, until there is nothing left to do now. */
export function reconciler(options: ReconcilerOptions): (uid: string, signal: AbortSignal) => Promise<WorkResult> {
  return async (uid, signal) => {
    for (let step = 0; step < mostSteps; step += 1) {
      const pod = options.pod(uid);
      const known = pod ? options.table.ensure(refOf(pod)) : options.table.get(uid);
      if (!known) return undefined;
      const next = await perform(options, decide(pod, known, options.facts(known)), { pod, known, signal });
      if (next === 'rest') return undefined;
      if (next !== 'again') return next;
    }
    return { again: circlePause };
  };
}
