import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

/**
 * The address of this machine that packets to a host leave from, as the routing table has it; undefined when there is no
 * way. Nothing is sent: connecting a datagram socket only chooses a route.
 */
export async function localAddressTowards(host: string, port: number): Promise<string | undefined> {
  try {
    const { address, family } = await lookup(host.replace(/^\[|\]$/g, ''));
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(port, address, resolve);
      });
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch {
    return undefined;
  }
}
