/** What a controller is: it names what to look at after a change, and decides what to write. It writes nothing itself. */
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Write } from './write.js';

/** What a controller wants done about a key. */
export interface Plan {
  /** Made in order; where one is refused the rest is left out and the key is looked at again later. */
  readonly writes: readonly Write[];
  /** Milliseconds after which to look again even if nothing changes. */
  readonly again?: number;
}

/** Nothing to do. */
export const noPlan: Plan = { writes: [] };

/** Rules that bring what is closer to what is wanted. */
export interface Controller {
  readonly name: string;
  /** The resources whose changes matter, kept under names such as `apps/deployments`; `all` for every one. */
  readonly watches: readonly string[] | 'all';
  /** What to look at after a change. Existing objects come as `ADDED` when controllers start. */
  keysFor(event: StoreEvent, view: ClusterView): readonly string[];
  /** Starts from what is true now, whatever happened before. */
  reconcile(key: string, view: ClusterView): Plan;
}
