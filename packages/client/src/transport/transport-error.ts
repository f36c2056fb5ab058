import { CodedError } from '@virtual-kubelet/base';
import type { TransportResponse } from '@virtual-kubelet/base';
import { clientError } from '../errors.js';

/**
 * How an exchange broke: `refused` nobody listens or no way there, `dns` the name has no address, `tls` no trust,
 * `reset` the connection ended too early, `timeout` no sign of life, `aborted` the caller's signal, `headers` not HTTP,
 * `size` a body beyond the limit, `upgrade` an answer other than 101, `closed` the transport was closed.
 */
export type TransportErrorKind =
  | 'refused'
  | 'dns'
  | 'tls'
  | 'reset'
  | 'timeout'
  | 'aborted'
  | 'headers'
  | 'size'
  | 'upgrade'
  | 'closed';

/** What is known about a broken exchange. */
export interface TransportFailure {
  readonly kind: TransportErrorKind;
  /** Address of the peer. */
  readonly server: string;
  /** One sentence without a full stop. Never a secret. */
  readonly detail: string;
  /** Whether the server may have acted on the request. False only where it certainly saw nothing of it. */
  readonly maybeSent: boolean;
  /** The answer that came in place of an upgrade. */
  readonly response?: TransportResponse;
  readonly cause?: unknown;
}

/** A broken exchange. An answer of whatever status is none. */
export class TransportError extends CodedError {
  readonly kind: TransportErrorKind;
  readonly maybeSent: boolean;
  readonly response?: TransportResponse;

  constructor(failure: TransportFailure) {
    const { kind, server, detail, maybeSent, response, cause } = failure;
    const code = kind === 'tls' ? 'VK_API_TLS' : 'VK_API_UNREACHABLE';
    const { message, remedy, exit } = clientError(code, { server, detail });
    super(code, { message, remedy, exit }, cause);
    this.name = 'TransportError';
    this.kind = kind;
    this.maybeSent = maybeSent;
    if (response !== undefined) this.response = response;
  }
}
