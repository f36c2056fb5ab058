import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What Node's HTTP server hands over with its `upgrade` event: nothing has been answered yet. */
export interface UpgradedSocket {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** First bytes of the new protocol, read together with the request. */
  readonly head: Buffer;
}
