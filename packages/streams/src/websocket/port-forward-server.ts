import type { SessionSettings } from '../accept-options.js';
import { forwardedConnection } from '../forwarded-connection.js';
import type { LiveConnection } from '../forwarded-connection.js';
import { itemQueue } from '../item-queue.js';
import { portNumber } from '../port-forward.js';
import type { ForwardedConnection, PortForwardSession } from '../port-forward.js';
import { negotiate, protocol, tunnelPrefix } from '../protocols.js';
import { servePortForwardStreams, spdyPortForwardProtocols } from '../spdy/port-forward-server.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import { codecOf } from './channel-codec.js';
import { channelOutbox } from './channel-outbox.js';
import { messageConnection } from './connection.js';
import type { MessageConnection } from './connection.js';
import { offeredSubprotocols, refuseWebSocket, webSocketHandshake } from './handshake.js';
import { tunnelOf } from './tunnel.js';

const tunnelled = spdyPortForwardProtocols.map((name) => tunnelPrefix + name);

/** Subprotocols for port-forwarding over WebSocket. */
const known = [...tunnelled, protocol.v4, protocol.v4Base64];

/** Two channels for each port, numbered by one byte, the last of which has another meaning elsewhere. */
const mostPorts = 127;

function agreedSubprotocol(upgraded: UpgradedSocket): string | undefined {
  const offered = offeredSubprotocols(upgraded);
  if (offered.length === 0) return undefined;
  const agreed = negotiate(offered, known);
  return agreed ?? refuseWebSocket(upgraded, 403, `requested protocol(s) are not supported: [${offered.join(' ')}]`);
}

function parsePort(upgraded: UpgradedSocket, text: string): number {
  return portNumber(text) ?? refuseWebSocket(upgraded, 400, `unable to parse "${text}" as a port`);
}

function portsOf(upgraded: UpgradedSocket): number[] {
  const query = new URL(upgraded.request.url ?? '/', 'http://node').searchParams.getAll('port');
  if (query.length === 0) refuseWebSocket(upgraded, 400, 'query parameter "port" is required');
  const ports = query.flatMap((value) => value.split(',')).map((text) => parsePort(upgraded, text));
  return ports.length <= mostPorts ? ports : refuseWebSocket(upgraded, 400, `more than ${mostPorts} ports`);
}

interface Forward {
  readonly connection: LiveConnection;
  push(bytes: Buffer): void;
}

interface ForwardOptions {
  readonly connection: MessageConnection;
  readonly port: number;
  readonly channel: number;
  /** Called when the pod has no more to say on this port. */
  over(): void;
}

function forward({ connection, port, channel, over }: ForwardOptions): Forward {
  const readable = connection.flow.open();
  // These dialects cannot say that one port has ended, so its end ends both directions.
  const end = (): void => {
    readable.end();
    over();
  };
  const data = channelOutbox({ connection, channel, onEnd: end });
  const error = channelOutbox({ connection, channel: channel + 1 });
  const portNumber = Buffer.alloc(2);
  portNumber.writeUInt16LE(port);
  connection.send(channel, portNumber);
  connection.send(channel + 1, portNumber);
  const abort = (): void => {
    readable.discard();
    data.close().catch(() => undefined);
  };
  return {
    connection: forwardedConnection({ port, readable, data, error, abort }),
    push: (bytes) => readable.push(bytes),
  };
}

function serveChannels(upgraded: UpgradedSocket, settings: SessionSettings, subprotocol?: string): PortForwardSession {
  const ports = portsOf(upgraded);
  const connection = messageConnection(webSocketHandshake(upgraded, subprotocol), {
    settings,
    codec: codecOf(subprotocol),
    onBytes(channel, bytes) {
      if (channel % 2 === 0) forwards[channel / 2]?.push(bytes);
    },
  });
  let open = ports.length;
  const over = (): void => {
    open -= 1;
    if (open === 0) connection.close().catch(() => undefined);
  };
  const forwards = ports.map((port, index) => forward({ connection, port, channel: index * 2, over }));
  const connections = itemQueue<ForwardedConnection>(ports.length);
  for (const { connection } of forwards) connections.push(connection);
  connection.gone.addEventListener('abort', () => {
    for (const { connection: each } of forwards) each.abandoned(connection.gone.reason);
    connections.end();
  });
  return { protocol: subprotocol ?? protocol.v1, connections, gone: connection.gone, close: () => connection.close() };
}

/** Serves port-forwarding over a WebSocket: as a SPDY connection inside it, or with two channels for each port. */
export function servePortForwardOverWebSocket(upgraded: UpgradedSocket, settings: SessionSettings): PortForwardSession {
  const subprotocol = agreedSubprotocol(upgraded);
  if (!subprotocol?.startsWith(tunnelPrefix)) return serveChannels(upgraded, settings, subprotocol);
  const tunnel = tunnelOf(webSocketHandshake(upgraded, subprotocol), settings.limits.message);
  return servePortForwardStreams(tunnel, settings, subprotocol);
}
