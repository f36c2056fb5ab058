import type { AcceptOptions } from './accept-options.js';
import type { RemoteCommandSession, RemoteCommandStreams } from './remote-command.js';
import type { UpgradedSocket } from './upgraded-socket.js';

/** How to serve one exec or attach. */
export interface AcceptRemoteCommandOptions extends AcceptOptions {
  /** What the query of the request asked for. With a terminal, `stderr` is ignored. */
  readonly streams: RemoteCommandStreams;
}

/**
 * Answers an upgrade request for exec or attach in the dialect its headers ask for, and resolves when the client has
 * opened all streams. Rejects with a coded error after the client was answered and the socket closed: the caller has
 * nothing left to send.
 */
export function acceptRemoteCommand(
  upgraded: UpgradedSocket,
  options: AcceptRemoteCommandOptions,
): Promise<RemoteCommandSession> {
  upgraded.socket.destroy();
  return Promise.reject(new Error(`no dialect serves ${Object.keys(options.streams).join()} yet`));
}
