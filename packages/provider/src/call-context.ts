import type { Logger, Span } from '@virtual-kubelet/base';

/** What accompanies every call into a provider. It alone holds functions: everything else in the contract is plain data. */
export interface CallContext {
  /** Aborts when the result is no longer wanted (deadline, shutdown, the client is gone). Stop soon, leave nothing half done that a repeat cannot finish. */
  readonly signal: AbortSignal;
  /** Monotonic time at which `signal` aborts by itself, milliseconds; for platforms that take a time limit. */
  readonly deadline: number;
  readonly logger: Logger;
  readonly span: Span;
  /**
   * The same for every repeat of the same intention (pod UID and attempt, or node and purpose).
   * Hand it to platforms that accept an idempotency token.
   */
  readonly idempotencyKey: string;
}
