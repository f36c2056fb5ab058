/** What the configuration of a pod has to tell its user. */

/** An event for the pod. Never holds a value from a Secret. */
export interface ConfigEvent {
  readonly type: 'Normal' | 'Warning';
  /** Such as `MandatorySecretNotFound`; users and alerts select on it. */
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{name}` when it is about one container. */
  readonly fieldPath?: string;
}

/** Something without which the pod cannot start. */
export interface ConfigProblem {
  /** One sentence for the container's waiting message, as kubelets word it where they have one. */
  readonly message: string;
  readonly events: readonly ConfigEvent[];
}

/** A value, or why there is none. */
export type Found<T> = { readonly found: T } | { readonly problem: string };

/** A warning event. */
export function warning(reason: string, message: string, fieldPath?: string): ConfigEvent {
  return { type: 'Warning', reason, message, ...(fieldPath === undefined ? {} : { fieldPath }) };
}
