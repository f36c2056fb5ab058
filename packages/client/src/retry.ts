import type { BackoffOptions, Random } from '@virtual-kubelet/base';
import { backoffDelay } from '@virtual-kubelet/base';

/** How an attempt failed. */
export type AttemptFailure =
  /** The server answered, but not with a success. `retryAfter` in milliseconds. */
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: number | undefined }
  /** No connection: the server saw nothing of the call. */
  | { readonly kind: 'unsent' }
  /** The exchange broke: the call may or may not have taken effect. */
  | { readonly kind: 'dropped' }
  /** No answer in time: likewise in doubt. */
  | { readonly kind: 'timeout' };

/** What a decision about another attempt depends on. */
export interface RetryQuestion {
  readonly failure: AttemptFailure;
  /** Attempts made so far, 1 or more. */
  readonly attempt: number;
  /** Whether the call may take effect twice without harm. */
  readonly repeatable: boolean;
  /** What the caller said; `false` forbids any repetition. */
  readonly retry?: boolean | undefined;
}

/** Milliseconds until the next attempt, or undefined when the failure is final. */
export type RetryDelay = number | undefined;

/** Attempts of one call, the first included; whoever wants more has a work queue. */
const mostAttempts = 5;
/** Longest wait a server can impose, milliseconds. */
const longestWait = 30_000;
const backoff: BackoffOptions = { first: 200, most: 5_000, factor: 3, jitter: 0.5 };

/**
 * Whether the server certainly did nothing: flow control refuses with 429 before it looks at the call, and a server
 * that shuts down answers 503 with a time.
 */
function isRefused(failure: AttemptFailure): boolean {
  if (failure.kind !== 'answer') return failure.kind === 'unsent';
  return failure.status === 429 || (failure.status === 503 && failure.retryAfter !== undefined);
}

function isPassing(failure: AttemptFailure): boolean {
  return failure.kind !== 'answer' || failure.status >= 500 || failure.status === 429;
}

/**
 * Decides whether and when a call is tried again. A refused call may be repeated whatever it is; one whose fate is in
 * doubt only if that does no harm. Conflicts are never answered here: only the caller knows what to write next.
 */
export function retryDelay(question: RetryQuestion, random: Random): RetryDelay {
  const { failure, attempt, repeatable, retry } = question;
  if (retry === false || attempt >= mostAttempts || !isPassing(failure)) return undefined;
  if (!isRefused(failure) && !(retry ?? repeatable)) return undefined;
  const own = backoffDelay(backoff, attempt, random);
  const asked = failure.kind === 'answer' ? failure.retryAfter : undefined;
  if (asked === undefined) return own;
  const wait = Math.min(asked, longestWait);
  return Math.max(own, wait * (1 + 0.2 * random.next()));
}
