import { settingsOf } from './accept-options.js';
import type { AcceptOptions } from './accept-options.js';
import { streamError } from './errors.js';
import { answered, refuseUpgrade } from './refuse-upgrade.js';
import type { RemoteCommandSession, RemoteCommandStreams } from './remote-command.js';
import { serveRemoteCommandOverSpdy } from './spdy/remote-command-server.js';
import type { UpgradedSocket } from './upgraded-socket.js';
import { asksForWebSocket } from './websocket/handshake.js';
import { serveRemoteCommandOverWebSocket } from './websocket/remote-command-server.js';

/** How to serve one exec or attach. */
export interface AcceptRemoteCommandOptions extends AcceptOptions {
  /** What the query of the request asked for. With a terminal, `stderr` is ignored. */
  readonly streams: RemoteCommandStreams;
}

const nothingAsked = 'you must specify at least 1 of stdin, stdout, stderr';

/** A terminal carries stderr within stdout. */
function served(streams: RemoteCommandStreams): RemoteCommandStreams {
  return { ...streams, stderr: streams.stderr && !streams.tty };
}

async function serve(upgraded: UpgradedSocket, options: AcceptRemoteCommandOptions): Promise<RemoteCommandSession> {
  const streams = served(options.streams);
  const settings = settingsOf(options);
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    refuseUpgrade(upgraded, { status: 400, body: nothingAsked });
    throw streamError('VK_STREAMS_UPGRADE_REFUSED', { status: 400, why: nothingAsked });
  }
  return asksForWebSocket(upgraded)
    ? serveRemoteCommandOverWebSocket(upgraded, streams, settings)
    : serveRemoteCommandOverSpdy(upgraded, streams, settings);
}

/**
 * Answers an upgrade request for exec or attach in the dialect its headers ask for, and resolves when the client has
 * opened all streams. Rejects with a coded error after the client was answered and the socket closed: the caller has
 * nothing left to send.
 */
export async function acceptRemoteCommand(
  upgraded: UpgradedSocket,
  options: AcceptRemoteCommandOptions,
): Promise<RemoteCommandSession> {
  return answered(upgraded, () => serve(upgraded, options));
}
