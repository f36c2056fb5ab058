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
  /** Aborts when the server ends. */
  readonly closing: AbortSignal;
}
