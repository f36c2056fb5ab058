/**
 * The streams of the kubelet API: remote commands (exec, attach) and port-forwarding over SPDY/3.1 and WebSocket, for
 * the side that serves them and the side that asks. It knows bytes and channels; it does not know pods, providers or who
 * may do what: see `@virtual-kubelet/kubelet-api`.
 */
export type * from './remote-command.js';
export type * from './port-forward.js';
export type { UpgradedSocket } from './upgraded-socket.js';
