import { streamError } from './errors.js';
import type { RemoteCommandOutcome } from './remote-command.js';

/**
 * The last words on the error channel. From the fourth version of the protocol on they are a Status object with the exit
 * code as a cause (kubernetes/kubernetes:staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go); before,
 * plain text, and nothing for success.
 */
const success = '{"metadata":{},"status":"Success"}';

const exitReason = 'NonZeroExitCode';
const exitCause = 'ExitCode';

/** A larger or negative code, as some platforms have, fits no Status: clients read eight bits. */
function eightBits(code: number): number {
  return Number.isInteger(code) && code >= 0 && code <= 255 ? code : 255;
}

function messageOf(outcome: RemoteCommandOutcome): string {
  return 'error' in outcome
    ? `Internal error occurred: ${outcome.error}`
    : `command terminated with non-zero exit code: ${outcome.exitCode}`;
}

function failure(outcome: RemoteCommandOutcome): object {
  const status = { metadata: {}, status: 'Failure', message: messageOf(outcome) };
  if ('error' in outcome) return { ...status, reason: 'InternalError', code: 500 };
  const cause = { reason: exitCause, message: String(eightBits(outcome.exitCode)) };
  return { ...status, reason: exitReason, details: { causes: [cause] } };
}

function speaksStatus(protocol: string): boolean {
  return protocol.startsWith('v4.') || protocol.startsWith('v5.');
}

/** What the error channel says in this protocol; empty when it says nothing. */
export function statusText(protocol: string, outcome: RemoteCommandOutcome): string {
  const succeeded = 'exitCode' in outcome && outcome.exitCode === 0;
  if (!speaksStatus(protocol)) return succeeded ? '' : messageOf(outcome);
  return succeeded ? success : JSON.stringify(failure(outcome));
}

interface StatusLike {
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[] };
}

function parseStatus(text: string): StatusLike {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null) return status;
  } catch (cause) {
    throw streamError('VK_STREAMS_PROTOCOL', { why: 'the status is not JSON' }, cause);
  }
  throw streamError('VK_STREAMS_PROTOCOL', { why: 'the status is not an object' });
}

/** Reads what {@link statusText}, or any kubelet, wrote. Throws a coded error when it is no status. */
export function outcomeOf(protocol: string, text: string): RemoteCommandOutcome {
  if (!speaksStatus(protocol)) return text === '' ? { exitCode: 0 } : { error: text };
  const status = parseStatus(text);
  if (status.status === 'Success') return { exitCode: 0 };
  const cause = status.details?.causes?.find(({ reason }) => reason === exitCause);
  const code = Number(cause?.message);
  if (status.reason === exitReason && Number.isInteger(code)) return { exitCode: code };
  return { error: typeof status.message === 'string' ? status.message : text };
}
