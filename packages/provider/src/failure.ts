/** Kinds of failure a provider can name; anything else it throws is retried with back-off and shown on the pod. */
export type FailureKind =
  | { readonly kind: 'NotFound' }
  /** The platform will never take this value; `field` is a path such as `spec.containers[0].image`. */
  | { readonly kind: 'Invalid'; readonly field: string }
  /** The provider cannot do what this field asks; shown before money is spent, see the fidelity table. */
  | { readonly kind: 'Unsupported'; readonly field: string }
  /** Worth another try; `after` in milliseconds, absent: the usual back-off. */
  | { readonly kind: 'Retryable'; readonly after?: number }
  /** The platform asks for fewer requests; `after` in milliseconds. */
  | { readonly kind: 'Throttled'; readonly after?: number }
  /** An account limit is reached; `resource` as the platform calls it. */
  | { readonly kind: 'Quota'; readonly resource: string }
  /** The platform has no room at the moment. */
  | { readonly kind: 'Capacity' }
  | { readonly kind: 'Unauthorized' };

const mark: symbol = Symbol.for('virtual-kubelet.io/failure/v1');

/** A failure with a kind. Recognised across copies of this package by a registered symbol, so never test with `instanceof`. */
export class ProviderFailure extends Error {
  readonly failure: FailureKind;

  constructor(failure: FailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = failure.kind;
    this.failure = failure;
    Object.defineProperty(this, mark, { value: failure });
  }
}

/** The kind of a failure, also when it is wrapped as the `cause` of another error; undefined for anything unknown. */
export function failureOf(thrown: unknown): FailureKind | undefined {
  for (
    let at: unknown = thrown, depth = 0;
    at instanceof Object && depth < 16;
    at = Reflect.get(at, 'cause'), depth += 1
  ) {
    const found: unknown = Reflect.get(at, mark);
    if (found instanceof Object && 'kind' in found) return found as FailureKind;
  }
  return undefined;
}

/** Whether the thrown value says the pod, container or object does not exist. */
export function isNotFound(thrown: unknown): boolean {
  return failureOf(thrown)?.kind === 'NotFound';
}

/** Constructors for each kind, so that providers write `throw failures.notFound('no such group')`. */
export const failures = {
  notFound: (message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'NotFound' }, message, cause),
  invalid: (field: string, message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'Invalid', field }, message, cause),
  unsupported: (field: string, message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'Unsupported', field }, message, cause),
  retryable: (message: string, after?: number, cause?: unknown): ProviderFailure =>
    new ProviderFailure(after === undefined ? { kind: 'Retryable' } : { kind: 'Retryable', after }, message, cause),
  throttled: (message: string, after?: number, cause?: unknown): ProviderFailure =>
    new ProviderFailure(after === undefined ? { kind: 'Throttled' } : { kind: 'Throttled', after }, message, cause),
  quota: (resource: string, message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'Quota', resource }, message, cause),
  capacity: (message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'Capacity' }, message, cause),
  unauthorized: (message: string, cause?: unknown): ProviderFailure =>
    new ProviderFailure({ kind: 'Unauthorized' }, message, cause),
} as const;
