import { settingsOf } from '../accept-options.js';
import type { AcceptOptions } from '../accept-options.js';
import { protocol } from '../protocols.js';
import type { RemoteCommandStreams } from '../remote-command.js';
import type { RemoteCommandClient } from './remote-command-client.js';
import { remoteCommandOverSpdy } from './spdy-remote-command.js';
import { upgradeToSpdy, upgradeToWebSocket } from './upgrade.js';
import type { UpgradeTarget } from './upgrade.js';
import { remoteCommandOverWebSocket } from './websocket-remote-command.js';

/** How to ask for a remote command. */
export interface OpenRemoteCommandOptions extends AcceptOptions {
  readonly dialect: 'spdy' | 'websocket';
  /** What the query of the address asks for. */
  readonly streams: RemoteCommandStreams;
  /** What to offer, in the order of preference. Default: what kubectl offers. */
  readonly protocols?: readonly string[];
}

const offers = {
  spdy: [protocol.v5, protocol.v4, protocol.v3, protocol.v2, protocol.v1],
  websocket: [protocol.v5],
};

/** Opens exec or attach. Rejects with a coded error when the server refuses or cannot be reached. */
export async function openRemoteCommand(
  target: UpgradeTarget,
  options: OpenRemoteCommandOptions,
): Promise<RemoteCommandClient> {
  const settings = settingsOf(options);
  const protocols = options.protocols ?? offers[options.dialect];
  if (options.dialect === 'spdy')
    return remoteCommandOverSpdy(await upgradeToSpdy(target, protocols), options.streams, settings);
  return remoteCommandOverWebSocket(await upgradeToWebSocket(target, protocols), options.streams, settings);
}
