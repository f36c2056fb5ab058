import { workQueue } from '@virtual-kubelet/base';
import type { Clock, Random } from '@virtual-kubelet/base';
import type { PodEffects } from './pod-effects.js';

/** A pod whose creation shows nothing for this long gets a status that says it was accepted. Milliseconds. */
const acceptedAfter = 1_000;

/** What creations need. */
export interface CreationsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly create: PodEffects['create'];
  /** Shows that a pod was accepted, where nothing else is known of it yet. */
  readonly accept: (uid: string) => void;
}

/** Creations that are on their way; pods are named by UID. */
export interface CreationsInFlight {
  /** Creates a pod. A creation that was cancelled is no failure. */
  readonly create: PodEffects['create'];
  /** The pod is being deleted: its creation is cut short. */
  cancel(uid: string): void;
  /** The pod is gone. */
  forget(uid: string): void;
  /** Cuts all of them short. */
  stop(reason: DOMException): Promise<void>;
}

/** Keeps the creations of a node, so that a deletion cuts one short and a slow one shows that its pod was accepted. */
export function creationsInFlight({ clock, random, create, accept }: CreationsOptions): CreationsInFlight {
  const cancels = new Map<string, AbortController>();
  const acceptance = workQueue<string>({ clock, random, handle: async (uid) => accept(uid) });
  return {
    async create(known, object, { action, signal }) {
      const { uid } = known.ref;
      signal.throwIfAborted();
      // The stop of the node cancels it, too: a signal joined from two costs several times as much.
      const cancel = new AbortController();
      cancels.set(uid, cancel);
      acceptance.addAfter(uid, acceptedAfter);
      try {
        await create(known, object, { action, signal: cancel.signal });
      } catch (error) {
        if (!cancel.signal.aborted) throw error;
      } finally {
        cancels.delete(uid);
      }
    },
    cancel(uid) {
      cancels.get(uid)?.abort(new DOMException('the pod is being deleted', 'AbortError'));
    },
    forget: (uid) => acceptance.forget(uid),
    async stop(reason) {
      for (const cancel of cancels.values()) cancel.abort(reason);
      await acceptance.stop();
    },
  };
}
