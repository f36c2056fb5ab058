/**
 * The streams of the kubelet API: remote commands (exec, attach) and port-forwarding over SPDY/3.1 and WebSocket, for
 * the side that serves them and the side that asks. It knows bytes and channels; it does not know pods, providers or who
 * may do what: see `@virtual-kubelet/kubelet-api`.
 */
export type * from './remote-command.js';
export type * from './port-forward.js';
export type { UpgradedSocket } from './upgraded-socket.js';
export { acceptRemoteCommand } from './accept-remote-command.js';
export type { AcceptRemoteCommandOptions } from './accept-remote-command.js';
export { acceptPortForward } from './accept-port-forward.js';
export type { AcceptPortForwardOptions } from './accept-port-forward.js';
export { acceptMessages } from './accept-messages.js';
export type { MessageSender } from './accept-messages.js';
export type { AcceptOptions } from './accept-options.js';
export { defaultLimits } from './limits.js';
export type { StreamLimits } from './limits.js';
export { refuseUpgrade } from './refuse-upgrade.js';
export type { UpgradeRefusal } from './refuse-upgrade.js';
export { streamErrors } from './errors.js';
export type { StreamErrorCode } from './errors.js';
export { openRemoteCommand } from './client/open-remote-command.js';
export type { OpenRemoteCommandOptions } from './client/open-remote-command.js';
export type { RemoteCommandClient, RemoteInput } from './client/remote-command-client.js';
export { openPortForward } from './client/open-port-forward.js';
export type { OpenPortForwardOptions } from './client/open-port-forward.js';
export type { ClientConnection, PortForwardClient } from './client/port-forward-client.js';
export type { UpgradeTarget } from './client/upgrade.js';
export { relayUpgrade } from './client/relay-upgrade.js';
export { relayRequest } from './client/relay-request.js';
export type { RelayOptions, RelayOutcome } from './client/relay.js';
