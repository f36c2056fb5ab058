import type { Carrier } from '../carrier.js';
import { frameAround, longestHead, opcode } from './frame.js';
import { listenTo, partFrom, sendGoodbye } from './web-socket.js';
import type { WebSocketEnd } from './web-socket.js';

/**
 * The binary messages of a WebSocket as what carries a connection; where one message ends and the next begins means nothing
 * (KEP 4006, kubernetes/kubernetes:staging/src/k8s.io/client-go/tools/portforward/tunneling_connection.go).
 * @param limit bytes of a message
 */
export function tunnelOf(webSocket: WebSocketEnd, limit: number): Carrier {
  const { socket, role } = webSocket;
  let saidGoodbye = false;
  return {
    socket,
    framing: {
      before: longestHead,
      behind: 0,
      seal(block, size) {
        const to = longestHead + size;
        return { from: frameAround(block, { from: longestHead, to }, { code: opcode.binary, role }), to };
      },
    },
    listen(link, { bytes, end }) {
      const listener = {
        piece: (piece: Buffer): void => bytes(piece),
        sign: (): void => undefined,
        goodbye(): void {
          partFrom(link, role, saidGoodbye).then(end, end);
        },
      };
      listenTo(webSocket, link, { limit, listener });
    },
    goodbye(link) {
      saidGoodbye = true;
      sendGoodbye(link, role);
    },
  };
}
