/** What a node tells those who act for it. */
import type { CodedError } from '@virtual-kubelet/base';

/** Times are monotonic milliseconds. */
export type NodeEvent =
  /** The Node exists and says that it is ready. `creation`: there was none, so pods of an earlier one may have vanished with it. */
  | { readonly type: 'registered'; readonly by: 'creation' | 'adoption'; readonly at: number }
  /**
   * The Node was gone, and was made again by us or by others. Pods may have vanished with it that nobody wanted to stop: their
   * workloads are to be held for a while.
   */
  | { readonly type: 'recreated'; readonly at: number }
  /** Another process acts for the node. No provider call starts until the claim is held again. */
  | { readonly type: 'claim-lost'; readonly at: number; readonly error: CodedError }
  /** The provider stopped or began to answer. */
  | { readonly type: 'provider'; readonly at: number; readonly isReachable: boolean };

/** Where a node's events are heard. */
export interface NodeEvents {
  /** Returns the way to stop. Listeners must not throw. */
  subscribe(listener: (event: NodeEvent) => void): () => void;
}

/** Events together with the way to raise them. */
export interface NodeEventSource extends NodeEvents {
  raise(event: NodeEvent): void;
}

/** Makes a source without listeners. */
export function createNodeEvents(): NodeEventSource {
  const listeners = new Set<(event: NodeEvent) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    raise(event) {
      for (const each of listeners) each(event);
    },
  };
}
