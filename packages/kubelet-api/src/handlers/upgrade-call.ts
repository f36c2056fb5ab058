import type { UpgradedSocket } from '@virtual-kubelet/streams';
import type { KubeletApiLimits } from '../limits.js';
import type { Route, RouteParameters } from '../routes.js';

/** A request for a stream that may be served: its sender is known and allowed. */
export interface UpgradeCall {
  readonly upgraded: UpgradedSocket;
  readonly route: Route;
  readonly parameters: RouteParameters;
  readonly url: URL;
  readonly limits: KubeletApiLimits;
  /** Makes room for one more forwarded connection and gives the way to free it; undefined when there is none. */
  readonly takeForward: () => (() => void) | undefined;
  /** Aborts when the server ends. */
  readonly closing: AbortSignal;
}
