import { settingsOf } from '../accept-options.js';
import type { AcceptOptions } from '../accept-options.js';
import { protocol, tunnelPrefix } from '../protocols.js';
import type { PortForwardClient } from './port-forward-client.js';
import { portForwardOverSpdy } from './spdy-port-forward.js';
import { upgradeToSpdy, upgradeToWebSocket } from './upgrade.js';
import type { UpgradeTarget } from './upgrade.js';
import { tunnelOf } from '../websocket/tunnel.js';
import { portForwardOverChannels } from './websocket-port-forward.js';

/** How to ask for port-forwarding. */
export interface OpenPortForwardOptions extends AcceptOptions {
  /** Streams over SPDY, the same inside a WebSocket, or the older WebSocket with two channels for each port. */
  readonly dialect: 'spdy' | 'tunnel' | 'channels';
  /** For `channels`: the ports, each of which is connected once, at the start. */
  readonly ports?: readonly number[];
  /** For `channels`: what to offer. Default `v4.channel.k8s.io`. */
  readonly protocols?: readonly string[];
}

function withPorts(target: UpgradeTarget, ports: readonly number[]): UpgradeTarget {
  const url = new URL(target.url);
  for (const port of ports) url.searchParams.append('port', String(port));
  return { ...target, url: url.href };
}

/** Opens a port-forward session. Rejects with a coded error when the server refuses or cannot be reached. */
export async function openPortForward(
  target: UpgradeTarget,
  options: OpenPortForwardOptions,
): Promise<PortForwardClient> {
  const settings = settingsOf(options);
  if (options.dialect === 'spdy')
    return portForwardOverSpdy(await upgradeToSpdy(target, [protocol.portForward]), settings);
  if (options.dialect === 'tunnel') {
    const tunnel = await upgradeToWebSocket(target, [tunnelPrefix + protocol.portForward]);
    const carrier = tunnelOf(tunnel.webSocket, settings.limits.message);
    return portForwardOverSpdy({ protocol: tunnel.protocol, carrier }, settings);
  }
  const ports = options.ports ?? [];
  const protocols = options.protocols ?? [protocol.v4];
  return portForwardOverChannels(await upgradeToWebSocket(withPorts(target, ports), protocols), ports, settings);
}
