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
export type { AcceptOptions } from './accept-options.js';
export { defaultLimits } from './limits.js';
export type { StreamLimits } from './limits.js';
export { refuseUpgrade } from './refuse-upgrade.js';
export type { UpgradeRefusal } from './refuse-upgrade.js';
