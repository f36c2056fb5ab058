/** Status objects: how the API server says that something failed. */
import type { Status, StatusDetails } from './generated/types.js';

/** HTTP codes of the reasons clients tell apart (k8s.io/apimachinery:pkg/apis/meta/v1). */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const;

/** Why a request failed, in the words of the API. */
export type StatusReason = keyof typeof codes;

/** The HTTP code a reason is sent with. */
export function codeOfReason(reason: StatusReason): number {
  return codes[reason];
}

/** The reason a client may assume where an answer has a code but no reason. */
export function reasonOfCode(code: number): StatusReason | undefined {
  if (code === 409) return 'Conflict';
  const entry = Object.entries(codes).find(([, value]) => value === code);
  return entry?.[0] as StatusReason | undefined;
}

/** What {@link failureStatus} says beside the reason. */
export interface FailureDetails {
  readonly message: string;
  readonly details?: StatusDetails;
  /** Only where it is not the reason's own. */
  readonly code?: number;
}

/** A Status that says that a request failed. */
export function failureStatus(reason: StatusReason, failure: FailureDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: failure.message,
    reason,
    ...(failure.details === undefined ? {} : { details: failure.details }),
    code: failure.code ?? codes[reason],
  };
}

/** A Status that says that a request succeeded, as DELETE answers when the object is gone. */
export function successStatus(details?: StatusDetails): Status {
  const detailed = details === undefined ? {} : { details };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...detailed };
}

/** Whether a parsed answer is a Status. */
export function isStatus(value: unknown): value is Status {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown };
  return kind === 'Status' && apiVersion === 'v1';
}
