import type { SessionSettings } from '../accept-options.js';
import { streamError } from '../errors.js';
import { spdyConnection } from '../spdy/connection.js';
import type { SpdyConnection } from '../spdy/connection.js';
import { readStatus } from './remote-command-client.js';
import type { ClientConnection, PortForwardClient } from './port-forward-client.js';
import type { SpdyUpgrade } from './upgrade.js';

async function connect(connection: SpdyConnection, port: number, requestId: number): Promise<ClientConnection> {
  const headers = (streamtype: string): Map<string, string> =>
    new Map([
      ['streamtype', streamtype],
      ['port', String(port)],
      ['requestid', String(requestId)],
    ]);
  const error = await connection.open(headers('error'));
  await error.writable.close();
  const data = await connection.open(headers('data'));
  return {
    readable: data.readable,
    writable: data.writable,
    closeWrite: () => data.writable.close(),
    error: readStatus(error.readable),
    reset: () => data.reset(),
  };
}

/** Makes the client's view of a SPDY connection for port-forwarding. */
export function portForwardOverSpdy({ protocol, carrier }: SpdyUpgrade, settings: SessionSettings): PortForwardClient {
  const connection = spdyConnection(carrier, {
    settings,
    role: 'client',
    accepts: () => false,
    onStream: () => undefined,
  });
  connection.begin();
  let requests = 0;
  return {
    protocol,
    gone: connection.gone,
    connect: (port) => connect(connection, port, requests++),
    close: () => connection.close(),
    destroy: () => connection.lost(streamError('VK_STREAMS_CLOSED')),
  };
}
