import { settingsOf } from './accept-options.js';
import type { AcceptOptions } from './accept-options.js';
import type { PortForwardSession } from './port-forward.js';
import { answered } from './refuse-upgrade.js';
import { servePortForwardOverSpdy } from './spdy/port-forward-server.js';
import type { UpgradedSocket } from './upgraded-socket.js';
import { asksForWebSocket } from './websocket/handshake.js';
import { servePortForwardOverWebSocket } from './websocket/port-forward-server.js';

/** How to serve one port-forward session. */
export type AcceptPortForwardOptions = AcceptOptions;

/**
 * Answers an upgrade request for port-forwarding in the dialect its headers ask for. Ports of the WebSocket channel
 * dialects are read from the query (`port`, repeated or with commas). Rejects with a coded error after the client was
 * answered and the socket closed: the caller has nothing left to send.
 */
export async function acceptPortForward(
  upgraded: UpgradedSocket,
  options: AcceptPortForwardOptions,
): Promise<PortForwardSession> {
  const settings = settingsOf(options);
  return answered(upgraded, async () =>
    asksForWebSocket(upgraded)
      ? servePortForwardOverWebSocket(upgraded, settings)
      : servePortForwardOverSpdy(upgraded, settings),
  );
}
