import type { CodedError } from '@virtual-kubelet/base';
import { isForbidden, isUnauthorized } from './api-error.js';
import { clientError } from './errors.js';

/** The coded error for an answer that refuses the identity or its permission; undefined for everything else. */
export function refusedAccess(error: unknown): CodedError | undefined {
  if (isUnauthorized(error)) return clientError('VK_API_UNAUTHORIZED', { detail: error.message }, error);
  if (isForbidden(error)) return clientError('VK_API_FORBIDDEN', { detail: error.message }, error);
  return undefined;
}
