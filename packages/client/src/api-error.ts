import { isStatus } from '@virtual-kubelet/kubernetes';
import type { Status } from '@virtual-kubelet/kubernetes';

/** One reason of a refusal: for `Invalid` answers, the field at fault. */
export interface ApiErrorCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** What an {@link ApiError} is made of. */
export interface ApiErrorParts {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' word for it: `NotFound`, `Conflict`, `Invalid`. Empty when the answer did not come from an API server. */
  readonly reason: string;
  readonly message: string;
  readonly causes?: readonly ApiErrorCause[];
  /** Milliseconds the server asked to wait. */
  readonly retryAfter?: number | undefined;
  readonly details?: ApiErrorDetails;
}

/** Which object an error is about. `kind` is a resource name such as `pods`. */
export interface ApiErrorDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
}

/**
 * An answer of the API server that is not a success. It carries the server's words only: never what was sent, never
 * headers, because both hold secrets.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly ApiErrorCause[];
  /** Milliseconds the server asked to wait before the next attempt; undefined when it did not say. */
  readonly retryAfter: number | undefined;
  readonly details: ApiErrorDetails;

  constructor(parts: ApiErrorParts) {
    super(parts.message);
    this.name = 'ApiError';
    this.status = parts.status;
    this.reason = parts.reason;
    this.causes = parts.causes ?? [];
    this.retryAfter = parts.retryAfter;
    this.details = parts.details ?? {};
  }
}

/** The raw parts of an answer that say why it is none. */
export interface FailedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Longest message kept; some servers put whole objects in it. */
const longestMessage = 2_000;

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Keeps the named members that are non-empty strings. */
function texts<K extends string>(value: unknown, names: readonly K[]): { [N in K]?: string } {
  const record = asRecord(value) ?? {};
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const member = text(record[name]);
    if (member !== undefined) found[name] = member.slice(0, longestMessage);
  }
  return found;
}

/** `Retry-After` in seconds, as API servers send it. The form with a date is left out: it needs two clocks to agree. */
function retryAfterHeader(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers['retry-after']?.trim();
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : undefined;
}

function retryAfterDetail(details: Readonly<Record<string, unknown>>): number | undefined {
  const seconds = details['retryAfterSeconds'];
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

/** Makes the error of a Status object, as answers and the ERROR events of a watch carry it. */
export function errorOfStatus(status: Status, http: number, retryAfter?: number): ApiError {
  const details = asRecord(status.details) ?? {};
  const causes = Array.isArray(details['causes']) ? (details['causes'] as unknown[]) : [];
  return new ApiError({
    status: typeof status.code === 'number' && status.code > 0 ? status.code : http,
    reason: text(status.reason) ?? '',
    message: (text(status.message) ?? `the API server answered ${http}`).slice(0, longestMessage),
    causes: causes.map((cause) => texts(cause, ['reason', 'message', 'field'])),
    retryAfter: retryAfter ?? retryAfterDetail(details),
    details: texts(details, ['name', 'group', 'kind', 'uid']),
  });
}

/** A short plain text is worth showing; HTML of some proxy is not. */
function plainText({ headers, body }: FailedAnswer): string {
  if (!headers['content-type']?.startsWith('text/plain')) return '';
  const words = new TextDecoder().decode(body.subarray(0, 200)).trim();
  return words === '' ? '' : `: ${words}`;
}

/** Makes the error of an answer whose status is not a success. `what` names the call, such as `GET /api/v1/nodes/vk`. */
export function apiErrorOf(answer: FailedAnswer, what: string): ApiError {
  const retryAfter = retryAfterHeader(answer.headers);
  const body = parse(answer.body);
  if (isStatus(body)) return errorOfStatus(body, answer.status, retryAfter);
  return new ApiError({
    status: answer.status,
    reason: '',
    message: `${what} was answered with ${answer.status}${plainText(answer)}`,
    retryAfter,
  });
}

function is(error: unknown, status: number, ...reasons: readonly string[]): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return reasons.length === 0 || error.reason === '' ? error.status === status : reasons.includes(error.reason);
}

/** The object, or the kind itself, is not there. */
export function isNotFound(error: unknown): error is ApiError {
  return is(error, 404, 'NotFound');
}

/** A create found an object of that name. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** Somebody else wrote in between, or a precondition on UID or resourceVersion failed. */
export function isConflict(error: unknown): error is ApiError {
  return is(error, 409, 'Conflict');
}

/** The asked version of the collection is no longer kept: list again. */
export function isGone(error: unknown): error is ApiError {
  return is(error, 410, 'Expired', 'Gone');
}

/** The identity lacks the permission. */
export function isForbidden(error: unknown): error is ApiError {
  return is(error, 403, 'Forbidden');
}

/** The identity was not recognised. */
export function isUnauthorized(error: unknown): error is ApiError {
  return is(error, 401, 'Unauthorized');
}

/** The server asks for fewer requests. */
export function isThrottled(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 429;
}

/** The object was refused; with `field`, because of that field (for example `metadata.uid`). */
export function isInvalid(error: unknown, field?: string): error is ApiError {
  if (!is(error, 422, 'Invalid')) return false;
  return field === undefined || error.causes.some((cause) => cause.field === field);
}
