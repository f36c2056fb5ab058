import type { Clock } from '@virtual-kubelet/base';
import { defaultLimits } from './limits.js';
import type { StreamLimits } from './limits.js';

/** What both kinds of session take from their server. Times are in milliseconds. */
export interface AcceptOptions {
  readonly clock: Clock;
  /** A session without a byte in either direction for so long is closed. Default 4 hours, as a kubelet. */
  readonly idleTimeout?: number;
  /** How long the client may take to open the streams it announced. Default 30 seconds, as a kubelet. */
  readonly creationTimeout?: number;
  /** Deviations from {@link defaultLimits}. */
  readonly limits?: Partial<StreamLimits>;
}

/** {@link AcceptOptions} with the defaults filled in. */
export interface SessionSettings {
  readonly clock: Clock;
  readonly idleTimeout: number;
  readonly creationTimeout: number;
  readonly limits: StreamLimits;
}

/** As a kubelet's, milliseconds. */
export const defaultIdleTimeout: number = 4 * 3_600_000;

/** Fills in the defaults. */
export function settingsOf(options: AcceptOptions): SessionSettings {
  return {
    clock: options.clock,
    idleTimeout: options.idleTimeout ?? defaultIdleTimeout,
    creationTimeout: options.creationTimeout ?? 30_000,
    limits: { ...defaultLimits, ...options.limits },
  };
}
