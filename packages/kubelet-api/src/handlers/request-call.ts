import type { KubeletApiLimits } from '../limits.js';
import type { RouteParameters } from '../routes.js';

/** A request that may be served: its sender is known and allowed. */
export interface RequestCall {
  readonly parameters: RouteParameters;
  readonly url: URL;
  readonly limits: KubeletApiLimits;
  /** Aborts when the client is gone or the server ends. */
  readonly gone: AbortSignal;
}
