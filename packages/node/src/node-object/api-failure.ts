/** How a call about a Node or its Lease failed, in the words that decide what comes next. */
import type { CodedError, Random } from '@virtual-kubelet/base';
import { backoffDelay, messageOf } from '@virtual-kubelet/base';
import { ApiError, isAlreadyExists, isConflict, isForbidden, isInvalid, isNotFound } from '@virtual-kubelet/client';
import { nodeFailure } from '../errors.js';

/**
 * `absent`: there is no such object. `changed`: it is not as it was seen, or not that object any more; look again.
 * `other`: permission, refusal, overload, no connection; only time helps.
 */
export type FailureKind = 'absent' | 'changed' | 'other';

/** Sorts a thrown value. */
export function failureKind(error: unknown): FailureKind {
  if (isNotFound(error)) return 'absent';
  // A UID that does not fit is a conflict for some calls and an invalid field for others.
  const isChanged = isConflict(error) || isAlreadyExists(error) || isInvalid(error, 'metadata.uid');
  return isChanged ? 'changed' : 'other';
}

/** Whether the server does not know this way of asking: an unknown type of patch, or nothing implemented behind it. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof ApiError && [415, 501].includes(error.status);
}

/** What was tried. */
export interface Attempt {
  readonly node: string;
  /** As in "cannot renew the Lease of node x". */
  readonly action: string;
}

/** The failure as users are told of it. */
export function apiTrouble(error: unknown, { node, action }: Attempt): CodedError {
  const parameters = { node, action, detail: messageOf(error) };
  if (isForbidden(error)) return nodeFailure('VK_NODE_FORBIDDEN', parameters, error);
  const isRefused = error instanceof ApiError && [400, 413, 415, 422].includes(error.status);
  return nodeFailure(isRefused ? 'VK_NODE_REFUSED' : 'VK_NODE_API', parameters, error);
}

/** Bounds of the delay after a failure, milliseconds. */
export interface FailureDelay {
  readonly first: number;
  /** Not exceeded whatever the server asks for: a heartbeat that waits for minutes is none. */
  readonly most: number;
  /** In a row. */
  readonly failures: number;
}

/** When to try again. A server's Retry-After counts within the bounds. */
export function failureDelay(error: unknown, { first, most, failures }: FailureDelay, random: Random): number {
  const asked = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
  return Math.max(backoffDelay({ first, most }, failures, random), Math.min(asked, most));
}
