import { CodedError, messageOf } from '@virtual-kubelet/base';
import { nodeFailure } from '../errors.js';
import type { ConfigEvent } from './config-event.js';
import { warning } from './config-event.js';

/**
 * Something a pod refers to could not be read: the API server did not answer, or the node may not look. That says
 * nothing about whether it exists, so the pod is tried again; `cause` is the client's error.
 */
export class ConfigReadError extends CodedError {
  /** For the pod. */
  readonly events: readonly ConfigEvent[];

  constructor(coded: CodedError, events: readonly ConfigEvent[]) {
    super(coded.code, coded, coded.cause);
    this.name = 'ConfigReadError';
    this.events = events;
  }
}

/** Makes the error for one object. */
export function configReadError(
  object: { readonly kind: string; readonly name: string; readonly optional?: boolean },
  cause: unknown,
): ConfigReadError {
  const { kind, name, optional = false } = object;
  const coded = nodeFailure('VK_POD_CONFIG_UNREADABLE', { kind, name, detail: messageOf(cause) }, cause);
  const isConfig = kind === 'ConfigMap' || kind === 'Secret';
  const reason = isConfig ? `FailedToRead${optional ? 'Optional' : 'Mandatory'}${kind}` : 'FailedMount';
  return new ConfigReadError(coded, [warning(reason, coded.message)]);
}
