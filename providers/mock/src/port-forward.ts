import type { PodConnection } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import { pipe } from './pipe.js';
import type { ForwardRule } from './stream-script.js';

/** Opens a connection to a port of this machine. */
export type ConnectLocally = (port: number, signal: AbortSignal) => Promise<PodConnection>;

/** What is behind the ports of a pod. */
export interface ForwardOptions {
  readonly rules: readonly ForwardRule[];
  /** Local ports the configuration of the node opens: pods name them, but cannot choose freely what they reach. */
  readonly localPorts: readonly number[];
  readonly connect: ConnectLocally;
}

/** Gives back what it is given. */
export function echo(signal: AbortSignal): PodConnection {
  const loop = pipe();
  const stop = (): void => loop.fail(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    readable: loop.source,
    writable: loop,
    async closeWrite() {
      loop.close();
      signal.removeEventListener('abort', stop);
    },
  };
}

/** Connects to a port of a pod: its echo, or the local port its annotation names. */
export async function connectPort(port: number, options: ForwardOptions, signal: AbortSignal): Promise<PodConnection> {
  const { rules, localPorts, connect } = options;
  const rule = rules.find((one) => one.port === port) ?? rules.find((one) => one.port === '*');
  if (!rule) return echo(signal);
  if (!localPorts.includes(rule.localPort))
    throw failures.invalid(
      'metadata.annotations',
      `local port ${rule.localPort} is not among the localPorts of the mock's configuration`,
    );
  return await connect(rule.localPort, signal);
}
