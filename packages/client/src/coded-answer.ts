import type { CodedError } from '@virtual-kubelet/base';
import { ApiError, isForbidden, isUnauthorized } from './api-error.js';
import { clientError } from './errors.js';

/**
 * The coded error for an answer that refuses the identity or its permission, or that says that the server cannot serve now
 * (429 and 5xx); undefined for everything else.
 */
export function codedAnswer(error: unknown): CodedError | undefined {
  if (isUnauthorized(error)) return clientError('VK_API_UNAUTHORIZED', { detail: error.message }, error);
  if (isForbidden(error)) return clientError('VK_API_FORBIDDEN', { detail: error.message }, error);
  if (error instanceof ApiError && (error.status === 429 || error.status >= 500))
    return clientError('VK_API_UNAVAILABLE', { detail: error.message }, error);
  return undefined;
}
