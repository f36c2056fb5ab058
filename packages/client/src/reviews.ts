import type { Sensitive } from '@virtual-kubelet/base';
import type {
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
  TokenReviewStatus,
} from '@virtual-kubelet/kubernetes';
import type { ApiClient, CallOptions } from './api.js';
import { clientError } from './errors.js';
import { subjectAccessReviews, tokenReviews } from './resources.js';

/** A token somebody showed. */
export interface ShownToken {
  readonly token: Sensitive;
  /** Whom it must be meant for. @default the API server */
  readonly audiences?: readonly string[];
}

/** Reviews change nothing, so they may be repeated. */
function repeatable(options: CallOptions | undefined): CallOptions {
  return { retry: true, ...options };
}

function answered<T>(status: T | undefined, resource: string): T {
  if (status === undefined || status === null) throw clientError('VK_API_MALFORMED', { call: `create ${resource}` });
  return status;
}

/** Asks the API server whose token this is. An unknown token is an answer: `authenticated` is not true. */
export async function createTokenReview(
  client: ApiClient,
  shown: ShownToken,
  options?: CallOptions,
): Promise<TokenReviewStatus> {
  const audiences = shown.audiences === undefined ? {} : { audiences: shown.audiences };
  const spec = { token: shown.token.reveal(), ...audiences };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec } as const;
  const { status } = await client.create(tokenReviews, review, repeatable(options));
  return answered(status, tokenReviews.plural);
}

/** Asks the API server whether somebody may do something. Only `allowed` being true is a yes. */
export async function createSubjectAccessReview(
  client: ApiClient,
  spec: SubjectAccessReviewSpec,
  options?: CallOptions,
): Promise<SubjectAccessReviewStatus> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec } as const;
  const { status } = await client.create(subjectAccessReviews, review, repeatable(options));
  return answered(status, subjectAccessReviews.plural);
}
