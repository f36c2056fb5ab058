import type { Duplex } from 'node:stream';

/** The TCP features that a tunnel or a test pipe lacks. */
interface TcpFeatures {
  setNoDelay?(on: boolean): unknown;
  setKeepAlive?(on: boolean, delay: number): unknown;
  setTimeout?(ms: number): unknown;
}

/** Silence before the operating system asks whether the other side still exists, in milliseconds. */
const keepAliveDelay = 15_000;

/** Keystrokes leave at once, a peer that fell silent is noticed, and no timeout of the HTTP server cuts the session. */
export function tuneForStreams(socket: Duplex & TcpFeatures): void {
  socket.setTimeout?.(0);
  socket.setNoDelay?.(true);
  socket.setKeepAlive?.(true, keepAliveDelay);
}
