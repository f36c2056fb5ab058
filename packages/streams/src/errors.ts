import { errorsOf } from '@virtual-kubelet/base';
import type { ErrorDefinition } from '@virtual-kubelet/base';

/** The codes of this package. */
export type StreamErrorCode =
  | 'VK_STREAMS_CLOSED'
  | 'VK_STREAMS_CREATION_TIMEOUT'
  | 'VK_STREAMS_IDLE'
  | 'VK_STREAMS_NOT_UPGRADED'
  | 'VK_STREAMS_PEER_GONE'
  | 'VK_STREAMS_PROTOCOL'
  | 'VK_STREAMS_RESET'
  | 'VK_STREAMS_UPGRADE_REFUSED';

/** What can go wrong on the streams of an exec, attach or port-forward. */
export const streamErrors: Readonly<Record<StreamErrorCode, ErrorDefinition>> = {
  VK_STREAMS_CLOSED: {
    message: 'this side has already closed the stream',
    remedy: 'Write before closing, and close once.',
    cause: 'Bytes were written to a stream, connection or session that its own side had ended.',
  },
  VK_STREAMS_CREATION_TIMEOUT: {
    message: 'the client did not open its streams within {ms} ms; missing: {missing}',
    remedy: 'Look for a proxy between client and node that holds back frames, or raise the stream creation timeout.',
    cause: 'After an upgrade the client must open all streams that it announced in its query.',
  },
  VK_STREAMS_IDLE: {
    message: 'no byte passed in {ms} ms, the session was closed',
    remedy: 'Raise the streaming connection idle timeout, or let the client send keep-alives.',
    cause: 'A session without any traffic for the idle timeout is taken for forgotten.',
  },
  VK_STREAMS_NOT_UPGRADED: {
    message: 'the server answered {status} in place of an upgrade: {body}',
    remedy: 'Read the answer: it says why the server does not open the stream.',
    cause: 'The server refused the request, or something between does not pass protocol upgrades on.',
  },
  VK_STREAMS_PEER_GONE: {
    message: 'the other side has gone: {why}',
    remedy: 'Nothing, if the user ended the command; else look at the network between the two sides.',
    cause: 'The connection ended before the session did.',
  },
  VK_STREAMS_PROTOCOL: {
    message: 'the other side broke the protocol: {why}',
    remedy: 'Use a client of a supported Kubernetes version; look for a proxy that changes upgraded connections.',
    cause: 'Bytes arrived that the protocol agreed on does not allow, or more than its limits allow.',
  },
  VK_STREAMS_RESET: {
    message: 'the other side has reset the stream',
    remedy: 'Nothing, if the user ended the command.',
    cause: 'The receiver of these bytes does not want any more of them.',
  },
  VK_STREAMS_UPGRADE_REFUSED: {
    message: 'the upgrade was refused with status {status}: {why}',
    remedy: 'Use a client that offers one of the protocols of a kubelet.',
    cause: 'The request did not ask for an upgrade that this server knows.',
  },
};

/** Makes one of this package's coded errors. */
export const streamError: ReturnType<typeof errorsOf<typeof streamErrors>> = errorsOf(streamErrors);
