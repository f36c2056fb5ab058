import type { AcceptOptions } from './accept-options.js';
import type { PortForwardSession } from './port-forward.js';
import type { UpgradedSocket } from './upgraded-socket.js';

/** How to serve one port-forward session. */
export type AcceptPortForwardOptions = AcceptOptions;

/**
 * Answers an upgrade request for port-forwarding in the dialect its headers ask for. Ports of the WebSocket channel
 * dialects are read from the query (`port`, repeated or with commas). Rejects with a coded error after the client was
 * answered and the socket closed: the caller has nothing left to send.
 */
export function acceptPortForward(
  upgraded: UpgradedSocket,
  options: AcceptPortForwardOptions,
): Promise<PortForwardSession> {
  upgraded.socket.destroy();
  return Promise.reject(new Error(`no dialect serves port-forwarding yet, at ${options.clock.wall()}`));
}
