import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where the API server of the playground listens, and who knows it by which name. */
export interface PlaygroundAddress {
  readonly host: string;
  /** Addresses of this machine that its certificate names beside the usual ones. */
  readonly names: readonly string[];
  /** Where containers reach it; undefined where only this machine does. */
  readonly forPods: string | undefined;
}

/** Addresses of this machine that others can reach it at. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => address);
}

/**
 * What `--address` means on a machine with these addresses; undefined when it is no address. Listening everywhere, pods
 * are told the first address of the same family: the network of an engine has one of its own only while a container runs.
 */
export function playgroundAddress(host: string, own: readonly string[]): PlaygroundAddress | undefined {
  const family = isIP(host);
  if (family === 0) return undefined;
  if (host === '0.0.0.0' || host === '::')
    return { host, names: own, forPods: own.find((address) => isIP(address) === family) };
  return { host, names: [], forPods: /^127\.|^::1$/.test(host) ? undefined : host };
}
