import type { TransportResponse } from '@virtual-kubelet/base';
import { BodyTooLarge } from './exchange.js';
import { TransportError } from './transport-error.js';
import type { TransportErrorKind } from './transport-error.js';

interface Diagnosis {
  readonly kind: TransportErrorKind;
  readonly says: string;
  readonly maybeSent: boolean;
}

function row(kind: TransportErrorKind, says: string, maybeSent = true): Diagnosis {
  return { kind, says, maybeSent };
}

const wayless = row('refused', 'there is no way to this address', false);
const unresolved = row('dns', 'the name has no address', false);
const cut = row('reset', 'the connection was cut');
const closed = row('closed', 'the client was closed');

/** Codes of Node and undici. Codes of OpenSSL and of certificate checks follow patterns, see below. */
const byCode: ReadonlyMap<string, Diagnosis> = new Map([
  ['ECONNREFUSED', row('refused', 'nothing listens there', false)],
  ['EHOSTUNREACH', wayless],
  ['ENETUNREACH', wayless],
  ['EHOSTDOWN', wayless],
  ['ENETDOWN', wayless],
  ['EADDRNOTAVAIL', wayless],
  ['EINVAL', wayless],
  ['EACCES', row('refused', 'this system forbids the connection', false)],
  ['EPERM', row('refused', 'this system forbids the connection', false)],
  ['EMFILE', row('refused', 'this process has too many files open', false)],
  ['ENFILE', row('refused', 'this system has too many files open', false)],
  ['ENOTFOUND', unresolved],
  ['EAI_AGAIN', row('dns', 'the name server does not answer', false)],
  ['ECONNRESET', cut],
  ['ECONNABORTED', cut],
  ['EPIPE', cut],
  ['UND_ERR_SOCKET', cut],
  ['ERR_STREAM_PREMATURE_CLOSE', cut],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', row('reset', 'the answer was shorter than announced')],
  ['ETIMEDOUT', row('timeout', 'the connection went dead')],
  ['UND_ERR_CONNECT_TIMEOUT', row('timeout', 'no connection within the time limit', false)],
  ['UND_ERR_HEADERS_TIMEOUT', row('timeout', 'no answer within the time limit')],
  ['UND_ERR_BODY_TIMEOUT', row('timeout', 'the answer stopped in the middle')],
  ['UND_ERR_HEADERS_OVERFLOW', row('headers', 'the headers of the answer are too long')],
  ['UND_ERR_DESTROYED', closed],
  ['UND_ERR_CLOSED', closed],
  ['UND_ERR_ABORTED', row('refused', 'the proxy opened no tunnel', false)],
]);

/** Certificate checks of Node (nodejs/node:src/crypto/crypto_common.cc, X509ErrorCode). */
const certificateCode =
  /^(CERT|CRL|UNABLE_TO|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|(DEPTH_ZERO_)?SELF_SIGNED|PATH_LENGTH|ERR_TLS|ERR_SSL|ERR_OSSL|UND_ERR_PRX_TLS|EPROTO)/;

function textOf(thrown: Error, field: 'code' | 'reason'): string | undefined {
  const value: unknown = Reflect.get(thrown, field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function diagnose(code: string): Diagnosis {
  const known = byCode.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('EAI_')) return unresolved;
  return row('reset', 'the exchange broke');
}

function sizeFailure(server: string, error: BodyTooLarge): TransportError {
  const detail = `the answer is larger than ${error.most} bytes`;
  return new TransportError({ kind: 'size', server, detail, maybeSent: true });
}

/**
 * Names what broke. TLS can fail after the handshake seems done (TLS 1.3 refuses client certificates late), but never
 * after the server has acted.
 */
function classify(thrown: unknown, server: string): TransportError {
  if (thrown instanceof TransportError) return thrown;
  if (thrown instanceof BodyTooLarge) return sizeFailure(server, thrown);
  const error = thrown instanceof Error ? thrown : new Error('unknown reason');
  // No cause: the parser's error carries what the server sent.
  if (error.name === 'HTTPParserError')
    return new TransportError({ kind: 'headers', server, detail: 'the answer is not HTTP', maybeSent: true });
  const code = textOf(error, 'code') ?? '';
  if (certificateCode.test(code)) {
    const detail = textOf(error, 'reason') ?? error.message;
    return new TransportError({ kind: 'tls', server, detail, maybeSent: false, cause: error });
  }
  const { kind, says, maybeSent } = diagnose(code);
  const detail = code === '' || kind === 'closed' ? says : `${says} (${code})`;
  return new TransportError({ kind, server, detail, maybeSent, cause: error });
}

/** Makes the errors of exchanges with one server. */
export interface Failures {
  /** For whatever was thrown while the signal of the call was this. */
  of(thrown: unknown, signal: AbortSignal | undefined): TransportError;
  /** The signal's reason becomes the cause. */
  aborted(signal: AbortSignal): TransportError;
  closed(): TransportError;
  noUpgrade(response: TransportResponse): TransportError;
}

/** Makes {@link Failures}. `server` is its address, for messages. */
export function failuresOf(server: string): Failures {
  const aborted = ({ reason }: AbortSignal): TransportError => {
    const late = reason instanceof Error && reason.name === 'TimeoutError';
    const detail = late ? 'the time for the call is over' : 'the call was given up';
    return new TransportError({ kind: 'aborted', server, detail, maybeSent: true, cause: reason });
  };
  return {
    aborted,
    of: (thrown, signal) => (signal?.aborted ? aborted(signal) : classify(thrown, server)),
    closed: () => new TransportError({ kind: 'closed', server, detail: closed.says, maybeSent: false }),
    noUpgrade(response) {
      const detail = `the server answered ${response.status} instead of switching protocols`;
      return new TransportError({ kind: 'upgrade', server, detail, maybeSent: true, response });
    },
  };
}
